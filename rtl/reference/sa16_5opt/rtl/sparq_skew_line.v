// SPDX-License-Identifier: Apache-2.0
//
// A word delayed by Depth cycles in which enable_i is high. Depth 0 is a wire.
// Data is not reset: what the line holds before the first word passes through is meaningless.
//
// Latency: Depth cycles.

`default_nettype none

module sparq_skew_line #(
    parameter Width       = 8,  // bits, >= 1
    parameter Depth       = 1,  // cycles, >= 0
    parameter ClockGating = 0   // 1: clk_i rests instead of enable_i being low
) (
    input  wire             clk_i,
    input  wire             enable_i,
    input  wire [Width-1:0] data_i,
    output wire [Width-1:0] data_o
);

  generate
    if (Width < 1) begin : gen_bad_width
      sparq_error_width_must_be_at_least_1 u_error ();
    end
    if (Depth < 0) begin : gen_bad_depth
      sparq_error_depth_must_not_be_negative u_error ();
    end
    if (ClockGating < 0) begin : gen_bad_clock_gating
      sparq_error_clock_gating_must_not_be_negative u_error ();
    end
  endgenerate

  wire enable = enable_i || (ClockGating != 0);

  genvar stage;
  generate
    if (Depth == 0) begin : gen_wire
      wire unused_ok = &{1'b0, clk_i, enable};
      assign data_o = data_i;
    end else begin : gen_line
      for (stage = 0; stage < Depth; stage = stage + 1) begin : gen_stage
        reg [Width-1:0] data_q;
        if (stage == 0) begin : gen_first
          always @(posedge clk_i) if (enable) data_q <= data_i;
        end else begin : gen_next
          always @(posedge clk_i) if (enable) data_q <= gen_stage[stage-1].data_q;
        end
      end
      assign data_o = gen_stage[Depth-1].data_q;
    end
  endgenerate

endmodule

`default_nettype wire
