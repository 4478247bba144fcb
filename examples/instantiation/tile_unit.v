// SPDX-License-Identifier: Apache-2.0
//
// How to put an emitted tensor core into a design: 4 x 4 units of depth 8, 5opt, between a stream of
// steps and a stream of results, with its widths spelled out. The tests elaborate this file with the
// emitted RTL.

`default_nettype none

module tile_unit (
    input  wire         clk,
    input  wire         rst_n,           // synchronous to clk
    // One step: D = A x B + C of 4 x 8, 8 x 4 and 4 x 4 elements
    input  wire         operands_valid,
    output wire         operands_ready,
    input  wire [255:0] a,               // row r, k: [64*r + 8*k +: 8], unsigned
    input  wire [255:0] b,               // column c, k: [64*c + 8*k +: 8], two's complement
    input  wire [511:0] c,               // row r, column c: [128*r + 32*c +: 32]
    // Its result, 2 cycles later
    output wire         d_valid,
    input  wire         d_ready,
    output wire [511:0] d                // laid out as c
);

  sparq_tc4_5opt_tensor_core #(
      .Rows(4),
      .Cols(4)
  ) u_core (
      .clk_i             (clk),
      .rst_ni            (rst_n),
      .step_valid_i      (operands_valid),
      .step_ready_o      (operands_ready),
      .step_activation_i (a),
      .step_weight_i     (b),
      .step_addend_i     (c),
      .result_valid_o    (d_valid),
      .result_ready_i    (d_ready),
      .result_data_o     (d)
  );

endmodule

`default_nettype wire
