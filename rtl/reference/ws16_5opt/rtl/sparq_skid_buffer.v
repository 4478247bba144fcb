// SPDX-License-Identifier: Apache-2.0
//
// A valid/ready stage that cuts the ready path: in_ready_o is a register. A word that arrives while
// the consumer stalls waits here; otherwise words pass straight through.
//
// Latency: 0 cycles without a stall. Capacity: one word.

`default_nettype none

module sparq_skid_buffer #(
    parameter Width      = 8,  // bits, >= 1
    parameter AsyncReset = 0   // 1: rst_ni acts at once, 0: at the clock edge
) (
    input  wire             clk_i,
    input  wire             rst_ni,      // active low
    input  wire             in_valid_i,
    output wire             in_ready_o,
    input  wire [Width-1:0] in_data_i,
    output wire             out_valid_o,
    input  wire             out_ready_i,
    output wire [Width-1:0] out_data_o
);

  generate
    if (Width < 1) begin : gen_bad_width
      sparq_error_width_must_be_at_least_1 u_error ();
    end
    if (AsyncReset < 0) begin : gen_bad_async_reset
      sparq_error_async_reset_must_not_be_negative u_error ();
    end
  endgenerate

  wire            full_q;
  reg [Width-1:0] data_q;  // not reset: meaningful only while full_q

  assign in_ready_o  = !full_q;
  assign out_valid_o = full_q || in_valid_i;
  assign out_data_o  = full_q ? data_q : in_data_i;

  sparq_control_register #(
      .AsyncReset(AsyncReset)
  ) u_full (
      .clk_i   (clk_i),
      .rst_ni  (rst_ni),
      .enable_i(1'b1),
      .data_i  (out_valid_o && !out_ready_i),
      .data_o  (full_q)
  );

  always @(posedge clk_i) begin
    if (!full_q) data_q <= in_data_i;
  end

endmodule

`default_nettype wire
