// SPDX-License-Identifier: Apache-2.0
// A 2 x 2 array of accumulators, small enough to synthesize in a second.
`default_nettype none

module tiny_lane #(
    parameter Width = 4
) (
    input  wire [Width-1:0] a_i,
    input  wire [Width-1:0] b_i,
    output wire [Width-1:0] product_o
);
  assign product_o = a_i & b_i;
endmodule

module tiny_pe #(
    parameter Width = 4
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire [Width-1:0] a_i,
    input  wire [Width-1:0] b_i,
    output reg  [Width-1:0] sum_q
);
  wire [Width-1:0] product;
  tiny_lane #(.Width(Width)) u_lane (.a_i(a_i), .b_i(b_i), .product_o(product));
  always @(posedge clk_i) begin
    if (!rst_ni) sum_q <= {Width{1'b0}};
    else sum_q <= sum_q + product;
  end
endmodule

module tiny_array #(
    parameter Rows  = 2,
    parameter Cols  = 2,
    parameter Width = 4
) (
    input  wire                       clk_i,
    input  wire                       rst_ni,
    input  wire [Rows*Width-1:0]      a_i,
    input  wire [Cols*Width-1:0]      b_i,
    output wire [Rows*Cols*Width-1:0] sum_o
);
  genvar r, c;
  generate
    for (r = 0; r < Rows; r = r + 1) begin : gen_row
      for (c = 0; c < Cols; c = c + 1) begin : gen_col
        tiny_pe #(.Width(Width)) u_pe (
            .clk_i(clk_i),
            .rst_ni(rst_ni),
            .a_i(a_i[r*Width+:Width]),
            .b_i(b_i[c*Width+:Width]),
            .sum_q(sum_o[(r*Cols+c)*Width+:Width])
        );
      end
    end
  endgenerate
endmodule

`default_nettype wire
