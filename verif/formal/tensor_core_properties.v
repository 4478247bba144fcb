// SPDX-License-Identifier: Apache-2.0
//
// What docs/tensor-core-interface.md promises of a tensor core or sparse tensor core, cycle by cycle:
// from any state behind one cycle of reset, with resets, bubbles and stalls at any time. An output is
// what must never happen.
//
// A single step brings a single nonzero activation, the largest power of two, and a single nonzero
// weight; addends are 0 or 1 in every step. The result of one unit, which may be any, is compared.

`default_nettype none

module tensor_core_properties #(
    parameter Rows = 1,
    parameter Cols = 1,
    parameter Depth = 4,
    parameter Sparse = 0,    // weights are groups {index1, value1, index0, value0} of 4 K
    parameter Encoding = 0,  // this and what follows: as in arrival_spec
    parameter A = 8,
    parameter N = 4,
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3,
    parameter Nearest = 1,
    parameter PairRule = 1,
    parameter Signed = 0,
    parameter WeightBits = 2,
    parameter AccumulatorBits = 12,
    parameter Latency = 3,   // cycles from a step to its results
    parameter Slots = Sparse ? Depth / 2 : Depth  // weights of a column
) (
    input  wire                    clk_i,
    input  wire                    clk_en_i,
    input  wire                    rst_ni,
    input  wire                    step_valid_i,
    input  wire [Rows*Depth-1:0]   activation_i,  // the lowest set bit is the one nonzero
    input  wire [Cols*Slots-1:0]   weight_i,      // likewise
    input  wire [2*Cols*Slots-1:0] index_i,       // of every slot
    input  wire [Rows*Cols-1:0]    addend_i,
    input  wire                    result_ready_i,
    input  wire                    token_i,       // this step is the one
    input  wire [7:0]              pick_i,        // at first: the unit compared
    output wire                    wrong_step_ready,
    output wire                    wrong_result_valid,  // lost, doubled, early or late
    output wire                    wrong_result,
    output wire                    changes_while_stalled
);

  // ---- stimulus ----------------------------------------------------------------------
  localparam Place = Signed ? A - 2 : A - 1;
  localparam SlotBits = WeightBits + (Sparse ? 2 : 0);
  reg started = 0;
  reg spent;
  reg [3:0] row, col;
  wire rst_n = rst_ni && started;
  always @(posedge clk_i) begin
    started <= 1;
    if (!started) begin
      row <= pick_i[3:0] % Rows;
      col <= pick_i[7:4] % Cols;
      spent <= 0;
    end else if (token_i) spent <= 1;
  end

  wire token = token_i && !spent;
  wire [Rows*Depth-1:0] activation = token ? activation_i & -activation_i : 0;
  wire [Cols*Slots-1:0] weight = token ? weight_i & -weight_i : 0;
  reg [Rows*Depth*A-1:0] step_activation;
  reg [Cols*Slots*SlotBits-1:0] step_weight;
  reg [Rows*Cols*AccumulatorBits-1:0] step_addend;
  integer i;
  always @* begin
    step_activation = 0;
    for (i = 0; i < Rows * Depth; i = i + 1) step_activation[A*i+Place] = activation[i];
    step_weight = 0;
    for (i = 0; i < Cols * Slots; i = i + 1) begin
      step_weight[SlotBits*i] = weight[i];
      if (Sparse) step_weight[SlotBits*i+SlotBits-2 +: 2] = index_i[2*i +: 2];
    end
    step_addend = 0;
    for (i = 0; i < Rows * Cols; i = i + 1) step_addend[AccumulatorBits*i] = addend_i[i];
  end

  localparam PairBits = Encoding == 0 ? 2 * A :
                        Encoding == 1 ? 2 * (N + Signed + CodeBits + PairRule) : 8;
  localparam WordBits = Encoding == 0 ? Rows * Depth * A : Rows * Depth / 2 * PairBits;
  wire [WordBits-1:0] words;
  arrival_spec #(Rows * Depth, Encoding, A, N, Placements, CodeBits, Nearest, PairRule, Signed)
      arrival (step_activation, words);

  wire step_ready, result_valid;
  wire [Rows*Cols*AccumulatorBits-1:0] result_data;
  // A proof knows one clock: the units have enables.
  `DUT #(
`ifndef CLOCK_ENABLE
      .ClockGating(0),
`endif
      .Rows(Rows), .Cols(Cols), .WeightBits(WeightBits), .AccumulatorBits(AccumulatorBits)) dut (
      .clk_i(clk_i), .rst_ni(rst_n),
`ifdef CLOCK_ENABLE
      .clk_en_i(clk_en_i),
`endif
      .step_valid_i(step_valid_i), .step_ready_o(step_ready), .step_activation_i(words),
      .step_weight_i(step_weight), .step_addend_i(step_addend),
      .result_valid_o(result_valid), .result_ready_i(result_ready_i), .result_data_o(result_data));

`ifdef CLOCK_ENABLE
  wire clocked = clk_en_i;
`else
  wire clocked = 1;
`endif

  // ---- model -------------------------------------------------------------------------
  // One step a cycle; while a beat of results waits, the core holds from the next cycle on.
  reg stalled;
  wire advance = !stalled && clocked;
  reg meets;
  reg [1:0] index;
  integer k;
  always @* begin
    meets = 0;
    for (k = 0; k < Slots; k = k + 1)
      if (weight >> (col * Slots + k) & 1) begin
        index = index_i >> (2 * (col * Slots + k));
        meets = activation >> (row * Depth + (Sparse ? k / 2 * 4 + index : k));
      end
  end
  wire addend = addend_i >> (row * Cols + col);
  wire [AccumulatorBits-1:0] sum = addend + (meets << Place);

  reg [Latency-1:0] under_way;  // bit t: a step was accepted t + 1 cycles ago
  reg [AccumulatorBits-1:0] sums [0:Latency-1];
  wire due = under_way[Latency-1];
  wire expected = stalled || due;
  always @(posedge clk_i) begin
    if (!rst_n) begin
      stalled <= 0;
      under_way <= 0;
    end else if (clocked) begin
      stalled <= expected && !result_ready_i;
      if (advance) begin
        under_way <= {under_way, step_valid_i};
        sums[0] <= sum;
        for (i = 1; i < Latency; i = i + 1) sums[i] <= sums[i-1];
      end
    end
  end

  // ---- comparison --------------------------------------------------------------------
  wire [AccumulatorBits-1:0] result = result_data >> ((row * Cols + col) * AccumulatorBits);
  reg [Rows*Cols*AccumulatorBits-1:0] before;
  always @(posedge clk_i) before <= result_data;

  wire watch = rst_n && clocked;
  assign wrong_step_ready = rst_n && step_ready != advance;
  assign wrong_result_valid = rst_n && result_valid != (expected && clocked);
  assign wrong_result = watch && !stalled && due && result != sums[Latency-1];
  assign changes_while_stalled = watch && stalled && result_data != before;

endmodule

`default_nettype wire
