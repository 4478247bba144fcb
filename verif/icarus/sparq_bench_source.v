// SPDX-License-Identifier: Apache-2.0
//
// Offers the beats of a file on a valid/ready stream. A line of the file is {pause, data}: the cycles
// in which valid stays low before the beat, 8 bits, and the beat. Between beats data is X: a design
// that looks at it then shows it.

`timescale 1ns / 1ps
`default_nettype none

module sparq_bench_source #(
    parameter Bits  = 8,
    parameter Beats = 1,
    parameter File  = "beats.hex"
) (
    input  wire            clk_i,
    input  wire            rst_ni,
    output wire            valid_o,
    input  wire            ready_i,
    output wire [Bits-1:0] data_o,
    output wire            done_o   // every beat was taken
);

  reg [Bits+7:0] beats [0:Beats-1];
  initial $readmemh(File, beats);

  integer at;      // the next beat
  integer waited;  // cycles since the last one
  wire [Bits+7:0] beat = beats[at];

  assign done_o  = at == Beats;
  assign valid_o = rst_ni && !done_o && waited >= beat[Bits +: 8];
  assign data_o  = valid_o ? beat[Bits-1:0] : {Bits{1'bx}};

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      at     <= 0;
      waited <= 0;
    end else if (valid_o && ready_i === 1'b1) begin
      at     <= at + 1;
      waited <= 0;
    end else begin
      waited <= waited + 1;
    end
  end

endmodule

`default_nettype wire
