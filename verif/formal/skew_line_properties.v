// SPDX-License-Identifier: Apache-2.0
//
// What sparq_skew_line promises: a word comes out Depth enabled cycles after it went in. Any word may
// be the one that is followed; the registers begin with anything. An output is what must never happen.

`default_nettype none

module skew_line_properties #(
    parameter Width = 2,
    parameter Depth = 1
) (
    input  wire             clk_i,
    input  wire             enable_i,
    input  wire [Width-1:0] data_i,
    input  wire             follow_i,    // the word that goes in now
    output wire             wrong_word
);

  wire [Width-1:0] data;
  sparq_skew_line #(.Width(Width), .Depth(Depth))
      dut (.clk_i(clk_i), .enable_i(enable_i), .data_i(data_i), .data_o(data));

  reg following = 0;
  reg [Width-1:0] word;
  reg [10:0] age;  // enabled cycles since it went in

  always @(posedge clk_i) if (enable_i) begin
    if (following) age <= age + (age <= Depth);
    else if (follow_i) begin
      following <= 1;
      word <= data_i;
      age <= 1;
    end
  end

  assign wrong_word = Depth == 0 ? data != data_i : following && age == Depth && data != word;

endmodule

`default_nettype wire
