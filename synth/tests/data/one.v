// SPDX-License-Identifier: Apache-2.0
// An array of one multiply-accumulate unit with the ports of docs/array-interface.md.
`default_nettype none

module one_pe (
    input  wire       clk_i,
    input  wire       first_i,
    input  wire       last_i,
    input  wire [3:0] activation_i,
    input  wire [3:0] weight_i,
    output reg        done_q,
    output reg  [9:0] sum_q
);
  reg first_q;
  reg last_q;
  reg [3:0] activation_q;
  reg [3:0] weight_q;
  always @(posedge clk_i) begin
    first_q      <= first_i;
    last_q       <= last_i;
    activation_q <= activation_i;
    weight_q     <= weight_i;
    sum_q        <= (first_q ? 10'd0 : sum_q) + activation_q * weight_q;
    done_q       <= last_q;
  end
endmodule

module one_array (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       step_valid_i,
    output wire       step_ready_o,
    input  wire       step_first_i,
    input  wire       step_last_i,
    input  wire [3:0] step_activation_i,
    input  wire [3:0] step_weight_i,
    output wire       row_valid_o,
    input  wire       row_ready_i,
    output wire       row_last_o,
    output wire [9:0] row_data_o
);
  assign step_ready_o = row_ready_i;
  assign row_last_o = 1'b1;
  wire go = rst_ni & step_valid_i;
  one_pe u_pe (
      .clk_i(clk_i),
      .first_i(step_first_i | ~go),
      .last_i(step_last_i & go),
      .activation_i(step_activation_i & {4{go}}),
      .weight_i(step_weight_i),
      .done_q(row_valid_o),
      .sum_q(row_data_o)
  );
endmodule

`default_nettype wire
