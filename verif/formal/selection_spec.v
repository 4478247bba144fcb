// SPDX-License-Identifier: Apache-2.0
//
// selection_properties: of four activations the two that face a group's nonzero weights; a slot
// without one is a zero activation, whatever its index. An output is what must never happen.

`default_nettype none

module selection_properties #(
    parameter A = 8
) (
    input  wire [4*A-1:0] activation_i,
    input  wire [1:0]     index0_i,
    input  wire           used0_i,
    input  wire [1:0]     index1_i,
    input  wire           used1_i,
    output wire           wrong_first,
    output wire           wrong_second
);

  wire [2*A-1:0] pair;
  `DUT dut (
      .activation_i(activation_i), .index0_i(index0_i), .used0_i(used0_i), .index1_i(index1_i),
      .used1_i(used1_i), .pair_o(pair));

  wire [A-1:0] first = used0_i ? activation_i >> (A * index0_i) : 0;
  wire [A-1:0] second = used1_i ? activation_i >> (A * index1_i) : 0;
  assign wrong_first = pair[A-1:0] != first;
  assign wrong_second = pair[2*A-1:A] != second;

endmodule

`default_nettype wire
