// SPDX-License-Identifier: Apache-2.0
//
// Takes the beats of a valid/ready stream and compares each with a file. A line of the file is
// {pause, flags, elements}: the cycles in which ready stays low although the beat is there, 8 bits,
// and the beat, element 0 in its low bits. The simulation ends with FAIL at the first beat that
// differs, is one too many, holds an X, or changes or goes away while it waits.

`timescale 1ns / 1ps
`default_nettype none

module sparq_bench_sink #(
    parameter ElementBits = 32,
    parameter Columns     = 1,   // elements of a row
    parameter RowsPerBeat = 1,
    parameter RowsPerTile = 1,   // rows are counted from 0 to here
    parameter FlagBits    = 1,
    parameter Beats       = 1,
    parameter File        = "beats.hex"
) (
    input  wire                                                    clk_i,
    input  wire                                                    rst_ni,
    input  wire                                                    valid_i,
    output wire                                                    ready_o,
    input  wire [FlagBits+RowsPerBeat*Columns*ElementBits-1:0]     data_i,
    output wire                                                    done_o
);

  localparam Elements = RowsPerBeat * Columns;
  localparam Bits     = FlagBits + Elements * ElementBits;

  reg [Bits+7:0] beats [0:Beats-1];
  initial $readmemh(File, beats);

  integer at;      // the next beat
  integer waited;  // cycles in which it has been kept waiting
  wire [Bits+7:0] beat     = beats[at];
  wire [Bits-1:0] expected = beat[Bits-1:0];
  reg             held_q;  // a beat was there, and was not taken
  reg  [Bits-1:0] data_q;

  assign done_o  = at == Beats;
  assign ready_o = rst_ni && (done_o || waited >= beat[Bits +: 8]);

  integer i;
  task fail_at_first_difference;
    begin
      for (i = 0; i < Elements; i = i + 1) begin
        if (data_i[i*ElementBits +: ElementBits] !== expected[i*ElementBits +: ElementBits]) begin
          $display("FAIL: time %0t, beat %0d, row %0d, column %0d: expected %0d, got %0d (hex %0h)",
                   $time, at, (at * RowsPerBeat + i / Columns) % RowsPerTile, i % Columns,
                   $signed(expected[i*ElementBits +: ElementBits]),
                   $signed(data_i[i*ElementBits +: ElementBits]),
                   data_i[i*ElementBits +: ElementBits]);
          $finish;
        end
      end
      $display("FAIL: time %0t, beat %0d: flags: expected %b, got %b", $time, at,
               expected[Bits-1 -: FlagBits], data_i[Bits-1 -: FlagBits]);
      $finish;
    end
  endtask

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      at     <= 0;
      waited <= 0;
      held_q <= 1'b0;
    end else begin
      held_q <= valid_i && !ready_o;
      data_q <= data_i;
      if (valid_i !== 1'b0 && valid_i !== 1'b1) begin
        $display("FAIL: time %0t, beat %0d: valid is neither 0 nor 1", $time, at);
        $finish;
      end else if (held_q && (!valid_i || data_i !== data_q)) begin
        $display("FAIL: time %0t, beat %0d changes or goes away while it waits", $time, at);
        $finish;
      end else if (valid_i && done_o) begin
        $display("FAIL: time %0t, beat %0d is one too many", $time, at);
        $finish;
      end else if (valid_i && data_i !== expected) begin
        fail_at_first_difference;
      end else if (valid_i && ready_o) begin
        at     <= at + 1;
        waited <= 0;
      end else if (valid_i) begin
        waited <= waited + 1;
      end
    end
  end

endmodule

`default_nettype wire
