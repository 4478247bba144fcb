// SPDX-License-Identifier: Apache-2.0
//
// A clock that rests: clk_o follows clk_i in the cycles that begin with a rising edge before which
// enable_i was high, and stays low in the others.
//
// enable_i is taken at the falling edge, so that clk_o never shows a part of a pulse; it has to be
// stable by then. A cell library's own integrated clock gate may stand in for this module.

`default_nettype none

module sparq_clock_gate (
    input  wire clk_i,
    input  wire enable_i,
    output wire clk_o
);

  reg enable_q;

  always @(negedge clk_i) enable_q <= enable_i;

  assign clk_o = clk_i & enable_q;

endmodule

`default_nettype wire
