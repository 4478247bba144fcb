// SPDX-License-Identifier: Apache-2.0
//
// How to put an emitted array into a design: a 16 x 16 5opt array between an operand stream and a
// result stream, with its widths spelled out. The tests elaborate this file with the emitted RTL.

`default_nettype none

module matrix_unit (
    input  wire         clk,
    input  wire         rst_n,             // synchronous to clk
    // One K step: two activations of each of 16 rows, two weights of each of 16 columns
    input  wire         operands_valid,
    output wire         operands_ready,
    input  wire         operands_first,    // the tile begins
    input  wire         operands_last,     // the tile ends
    input  wire [255:0] activations,       // row r: [16*r +: 16] = {x[k+1], x[k]}
    input  wire [255:0] weights,           // column c: [16*c +: 16] = {w[k+1], w[k]}
    // One row of C
    output wire         row_valid,
    input  wire         row_ready,
    output wire         row_last,
    output wire [511:0] row                // column c: [32*c +: 32]
);

  sparq_sa16_5opt_array #(
      .Rows(16),
      .Cols(16)
  ) u_array (
      .clk_i             (clk),
      .rst_ni            (rst_n),
      .step_valid_i      (operands_valid),
      .step_ready_o      (operands_ready),
      .step_first_i      (operands_first),
      .step_last_i       (operands_last),
      .step_activation_i (activations),
      .step_weight_i     (weights),
      .row_valid_o       (row_valid),
      .row_ready_i       (row_ready),
      .row_last_o        (row_last),
      .row_data_o        (row)
  );

endmodule

`default_nettype wire
