// SPDX-License-Identifier: Apache-2.0
//
// Admits K steps to an output-stationary array and announces the rows that come out of it.
//
// A step is taken into the array's edge registers (load_o) and issued from there into the skew
// lines (issue_o). Each column of the array emits one row per cycle, Rows of them after a tile's
// last step, so the last steps of two tiles must be issued at least Rows cycles apart: one that
// comes too soon waits in the edge registers, and step_ready_o drops. A cycle without an issue is
// a bubble.
//
// Row r of a tile is announced (row_valid_o) Latency + r cycles after its last step was issued.
// All cycles are counted while enable_i is high; while it is low everything holds.

`default_nettype none

module sparq_tile_gate #(
    parameter Rows       = 16,  // rows of the array, >= 1
    parameter Latency    = 18,  // cycles from issue to the first row, >= 1
    parameter AsyncReset = 0    // 1: rst_ni acts at once, 0: at the clock edge
) (
    input  wire clk_i,
    input  wire rst_ni,        // active low
    input  wire enable_i,
    input  wire step_valid_i,
    output wire step_ready_o,
    input  wire step_first_i,
    input  wire step_last_i,
    output wire load_o,        // edge registers take the step at their input
    output wire issue_o,       // edge registers hand their step to the skew lines
    output wire issue_first_o,
    output wire issue_last_o,
    output wire row_valid_o,   // a row of results leaves the array
    output wire row_last_o     // it is the last row of its tile
);

  generate
    if (Rows < 1) begin : gen_bad_rows
      sparq_error_rows_must_be_at_least_1 u_error ();
    end
    if (Latency < 1) begin : gen_bad_latency
      sparq_error_latency_must_be_at_least_1 u_error ();
    end
    if (AsyncReset < 0) begin : gen_bad_async_reset
      sparq_error_async_reset_must_not_be_negative u_error ();
    end
  endgenerate

  function integer bits_for(input integer value);
    integer left;
    begin
      bits_for = 1;
      for (left = value >> 1; left > 0; left = left >> 1) bits_for = bits_for + 1;
    end
  endfunction

  localparam CountBits = bits_for(Rows);
  localparam [CountBits-1:0] RowCount = Rows[CountBits-1:0];
  localparam [CountBits-1:0] One = 1;
  localparam [CountBits-1:0] None = 0;

  // ---------------------------------------------------------------- admission
  wire held_q;        // the edge registers hold a step
  wire held_first_q;
  wire held_last_q;
  wire [CountBits-1:0] spacing_q;  // cycles until another last step may be issued

  wire hold_back = held_last_q && (spacing_q != None);

  assign issue_o       = held_q && !hold_back;
  assign issue_first_o = issue_o && held_first_q;
  assign issue_last_o  = issue_o && held_last_q;
  assign step_ready_o  = enable_i && (!held_q || !hold_back);
  assign load_o        = step_valid_i && step_ready_o;

  wire [CountBits-1:0] spacing_d =
      issue_last_o ? RowCount - One : (spacing_q != None) ? spacing_q - One : None;

  sparq_control_register #(
      .Width     (CountBits + 3),
      .AsyncReset(AsyncReset)
  ) u_admission (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(enable_i),
      .data_i  ({
        spacing_d,
        load_o ? {step_last_i, step_first_i} : {held_last_q, held_first_q},
        load_o || (held_q && hold_back)
      }),
      .data_o  ({spacing_q, held_last_q, held_first_q, held_q})
  );

  // ---------------------------------------------------------------- announcement
  wire [Latency-1:0] last_q;  // last_q[i]: a last step was issued i + 1 cycles ago
  wire [CountBits-1:0] rows_left_q;  // rows still to come after the one announced now

  wire first_row = last_q[Latency-1];
  wire [CountBits-1:0] rows_left = first_row ? RowCount : rows_left_q;

  assign row_valid_o = rows_left != None;
  assign row_last_o  = rows_left == One;

  wire [Latency:0] last_d = {last_q, issue_last_o};
  wire unused_ok = &{1'b0, last_d[Latency]};

  sparq_control_register #(
      .Width     (Latency + CountBits),
      .AsyncReset(AsyncReset)
  ) u_announcement (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(enable_i),
      .data_i  ({row_valid_o ? rows_left - One : None, last_d[Latency-1:0]}),
      .data_o  ({rows_left_q, last_q})
  );

endmodule

`default_nettype wire
