// SPDX-License-Identifier: Apache-2.0
//
// What docs/array-interface.md promises of an output-stationary array, cycle by cycle: from any state
// behind one cycle of reset, with resets, bubbles and stalls at any time. An output is what must
// never happen.
//
// Activations are 0 or the largest power of two, which every format keeps exactly; the sum of one
// element, which may be any, is compared. With Token set, a single step brings a single nonzero
// activation and a single nonzero weight; sums of many steps follow by their being sums.

`default_nettype none

module output_stationary_properties #(
    parameter Rows = 2,
    parameter Cols = 2,
    parameter ClusterCols = 1,
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
    parameter FirstRowLatency = 5,  // cycles from a tile's last step to its first row
    parameter Token = 0
) (
    input wire                                clk_i,
    input wire                                clk_en_i,
    input wire                                rst_ni,
    input wire                                step_valid_i,
    input wire                                step_first_i,
    input wire                                step_last_i,
    input wire [Rows*KPerStep-1:0]            activation_i,  // one bit of each
    input wire [Cols*KPerStep*WeightBits-1:0] weight_i,
    input wire                                row_ready_i,
    input wire                                token_i,       // this step is the one
    input wire [7:0]                          pick_i,        // at first: the element compared
    output wire                               wrong_step_ready,
    output wire                               wrong_row_valid,  // a row lost, doubled, early or late
    output wire                               wrong_row_last,
    output wire                               wrong_row_data,
    output wire                               changes_while_stalled
);

  // ---- stimulus ----------------------------------------------------------------------
  reg started = 0;
  reg [3:0] row, col;
  reg spent;
  wire rst_n = rst_ni && started;
  always @(posedge clk_i) begin
    started <= 1;
    if (!started) begin
      row <= pick_i[3:0] % Rows;
      col <= pick_i[7:4] % Cols;
      spent <= 0;
    end else if (token_i) spent <= 1;
  end

  localparam [WeightBits-1:0] One = 1;
  localparam Place = Signed ? A - 2 : A - 1;
  reg [Rows*KPerStep-1:0] activation;
  reg [Cols*KPerStep*WeightBits-1:0] weight;
  reg [Rows*KPerStep*A-1:0] step_activation;
  integer i, k;
  always @* begin
    activation = activation_i;
    weight = weight_i;
    if (Token) begin
      // Lowest set bit only.
      activation = activation_i & -activation_i;
      weight = weight_i & -weight_i & {(Cols*KPerStep){One}};
      if (spent || !token_i) begin
        activation = 0;
        weight = 0;
      end
    end
    step_activation = 0;
    for (i = 0; i < Rows * KPerStep; i = i + 1) step_activation[A*i+Place] = activation[i];
  end

  localparam PairBits = Encoding == 0 ? 2 * A :
                        Encoding == 1 ? 2 * (N + Signed + CodeBits + PairRule) : 8;
  localparam WordBits = Encoding == 0 ? Rows * KPerStep * A : Rows * PairBits;
  wire [WordBits-1:0] words;
  arrival_spec #(Rows * KPerStep, Encoding, A, N, Placements, CodeBits, Nearest, PairRule, Signed)
      arrival (step_activation, words);

  // The first step after a reset carries first.
  reg begun;
  wire step_first = step_first_i || !begun;

  wire step_ready, row_valid, row_last;
  wire [Cols*AccumulatorBits-1:0] row_data;
  // A proof knows one clock: the array's elements have enables.
  `DUT
`ifndef FIXED
  #(
`ifndef CLOCK_ENABLE
      .ClockGating(0),
`endif
      .Rows(Rows), .Cols(Cols), .ClusterCols(ClusterCols), .WeightBits(WeightBits),
      .AccumulatorBits(AccumulatorBits))
`endif
  dut (
      .clk_i(clk_i), .rst_ni(rst_n),
`ifdef CLOCK_ENABLE
      .clk_en_i(clk_en_i),
`endif
      .step_valid_i(step_valid_i), .step_ready_o(step_ready), .step_first_i(step_first),
      .step_last_i(step_last_i), .step_activation_i(words), .step_weight_i(weight),
      .row_valid_o(row_valid), .row_ready_i(row_ready_i), .row_last_o(row_last),
      .row_data_o(row_data));

`ifdef CLOCK_ENABLE
  wire clocked = clk_en_i;
`else
  wire clocked = 1;
`endif

  // ---- model -------------------------------------------------------------------------
  // The array goes on until a row waits, and stops as a whole from the next cycle on.
  reg stalled;
  wire advance = !stalled && clocked;

  // A step is accepted, issued a cycle later, unless it ends a tile and the last step of the tile
  // before was issued less than Rows cycles ago; then it waits.
  reg waiting, waiting_last;
  reg [FirstRowLatency+Rows-3:0] last_issued;  // bit t: t + 1 cycles ago
  wire [FirstRowLatency+Rows-2:0] last_issued_before = {last_issued, 1'b0};
  wire issue = waiting && !(waiting_last && |last_issued_before[Rows-1:0]);
  wire ready = advance && (!waiting || issue);

  // The sum of one element, and that of each tile on its way out.
  reg signed [AccumulatorBits-1:0] sum, sum_now;
  reg signed [WeightBits-1:0] factor;
  reg [AccumulatorBits-1:0] sums [0:FirstRowLatency+Rows-3];
  always @* begin
    sum_now = step_first ? 0 : sum;
    for (k = 0; k < KPerStep; k = k + 1) begin
      factor = weight >> ((col * KPerStep + k) * WeightBits);
      if (activation >> (row * KPerStep + k) & 1)
        sum_now = sum_now + (factor <<< Place);
    end
  end

  always @(posedge clk_i) begin
    if (!rst_n) begin
      begun <= 0;
      stalled <= 0;
      waiting <= 0;
      last_issued <= 0;
    end else if (clocked) begin
      stalled <= row_expected && !row_ready_i;
      if (advance) begin
        last_issued <= {last_issued, issue && waiting_last};
        sums[0] <= sum;
        for (i = 1; i < FirstRowLatency + Rows - 2; i = i + 1) sums[i] <= sums[i-1];
        if (issue) waiting <= 0;
      end
      if (step_valid_i && ready) begin
        begun <= 1;
        waiting <= 1;
        waiting_last <= step_last_i;
        sum <= sum_now;
      end
    end
  end

  // ---- comparison --------------------------------------------------------------------
  // due[r]: row r leaves the array.
  wire [Rows-1:0] due = last_issued >> (FirstRowLatency - 2);
  wire row_expected = stalled || |due;
  wire [AccumulatorBits-1:0] element = row_data >> (col * AccumulatorBits);
  reg [Cols*AccumulatorBits:0] before;
  always @(posedge clk_i) before <= {row_last, row_data};

  wire watch = rst_n && clocked;
  assign wrong_step_ready = rst_n && step_ready != ready;
  assign wrong_row_valid = rst_n && row_valid != (row_expected && clocked);
  assign wrong_row_last = watch && !stalled && |due && row_last != due[Rows-1];
  assign wrong_row_data = watch && !stalled && due[row] && element != sums[FirstRowLatency-2+row];
  assign changes_while_stalled = watch && stalled && {row_last, row_data} != before;

endmodule

`default_nettype wire
