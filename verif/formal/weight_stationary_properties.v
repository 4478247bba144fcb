// SPDX-License-Identifier: Apache-2.0
//
// What docs/weight-stationary-interface.md promises of a weight-stationary array, cycle by cycle: from
// any state behind one cycle of reset, with resets, bubbles and stalls at any time. An output is what
// must never happen.
//
// Activations are 0 or the largest power of two, addends 0 or 1, weights anything. The result of one
// column is compared, for steps and sets of weights that are followed. The column and what followed
// steps and sets bring to its sum are chosen at first. Whatever else steps and sets bring, all of
// which may be followed or none, is anything.

`default_nettype none

module weight_stationary_properties #(
    parameter Rows = 2,
    parameter Cols = 2,
    parameter KPerStep = 2,
    parameter A = 8,
    parameter Signed = 0,
    parameter Encoding = 0,  // how activations arrive: as in arrival_spec, as what follows
    parameter N = 4,
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3,
    parameter Nearest = 1,
    parameter PairRule = 1,
    parameter WeightBits = 2,
    parameter AccumulatorBits = 12,
    parameter Latency = 4    // cycles from a step's issue to its results
) (
    input wire                                clk_i,
    input wire                                clk_en_i,
    input wire                                rst_ni,
    input wire                                load_valid_i,
    input wire [Cols*KPerStep*WeightBits-1:0] load_weight_i,
    input wire                                step_valid_i,
    input wire                                step_swap_i,
    input wire [Rows*KPerStep-1:0]            activation_i,  // one bit of each
    input wire [Cols-1:0]                     addend_i,      // likewise
    input wire                                result_ready_i,
    input wire                                follow_set_i,  // with a set's first load
    input wire                                follow_step_i,
    // At first: what followed steps and sets bring to the column compared.
    input wire [3:0]                          pick_i,                 // the column
    input wire [Rows*KPerStep-1:0]            followed_activation_i,  // one bit of each
    input wire [Rows*KPerStep*WeightBits-1:0] followed_weight_i,      // where activations are not 0
    input wire                                followed_addend_i,
    output wire                               wrong_load_ready,
    output wire                               wrong_step_ready,
    output wire                               wrong_result_valid,  // lost, doubled, early or late
    output wire                               wrong_result,
    output wire                               changes_while_stalled
);

  // ---- what is followed --------------------------------------------------------------
  reg started = 0;
  wire rst_n = rst_ni && started;
  reg [3:0] col;
  reg [Rows*KPerStep-1:0] followed_activation;
  reg [Rows*KPerStep*WeightBits-1:0] followed_weight;
  reg followed_addend;
  always @(posedge clk_i) begin
    started <= 1;
    if (!started) begin
      col <= pick_i % Cols;
      followed_activation <= followed_activation_i;
      followed_weight <= followed_weight_i;
      followed_addend <= followed_addend_i;
    end
  end

  // ---- stimulus ----------------------------------------------------------------------
  localparam Place = Signed ? A - 2 : A - 1;
  reg [Rows*KPerStep*A-1:0] step_activation;
  reg [Cols*AccumulatorBits-1:0] step_addend;
  reg [Cols*KPerStep*WeightBits-1:0] load_weight;
  integer i;
  always @* begin
    step_activation = 0;
    for (i = 0; i < Rows * KPerStep; i = i + 1)
      step_activation[A*i+Place] = follow_step_i ? followed_activation[i] : activation_i[i];
    step_addend = 0;
    for (i = 0; i < Cols; i = i + 1)
      step_addend[AccumulatorBits*i] =
          follow_step_i && i == col ? followed_addend : addend_i[i];
    load_weight = load_weight_i;
    for (i = 0; i < KPerStep; i = i + 1)
      if (set_followed && followed_activation[load_row*KPerStep+i])
        load_weight[WeightBits*(col*KPerStep+i) +: WeightBits] =
            followed_weight[WeightBits*(load_row*KPerStep+i) +: WeightBits];
  end

  localparam PairBits = Encoding == 0 ? 2 * A :
                        Encoding == 1 ? 2 * (N + Signed + CodeBits + PairRule) : 8;
  localparam WordBits = Encoding == 0 ? Rows * KPerStep * A : Rows * PairBits;
  wire [WordBits-1:0] words;
  arrival_spec #(Rows * KPerStep, Encoding, A, N, Placements, CodeBits, Nearest, PairRule, Signed)
      arrival (step_activation, words);

  // The first step after a reset swaps.
  reg begun;
  wire step_swap = step_swap_i || !begun;

  wire load_ready, step_ready, result_valid;
  wire [Cols*AccumulatorBits-1:0] result_data;
  // A proof knows one clock: the array's elements have enables.
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
      .load_valid_i(load_valid_i), .load_ready_o(load_ready), .load_weight_i(load_weight),
      .step_valid_i(step_valid_i), .step_ready_o(step_ready), .step_swap_i(step_swap),
      .step_activation_i(words), .step_addend_i(step_addend),
      .result_valid_o(result_valid), .result_ready_i(result_ready_i), .result_data_o(result_data));

`ifdef CLOCK_ENABLE
  wire clocked = clk_en_i;
