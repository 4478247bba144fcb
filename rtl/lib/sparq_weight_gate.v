// SPDX-License-Identifier: Apache-2.0
//
// Admits weights and steps to a weight-stationary array and announces its results.
//
// A set of weights is Rows accepted loads, the last array row first. A load runs down its column as
// a wave, one row per cycle, and counts the rows it still has to pass: each row takes it into the
// shadow register through which the next row gets it, until it has arrived. A step runs down as a
// wave of the same speed, so the swap flag that travels with it finds every row's shadow register
// complete, and the loads that follow it never overtake it.
//
// A step is taken into the array's edge registers (accept_o) and issued from there into the skew
// lines (issue). One that swaps waits there until a set is complete, and step_ready_o drops. A
// step's result is announced (result_valid_o) Latency cycles after it was issued.
// All cycles are counted while enable_i is high; while it is low everything holds.

`default_nettype none

module sparq_weight_gate #(
    parameter Rows       = 16,  // rows of the array, >= 1
    parameter Latency    = 32,  // cycles from issue to result, >= 1
    parameter AsyncReset = 0    // 1: rst_ni acts at once, 0: at the clock edge
) (
    input  wire            clk_i,
    input  wire            rst_ni,        // active low
    input  wire            enable_i,
    input  wire            load_valid_i,
    output wire            load_ready_o,
    input  wire            step_valid_i,
    output wire            step_ready_o,
    input  wire            step_swap_i,
    output wire            accept_o,      // edge registers take the step at their input
    output wire [Rows-1:0] load_o,        // row r: column 0 takes the weights at its north
    output wire [Rows-1:0] swap_o,        // row r: column 0 starts with its new weights
    output wire            result_valid_o
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
  wire held_q;       // the edge registers hold a step
  wire held_swap_q;
  wire complete_q;   // a set of weights waits for its swap
  wire [CountBits-1:0] loads_q;  // of the set under way

  wire hold_back = held_swap_q && !complete_q;
  wire issue = held_q && !hold_back;
  wire issue_swap = issue && held_swap_q;
  wire load = load_valid_i && load_ready_o;
  wire [CountBits-1:0] to_pass = RowCount - One - loads_q;  // rows above this load's own
  wire last_load = load && (to_pass == None);

  assign load_ready_o = enable_i && !complete_q;
  assign step_ready_o = enable_i && (!held_q || !hold_back);
  assign accept_o     = step_valid_i && step_ready_o;

  sparq_control_register #(
      .Width     (CountBits + 3),
      .AsyncReset(AsyncReset)
  ) u_admission (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(enable_i),
      .data_i  ({
        last_load ? None : load ? loads_q + One : loads_q,
        last_load || (complete_q && !issue_swap),
        accept_o ? step_swap_i : held_swap_q,
        accept_o || (held_q && hold_back)
      }),
      .data_o  ({loads_q, complete_q, held_swap_q, held_q})
  );

  // ---------------------------------------------------------------- waves
  genvar row;
  generate
    for (row = 0; row < Rows; row = row + 1) begin : gen_row
      wire [CountBits-1:0] rows_to_pass;
      if (row == 0) begin : gen_top
        assign load_o[row]  = load;
        assign swap_o[row]  = issue_swap;
        assign rows_to_pass = to_pass;
      end else begin : gen_below
        reg [CountBits-1:0] rows_to_pass_q;  // not reset: meaningful beside a load
        always @(posedge clk_i) begin
          if (enable_i) rows_to_pass_q <= gen_row[row-1].rows_to_pass - One;
        end
        assign rows_to_pass = rows_to_pass_q;

        sparq_control_register #(
            .Width     (2),
            .AsyncReset(AsyncReset)
        ) u_wave (
            .clk_i   (clk_i),
            .rst_ni  (rst_ni),
            .enable_i(enable_i),
            .data_i  ({swap_o[row-1], load_o[row-1] && (gen_row[row-1].rows_to_pass != None)}),
            .data_o  ({swap_o[row], load_o[row]})
        );
      end
    end
  endgenerate

  wire unused_ok = &{1'b0, gen_row[Rows-1].rows_to_pass};

  // ---------------------------------------------------------------- announcement
  wire [Latency-1:0] issued_q;  // issued_q[i]: a step was issued i + 1 cycles ago
  wire [Latency:0] issued_d = {issued_q, issue};

  assign result_valid_o = issued_d[Latency];

  sparq_control_register #(
      .Width     (Latency),
      .AsyncReset(AsyncReset)
  ) u_announcement (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(enable_i),
      .data_i  (issued_d[Latency-1:0]),
      .data_o  (issued_q)
  );

endmodule

`default_nettype wire
