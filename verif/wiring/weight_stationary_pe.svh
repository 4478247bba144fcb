  // Stands in for the element: checks tags, keeps the element's timing. See wiring.cpp.
  localparam Base = (1 << TagBits) - 1;

  reg load_q;
  reg swap_q;
  reg [W-1:0] shadow_q;
  reg [W-1:0] weight_q[1:Latency-1];
  reg [A-1:0] activation_q[1:Latency-1];
  reg [AccumulatorBits-1:0] sum_q;

  assign load_o = load_q;
  assign swap_o = swap_q;
  assign weight_o = shadow_q;
  assign activation_o = activation_q[1];
  assign sum_o = sum_q;

  wire [A-1:0] activation = activation_q[Latency-1];
  wire [W-1:0] weight = weight_q[Latency-1];

  // A sum is a verdict above the number of rows it has passed, or above the tags it expects.
  wire [AccumulatorBits-2:0] passed = sum_i[AccumulatorBits-2:0];
  reg [TagBits-1:0] expected_activation, expected_weight;
  reg [A-1:0] whole_activation;
  reg [W-1:0] whole_weight;
  reg met;
  always @* begin
    expected_activation = sum_i[TagBits-1:0];
    expected_weight = sum_i[TagBits+:TagBits];
    if (sparq_wiring_bench.rows) begin
      expected_activation = 1 + (passed / sparq_wiring_bench.weight_of_digit) % Base;
      expected_weight = expected_activation;
    end
    // A whole number of tags is cut to the width of the word it fills.
    whole_activation = {(A / TagBits + 1) {expected_activation}};
    whole_weight = {(W / TagBits + 1) {expected_weight}};
    met = activation == whole_activation && weight == whole_weight;
  end

  integer s;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      load_q <= 1'b0;
      swap_q <= 1'b0;
    end else if (enable_i) begin
      load_q <= load_i;
      swap_q <= swap_i;
    end
    if (enable_i) begin
      if (load_i) shadow_q <= weight_i;
      if (swap_i) weight_q[1] <= shadow_q;
      activation_q[1] <= activation_i;
      for (s = 2; s < Latency; s = s + 1) begin
        activation_q[s] <= activation_q[s-1];
        weight_q[s] <= weight_q[s-1];
      end
      sum_q <= {sum_i[AccumulatorBits-1] && met,
                sparq_wiring_bench.rows ? passed + 1'b1 : passed};
    end
  end
