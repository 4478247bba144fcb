// SPDX-License-Identifier: Apache-2.0
//
// A register with reset. Verilog-2005 cannot choose a sensitivity list by a parameter inside a
// block, so the modules beside this one keep their control state here.
//
//   data_o becomes 0 while rst_ni is low, else data_i where enable_i is high.
//
// Latency: 1 cycle.

`default_nettype none

module sparq_control_register #(
    parameter Width      = 1,  // bits, >= 1
    parameter AsyncReset = 0   // 1: rst_ni acts at once, 0: at the clock edge
) (
    input  wire             clk_i,
    input  wire             rst_ni,    // active low
    input  wire             enable_i,
    input  wire [Width-1:0] data_i,
    output wire [Width-1:0] data_o
);

  generate
    if (Width < 1) begin : gen_bad_width
      sparq_error_width_must_be_at_least_1 u_error ();
    end
    if (AsyncReset < 0) begin : gen_bad_async_reset
      sparq_error_async_reset_must_not_be_negative u_error ();
    end
  endgenerate

  reg [Width-1:0] data_q;
  assign data_o = data_q;

  generate
    if (AsyncReset != 0) begin : gen_asynchronous
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) data_q <= {Width{1'b0}};
        else if (enable_i) data_q <= data_i;
      end
    end else begin : gen_synchronous
      always @(posedge clk_i) begin
        if (!rst_ni) data_q <= {Width{1'b0}};
        else if (enable_i) data_q <= data_i;
      end
    end
  endgenerate

endmodule

`default_nettype wire
