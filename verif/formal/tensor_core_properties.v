// SPDX-License-Identifier: Apache-2.0
//
// What docs/tensor-core-interface.md promises of a tensor core or sparse tensor core, cycle by cycle:
// from any state behind one cycle of reset, with resets, bubbles and stalls at any time. An output is
// what must never happen.
//
// Activations are 0 or Value, addends 0 or 1, weights anything. The result of one unit is compared,
// for steps that are followed. The unit and its share of such a step are chosen at first: at most one
// nonzero activation, the weight it meets, C. Whatever else steps bring, all of which may be followed
// or none, is anything.

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
    parameter [15:0] Value = 128,  // kept exactly beside a zero, if not by half of a pair's budget
    parameter Slots = Sparse ? Depth / 2 : Depth,  // weights of a column
    parameter SlotBits = WeightBits + (Sparse ? 2 : 0),
    parameter AtBits = $clog2(Depth + 1)
) (
    input  wire                           clk_i,
    input  wire                           clk_en_i,
    input  wire                           rst_ni,
    input  wire                           step_valid_i,
    input  wire [Rows*Depth-1:0]          activation_i,  // one bit of each
    input  wire [Cols*Slots*SlotBits-1:0] weight_i,
    input  wire [Rows*Cols-1:0]           addend_i,      // one bit of each
    input  wire                           result_ready_i,
    input  wire                           follow_i,
    // At first: what followed steps bring to the unit compared.
    input  wire [7:0]                     pick_i,             // the unit
    input  wire [AtBits-1:0]              followed_at_i,      // the nonzero activation; Depth: none
    input  wire                           followed_slot_i,    // of two in its group, where Sparse
    input  wire [WeightBits-1:0]          followed_weight_i,  // what it meets
    input  wire                           followed_addend_i,
    output wire                           wrong_step_ready,
    output wire                           wrong_result_valid,  // lost, doubled, early or late
    output wire                           wrong_result,
    output wire                           changes_while_stalled
);

  // ---- what is followed --------------------------------------------------------------
  reg started = 0;
  wire rst_n = rst_ni && started;
  reg [3:0] row, col;
  reg [AtBits-1:0] at;
  reg slot;
  reg signed [WeightBits-1:0] followed_weight;
  reg followed_addend;
  always @(posedge clk_i) begin
    started <= 1;
    if (!started) begin
      row <= pick_i[3:0] % Rows;
      col <= pick_i[7:4] % Cols;
      at <= followed_at_i;
      slot <= followed_slot_i;
      followed_weight <= followed_weight_i;
      followed_addend <= followed_addend_i;
    end
  end

  // ---- stimulus ----------------------------------------------------------------------
  reg [Rows*Depth*A-1:0] step_activation;
  reg [Cols*Slots*SlotBits-1:0] step_weight;
  reg [Rows*Cols*AccumulatorBits-1:0] step_addend;
  integer i;
  always @* begin
    step_activation = 0;
    for (i = 0; i < Rows * Depth; i = i + 1)
      if (follow_i && i / Depth == row ? at == i % Depth : activation_i[i])
        step_activation[A*i +: A] = Value;
    step_weight = weight_i;
    for (i = 0; i < Cols * Slots; i = i + 1)
      if (follow_i && i / Slots == col) begin
        if (!Sparse) begin
          if (at == i % Slots) step_weight[SlotBits*i +: WeightBits] = followed_weight;
        end else if (at / 4 == i % Slots / 2) begin
          // Two nonzero weights do not share an index.
          if (slot == i % 2) step_weight[SlotBits*i +: SlotBits] = {at[1:0], followed_weight};
          else if (weight_i[SlotBits*i+SlotBits-2 +: 2] == at[1:0])
            step_weight[SlotBits*i +: WeightBits] = 0;
        end
      end
    step_addend = 0;
    for (i = 0; i < Rows * Cols; i = i + 1)
      step_addend[AccumulatorBits*i] =
          follow_i && i == row * Cols + col ? followed_addend : addend_i[i];
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
  `DUT
`ifndef FIXED
  #(
`ifndef CLOCK_ENABLE
      .ClockGating(0),
`endif
      .Rows(Rows), .Cols(Cols), .WeightBits(WeightBits), .AccumulatorBits(AccumulatorBits))
`endif
  dut (
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

  reg [Latency-1:0] under_way;  // bit t: a step was accepted t + 1 cycles ago
  reg [Latency-1:0] followed;   // and followed
  wire due = under_way[Latency-1];
  wire expected = stalled || due;
  always @(posedge clk_i) begin
    if (!rst_n) begin
      stalled <= 0;
      under_way <= 0;
      followed <= 0;
    end else if (clocked) begin
      stalled <= expected && !result_ready_i;
      if (advance) begin
        under_way <= {under_way, step_valid_i};
        followed <= {followed, step_valid_i && follow_i};
      end
    end
  end

  // ---- comparison --------------------------------------------------------------------
  wire signed [AccumulatorBits-1:0] product =
      at < Depth ? followed_weight * $signed({1'b0, Value}) : 0;
  wire [AccumulatorBits-1:0] sum = followed_addend + product;
  wire [AccumulatorBits-1:0] result = result_data >> ((row * Cols + col) * AccumulatorBits);
  reg [Rows*Cols*AccumulatorBits-1:0] before;
  always @(posedge clk_i) before <= result_data;

  wire watch = rst_n && clocked;
  assign wrong_step_ready = rst_n && step_ready != advance;
  assign wrong_result_valid = rst_n && result_valid != (expected && clocked);
  assign wrong_result = watch && !stalled && followed[Latency-1] && result != sum;
  assign changes_while_stalled = watch && stalled && result_data != before;

endmodule

`default_nettype wire