`else
  wire clocked = 1;
`endif

  // ---- model -------------------------------------------------------------------------
  // The array goes on until results wait, and stops as a whole from the next cycle on.
  reg stalled;
  wire advance = !stalled && clocked;

  // A set comes last row first; a complete one waits for its swap, and no other is loaded.
  reg complete;
  reg [7:0] load_row;
  reg set_followed_before;  // the set's loads so far
  wire set_followed = load_row == Rows - 1 ? follow_set_i : set_followed_before;
  wire load = load_valid_i && advance && !complete;

  // A step is accepted, issued a cycle later, unless it swaps and no set is complete; then it waits.
  reg waiting, waiting_swap, waiting_followed;
  reg used_followed;  // the set in use
  wire issue = waiting && !(waiting_swap && !complete);
  wire swap = issue && waiting_swap;
  wire ready = advance && (!waiting || issue);

  reg [Latency-1:0] under_way;  // bit t: a step was issued t + 1 cycles ago
  reg [Latency-1:0] followed;   // and it is followed, and so is its set
  wire due = under_way[Latency-1];
  wire expected = stalled || due;

  always @(posedge clk_i) begin
    if (!rst_n) begin
      begun <= 0;
      stalled <= 0;
      complete <= 0;
      load_row <= Rows - 1;
      waiting <= 0;
      under_way <= 0;
      followed <= 0;
    end else if (clocked) begin
      stalled <= expected && !result_ready_i;
      if (load) begin
        set_followed_before <= set_followed;
        load_row <= load_row == 0 ? Rows - 1 : load_row - 1;
        if (load_row == 0) complete <= 1;
      end
      if (advance) begin
        under_way <= {under_way, issue};
        followed <= {followed, issue && waiting_followed &&
                               (waiting_swap ? set_followed_before : used_followed)};
        if (swap) begin
          complete <= 0;
          used_followed <= set_followed_before;
        end
        if (issue) waiting <= 0;
      end
      if (step_valid_i && ready) begin
        begun <= 1;
        waiting <= 1;
        waiting_swap <= step_swap;
        waiting_followed <= follow_step_i;
      end
    end
  end

  // ---- comparison --------------------------------------------------------------------
  reg signed [AccumulatorBits-1:0] sum;
  reg signed [WeightBits-1:0] factor;
  integer k;
  always @* begin
    sum = followed_addend;
    for (k = 0; k < Rows * KPerStep; k = k + 1) begin
      factor = followed_weight[WeightBits*k +: WeightBits];
      if (followed_activation[k]) sum = sum + (factor <<< Place);
    end
  end
  wire [AccumulatorBits-1:0] result = result_data >> (col * AccumulatorBits);
  reg [Cols*AccumulatorBits-1:0] before;
  always @(posedge clk_i) before <= result_data;

  wire watch = rst_n && clocked;
  assign wrong_load_ready = rst_n && load_ready != (advance && !complete);
  assign wrong_step_ready = rst_n && step_ready != ready;
  assign wrong_result_valid = rst_n && result_valid != (expected && clocked);
  assign wrong_result = watch && !stalled && followed[Latency-1] && result != sum;
  assign changes_while_stalled = watch && stalled && result_data != before;

endmodule

`default_nettype wire
