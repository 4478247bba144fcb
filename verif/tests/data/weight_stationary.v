// SPDX-License-Identifier: Apache-2.0
//
// A weight-stationary array of conventional full-width multipliers as
// docs/weight-stationary-interface.md states it, written by hand for the tests of the harness:
// behaviour, not hardware. It shares nothing with what the generator emits.
//
// A step is computed as a whole when it is issued, from the set of weights then in use, and its row
// of results travels through a pipeline that stands still while a row waits in the output buffer.

`default_nettype none

// Widths follow from context here, and a planted fault may leave something unused.
/* verilator lint_off WIDTH */
/* verilator lint_off UNUSED */

module weight_stationary_model #(
    parameter Rows            = 2,
    parameter Cols            = 2,
    parameter ActivationBits  = 8,
    parameter WeightBits      = 8,
    parameter AccumulatorBits = 32,
    parameter Latency         = 5   // Rows + Cols + pe_latency - 1
) (
    input  wire                             clk_i,
    input  wire                             rst_ni,
    input  wire                             clk_en_i,
    input  wire                             load_valid_i,
    output wire                             load_ready_o,
    input  wire [      Cols*WeightBits-1:0] load_weight_i,
    input  wire                             step_valid_i,
    output wire                             step_ready_o,
    input  wire                             step_swap_i,
    input  wire [  Rows*ActivationBits-1:0] step_activation_i,
    input  wire [ Cols*AccumulatorBits-1:0] step_addend_i,
    output wire                             result_valid_o,
    input  wire                             result_ready_i,
    output wire [ Cols*AccumulatorBits-1:0] result_data_o
);

  localparam SetBits = Rows * Cols * WeightBits;
  localparam BeatBits = Cols * AccumulatorBits;
  localparam Travel = Latency - 1;  // cycles from the issue to the result

  // ---------------------------------------------------------------- weights
  reg [SetBits-1:0] next_q;  // row 0 lowest; each beat comes in at the bottom
  reg [SetBits-1:0] used_q;
  reg [31:0] loaded_q;
  wire complete = loaded_q == Rows;

  // ---------------------------------------------------------------- the step in the edge register
  reg held_q;
  reg held_swap_q;
  reg [Rows*ActivationBits-1:0] activation_q;
  reg [BeatBits-1:0] addend_q;

  wire issue = held_q && (!held_swap_q || complete);
  wire [SetBits-1:0] weights = held_swap_q ? next_q : used_q;

  reg [BeatBits-1:0] sums;
  reg [AccumulatorBits-1:0] sum;
  reg [WeightBits-1:0] w;
  integer r, c;
  always @* begin
    sums = 0;
    w = 0;
    for (c = 0; c < Cols; c = c + 1) begin
      sum = addend_q[c*AccumulatorBits+:AccumulatorBits];
      for (r = 0; r < Rows; r = r + 1) begin
        w = weights[(r*Cols+c)*WeightBits+:WeightBits];
        sum = sum + {{(AccumulatorBits-ActivationBits){1'b0}}, activation_q[r*ActivationBits+:ActivationBits]}
                  * {{(AccumulatorBits-WeightBits){w[WeightBits-1]}}, w};
      end
      sums[c*AccumulatorBits+:AccumulatorBits] = sum;
    end
  end

  // ---------------------------------------------------------------- when
  reg [Travel-1:0] valid_q;  // valid_q[i]: issued i + 1 cycles ago
  reg [Travel*BeatBits-1:0] data_q;
  reg full_q;                // a row waits here
  reg [BeatBits-1:0] waiting_q;

  wire arrives = valid_q[Travel-1];
  wire [BeatBits-1:0] arriving = data_q[(Travel-1)*BeatBits+:BeatBits];
  wire advance = clk_en_i && !full_q;
  wire accept = step_valid_i && step_ready_o;
  wire load = load_valid_i && load_ready_o;

  assign load_ready_o   = advance && !complete;
  assign step_ready_o   = advance && (!held_q || issue);
  assign result_valid_o = clk_en_i && (full_q || arrives);
  assign result_data_o  = full_q ? waiting_q : arriving;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q     <= 0;
      full_q      <= 0;
      held_q      <= 0;
      held_swap_q <= 0;
      loaded_q    <= 0;
    end else if (clk_en_i) begin
      full_q <= (full_q || arrives) && !result_ready_i;
      if (advance) begin
        valid_q <= {valid_q[Travel-2:0], issue};
        held_q  <= accept || (held_q && !issue);
        if (accept) held_swap_q <= step_swap_i;
        if (issue && held_swap_q) loaded_q <= 0;
        else if (load) loaded_q <= loaded_q + 1;
      end
    end
  end

  always @(posedge clk_i) begin
    if (advance) begin
      data_q    <= {data_q[(Travel-1)*BeatBits-1:0], sums};
      waiting_q <= arriving;
      if (load) next_q <= {next_q[SetBits-Cols*WeightBits-1:0], load_weight_i};
      if (issue && held_swap_q) used_q <= next_q;
      if (accept) begin
        activation_q <= step_activation_i;
        addend_q     <= step_addend_i;
      end
    end
  end

endmodule

`default_nettype wire
