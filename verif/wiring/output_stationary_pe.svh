  // Stands in for the element: checks tags, keeps the element's timing. See wiring.cpp.
  localparam Base = (1 << TagBits) - 1;

  reg [A-1:0] activation_q[1:Latency-1];
  reg [W-1:0] weight_q[1:Latency-1];
  reg first_q[1:Latency-1];
  reg last_q[1:Latency];
  reg intact;   // every word so far was one whole tag, and the one expected
  reg [TagBits-1:0] activation_tag, weight_tag;
  integer count;

  // Stage 1, which may be the western neighbour's.
  wire [A-1:0] activation_1 = SharesActivation ? activation_i : activation_q[1];
  wire first_1 = SharesActivation ? first_i : first_q[1];
  wire last_1 = SharesActivation ? last_i : last_q[1];

  assign activation_o = activation_1;
  assign weight_o = weight_q[1];
  assign first_o = first_1;
  assign last_o = last_1;

  wire [A-1:0] activation = Latency == 2 ? activation_1 : activation_q[Latency-1];
  wire first = Latency == 2 ? first_1 : first_q[Latency-1];
  wire [W-1:0] weight = weight_q[Latency-1];
  wire [TagBits-1:0] a = activation[TagBits-1:0];
  wire [TagBits-1:0] w = weight[TagBits-1:0];
  wire [A-1:0] whole_activation = {(A / TagBits + 1) {a}};
  wire [W-1:0] whole_weight = {(W / TagBits + 1) {w}};
  wire whole = activation == whole_activation && weight == whole_weight;

  integer so_far;
  reg [TagBits-1:0] expected;
  always @* begin
    so_far   = first ? 0 : count;
    expected = 1 + (so_far / sparq_wiring_bench.weight_of_digit) % Base;
  end

  integer s;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      for (s = 1; s < Latency; s = s + 1) first_q[s] <= 1'b0;
      for (s = 1; s <= Latency; s = s + 1) last_q[s] <= 1'b0;
    end else if (enable_i) begin
      first_q[1] <= first_i;
      last_q[1]  <= last_i;
      for (s = 2; s < Latency; s = s + 1) first_q[s] <= s == 2 ? first_1 : first_q[s-1];
      for (s = 2; s <= Latency; s = s + 1) last_q[s] <= s == 2 ? last_1 : last_q[s-1];
    end
    if (enable_i) begin
      activation_q[1] <= activation_i;
      weight_q[1] <= weight_i;
      for (s = 2; s < Latency; s = s + 1) begin
        activation_q[s] <= s == 2 ? activation_1 : activation_q[s-1];
        weight_q[s] <= weight_q[s-1];
      end
      if (activation != 0) begin  // no bubble
        count <= so_far + 1;
        activation_tag <= a;
        weight_tag <= w;
        intact <= whole && (first || intact) &&
            (sparq_wiring_bench.walk ? a == expected && w == expected :
             first || (a == activation_tag && w == weight_tag));
      end
    end
  end

  wire [TagBits-1:0] count_tag = count;
  wire [AccumulatorBits-1:0] own = {intact, count_tag, weight_tag, activation_tag};
  assign result_o = result_a_i | result_b_i | (last_q[Latency] ? own : {AccumulatorBits{1'b0}});
