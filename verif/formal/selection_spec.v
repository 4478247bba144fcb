// SPDX-License-Identifier: Apache-2.0
//
// selection_properties: of four activations the two that face a group's nonzero weights; a slot
// without one is a zero activation, whatever its index. Formats that keep every activation by itself
// need not know (ALWAYS_USED): the weight is zero. An output is what must never happen.

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
`ifdef ALWAYS_USED
`else
      .used0_i(used0_i), .used1_i(used1_i),
`endif
      .activation_i(activation_i), .index0_i(index0_i), .index1_i(index1_i), .pair_o(pair));

`ifdef ALWAYS_USED
  wire used0 = 1;
  wire used1 = 1;
`else
  wire used0 = used0_i;
  wire used1 = used1_i;
`endif
  wire [A-1:0] first = used0 ? activation_i >> (A * index0_i) : 0;
  wire [A-1:0] second = used1 ? activation_i >> (A * index1_i) : 0;
  assign wrong_first = pair[A-1:0] != first;
  assign wrong_second = pair[2*A-1:A] != second;

endmodule

`default_nettype wire
