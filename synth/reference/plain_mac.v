// SPDX-License-Identifier: Apache-2.0
//
// A multiply-accumulate that owes nothing to the generator: registered operands, Yosys' own `*` and
// `+`, a 32-bit accumulator that restarts. No stall, no result bus, nothing passed on: less than a PE
// does. The table of the paper holds it as an outside measure of the 8b-8b baseline.

`default_nettype none

module plain_mac (
    input  wire        clk_i,
    input  wire        first_i,
    input  wire [7:0]  activation_i,  // unsigned
    input  wire [7:0]  weight_i,      // two's complement
    output reg  [31:0] sum_o
);

  reg        first_q;
  reg  [7:0] activation_q;
  reg  [7:0] weight_q;
  wire signed [31:0] product = $signed({1'b0, activation_q}) * $signed(weight_q);

  always @(posedge clk_i) begin
    first_q      <= first_i;
    activation_q <= activation_i;
    weight_q     <= weight_i;
    sum_o        <= (first_q ? 32'd0 : sum_o) + product;
  end

endmodule

`default_nettype wire
