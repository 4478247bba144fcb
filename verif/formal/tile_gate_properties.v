// SPDX-License-Identifier: Apache-2.0
//
// What sparq_tile_gate promises, from any state behind one cycle of reset, with resets at any time.
// Time is counted in cycles with enable_i high. An output is what must never happen.

`default_nettype none

module tile_gate_properties #(
    parameter Rows = 2,
    parameter Latency = 3,
    parameter AsyncReset = 0
) (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire enable_i,
    input  wire step_valid_i,
    input  wire step_first_i,
    input  wire step_last_i,
    output wire wrong_step_ready,
    output wire wrong_load,
    output wire wrong_issue,        // lost, doubled, early or late
    output wire wrong_issue_first,
    output wire wrong_issue_last,
    output wire wrong_row_valid,    // lost, doubled, early or late
    output wire wrong_row_last
);

  reg started = 0;
  wire rst_n = rst_ni && started;
  always @(posedge clk_i) started <= 1;

  wire step_ready, load, issue, issue_first, issue_last, row_valid, row_last;
  sparq_tile_gate #(.Rows(Rows), .Latency(Latency), .AsyncReset(AsyncReset)) dut (
      .clk_i(clk_i), .rst_ni(rst_n), .enable_i(enable_i),
      .step_valid_i(step_valid_i), .step_ready_o(step_ready),
      .step_first_i(step_first_i), .step_last_i(step_last_i),
      .load_o(load), .issue_o(issue), .issue_first_o(issue_first), .issue_last_o(issue_last),
      .row_valid_o(row_valid), .row_last_o(row_last));

  // The step that was accepted and not yet issued.
  reg waiting, waiting_first, waiting_last;
  // last_issued[t]: a last step was issued t + 1 cycles ago.
  reg [Latency+Rows-2:0] last_issued;

  // A last step keeps Rows cycles from the one before.
  wire [Latency+Rows-1:0] last_issued_before = {last_issued, 1'b0};
  wire too_soon = |last_issued_before[Rows-1:0];
  wire may_issue = waiting && !(waiting_last && too_soon);

  always @(posedge clk_i) begin
    if (!rst_n) begin
      waiting <= 0;
      last_issued <= 0;
    end else if (enable_i) begin
      last_issued <= {last_issued, may_issue && waiting_last};
      if (may_issue) waiting <= 0;
      if (step_valid_i && step_ready) begin
        waiting <= 1;
        waiting_first <= step_first_i;
        waiting_last <= step_last_i;
      end
    end
  end

  assign wrong_step_ready = rst_n && step_ready != (enable_i && (!waiting || may_issue));
  assign wrong_load = rst_n && load != (step_valid_i && step_ready);
  assign wrong_issue = rst_n && issue != may_issue;
  assign wrong_issue_first = rst_n && issue_first != (may_issue && waiting_first);
  assign wrong_issue_last = rst_n && issue_last != (may_issue && waiting_last);
  assign wrong_row_valid = rst_n && row_valid != |last_issued[Latency+Rows-2:Latency-1];
  assign wrong_row_last = rst_n && row_last != last_issued[Latency+Rows-2];

endmodule

`default_nettype wire
