  // Stands in for the dot-product unit: checks tags, keeps the unit's timing. See wiring.cpp.
  localparam ActivationField = A / Fields;
  localparam WeightField = W / WeightFields;
  localparam Base = (1 << TagBits) - 1;

  reg [A-1:0] activation_q[1:Latency-1];
  reg [W-1:0] weight_q[1:WeightLatency];
  reg [AccumulatorBits-1:0] addend_q[1:Latency];
`ifdef SPARSE
  reg [SelectBits-1:0] select_q[1:Latency-1];
`endif

  integer s;
  always @(posedge clk_i) begin
    if (enable_i) begin
`ifdef COMPLEMENTED
      activation_q[1] <= ~activation_ni;
`else
      activation_q[1] <= activation_i;
`endif
      weight_q[1] <= weight_i;
      addend_q[1] <= addend_i;
      for (s = 2; s < Latency; s = s + 1) activation_q[s] <= activation_q[s-1];
      for (s = 2; s <= WeightLatency; s = s + 1) weight_q[s] <= weight_q[s-1];
      for (s = 2; s <= Latency; s = s + 1) addend_q[s] <= addend_q[s-1];
`ifdef SPARSE
      select_q[1] <= select_i;
      for (s = 2; s < Latency; s = s + 1) select_q[s] <= select_q[s-1];
`endif
    end
  end

  function [TagBits-1:0] tag(input integer number);
    tag = 1 + (number / sparq_wiring_bench.weight_of_digit) % Base;
  endfunction

  wire [AccumulatorBits-1:0] addend = addend_q[Latency];
  wire [TagBits-1:0] c = addend[TagBits-1:0];
  wire [TagBits-1:0] a = activation_q[Latency-1][TagBits-1:0];
  wire [TagBits-1:0] w = weight_q[WeightLatency][TagBits-1:0];

  // Each field is one tag over and over: its number in the walk, else that of the first field.
  reg intact;
  reg [AccumulatorBits-1:0] whole_addend;
  reg [ActivationField-1:0] activation, whole_activation;
  reg [WeightField-1:0] weight, whole_weight;
  reg [TagBits-1:0] expected;
  integer f;
  always @* begin
    // A whole number of tags is cut to the width of the field it fills.
    whole_addend = {(AccumulatorBits / TagBits + 1) {c}};
    intact = addend == whole_addend;
    for (f = 0; f < Fields; f = f + 1) begin
      activation = activation_q[Latency-1][f*ActivationField+:ActivationField];
      expected = sparq_wiring_bench.walk ? tag(f) : a;
      whole_activation = {(ActivationField / TagBits + 1) {expected}};
      if (activation != whole_activation) intact = 1'b0;
    end
    for (f = 0; f < WeightFields; f = f + 1) begin
      weight = weight_q[WeightLatency][f*WeightField+:WeightField];
      expected = sparq_wiring_bench.walk ? tag(f) : w;
      whole_weight = {(WeightField / TagBits + 1) {expected}};
      if (weight != whole_weight) intact = 1'b0;
`ifdef SPARSE
      // {used, index}, or the index alone.
      if (select_q[Latency-1][f*SelectBits/WeightFields+:2] != expected[1:0]) intact = 1'b0;
      if (SelectBits / WeightFields == 3 && !select_q[Latency-1][f*3+2]) intact = 1'b0;
`endif
    end
  end

  assign result_o = {intact, c, w, a};
