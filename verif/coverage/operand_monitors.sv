// SPDX-License-Identifier: Apache-2.0
//
// Coverage monitors of operands: weights that select, words, pairs. See monitors.sv.

// verilator lint_off WIDTH
// verilator lint_off DECLFILENAME
// verilator lint_off CMPCONST
// (A bench, not a product: integers of 32 bits meet bits of many widths, one file holds all, and
// some formats use every code there is.)

`default_nettype none

// A group of 2:4 weights and the activations that it selects.
module sparq_cover_selection #(
    parameter Width = 8,  // of one activation
    parameter WeightBits = 8,
    parameter Situations = 1
) (
    input wire clk_i,
    input wire sample_i,
    input wire [7:0] situation_i,
    input wire [2*WeightBits-1:0] weight_i,
    input wire [1:0] index0_i,
    input wire [1:0] index1_i,
    input wire [4*Width-1:0] activation_i,
    output reg [6:0] slots_o  // none in use, slot 0 alone at 0..3, slot 1 alone, both at 0..3 each
);
  wire used0 = weight_i[WeightBits-1:0] != 0;
  wire used1 = weight_i[2*WeightBits-1:WeightBits] != 0;
  wire some0 = activation_i[Width*index0_i+:Width] != 0;
  wire some1 = activation_i[Width*index1_i+:Width] != 0;

  reg [15:0] seen;
  always @* begin
    case ({used1, used0})
      2'b00: {slots_o, seen} = {7'd0, 16'd0};
      2'b01: {slots_o, seen} = {7'd1 + index0_i, 16'd1 + {index0_i, some0}};
      2'b10: {slots_o, seen} = {7'd5 + index1_i, 16'd9 + {index1_i, some1}};
      default:
      {slots_o, seen} = {7'd9 + {index0_i, index1_i}, 16'd17 + {index0_i, index1_i, some0, some1}};
    endcase
  end

  sparq_cover_bins #(.Bins(81 * Situations), .Numbered(1)) u_selection (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i(1'b1),
      .number_i(81 * situation_i + seen)
  );
endmodule

// A word on its way to a multiplying unit of a format without windows.
module sparq_cover_plain #(
    parameter Width = 8,
    parameter Situations = 1
) (
    input wire clk_i,
    input wire sample_i,
    input wire [7:0] situation_i,
    input wire [Width-1:0] word_i
);
  sparq_cover_bins #(.Bins(2 * Situations), .Numbered(1)) u_word (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i(1'b1),
      .number_i(2 * situation_i + (word_i != 0))
  );
endmodule

// An encoded pair: zero word, for each of the cases both nonzero, first lone, second lone the
// shift code of each lane, and what no encoder gives.
module sparq_cover_word #(
    parameter DigitBits = 4,
    parameter CodeBits = 3,
    parameter SelectBits = 2,
    parameter Codes = 5,
    parameter Width = 16,
    parameter Situations = 1
) (
    input wire clk_i,
    input wire sample_i,
    input wire [7:0] situation_i,
    input wire [Width-1:0] word_i
);
  localparam Own = 6 * Codes + 2;
  wire [CodeBits-1:0] code0 = word_i[DigitBits+:CodeBits];
  wire [CodeBits-1:0] code1 = word_i[2*DigitBits+CodeBits+:CodeBits];
  wire [1:0] select = SelectBits == 0 ? 2'b00 : word_i[Width-1-:2];
  wire some = word_i != 0;
  wire illegal = code0 >= Codes || code1 >= Codes || select == 2'b11;

  // Bins of the case's lane 0; those of lane 1 follow.
  wire [15:0] first = Own * situation_i;
  wire [15:0] lane0 = first + 1 + 2 * Codes * select;
  wire [15:0] bin0 = illegal ? first + Own - 1 : some ? lane0 + code0 : first;
  wire [15:0] bin1 = lane0 + Codes + code1;

  sparq_cover_bins #(.Bins(Own * Situations), .Numbered(2)) u_word (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i({some && !illegal, 1'b1}),
      .number_i({bin1, bin0})
  );
endmodule

// A pair of raw activations on its way into an encoder: the zero case, and for each activation its
// window with what rounding did: exact, down, up, tie down, tie up, saturated.
module sparq_cover_pair #(
    parameter A = 8,
    parameter Signed = 0,
    parameter N = 4,
    parameter Codes = 5,
    parameter [8*Codes-1:0] Shifts = 0,
    parameter Nearest = 1,
    parameter Pairs = 1,     // the pair rule is on
    parameter LoneN = 8,     // window of a lone survivor
    parameter LoneCodes = 1,
    parameter [8*LoneCodes-1:0] LoneShifts = 0,
    parameter Situations = 1
) (
    input wire clk_i,
    input wire sample_i,
    input wire [7:0] situation_i,
    input wire [2*A-1:0] pair_i
);
  localparam Kinds = 6;

  function [A:0] magnitude(input [A-1:0] x);
    magnitude = Signed != 0 && x[A-1] ? (1 << A) - x : {1'b0, x};
  endfunction

  // Position of the bin within one activation's codes x kinds.
  function integer bin_of(input [A:0] x, input integer n, input integer codes,
                          input [8*(Codes+LoneCodes)-1:0] shifts);
    integer c, s, code, rest, half, digit, kind;
    begin
      code = codes - 1;
      for (c = codes - 1; c >= 0; c = c - 1) if (x < (1 << (n + shifts[8*c+:8]))) code = c;
      s = shifts[8*code+:8];
      digit = x >> s;
      rest = x - (digit << s);
      half = s == 0 ? 1 : 1 << (s - 1);
      if (rest == 0) kind = 0;
      else if (Nearest == 0 || rest < half) kind = 1;
      else if (rest == half && digit % 2 == 0) kind = 3;
      else if (digit == (1 << n) - 1) kind = 5;
      else if (rest == half) kind = 4;
      else kind = 2;
      bin_of = code * Kinds + kind;
    end
  endfunction

  localparam Own = Codes * Kinds;
  localparam Lone = LoneCodes * Kinds;
  localparam Bins = 4 + 2 * (Own + Lone);
  wire [A:0] x0 = magnitude(pair_i[A-1:0]);
  wire [A:0] x1 = magnitude(pair_i[2*A-1:A]);
  wire lone0 = Pairs != 0 && x1 == 0;
  wire lone1 = Pairs != 0 && x0 == 0;

  wire [15:0] first = Bins * situation_i;
  wire [15:0] zeros = first + (x0 == 0) + 2 * (x1 == 0);
  wire [15:0] bin0 = first + 4 +
      (lone0 ? 2 * Own + bin_of(x0, LoneN, LoneCodes, LoneShifts) : bin_of(x0, N, Codes, Shifts));
  wire [15:0] bin1 = first + 4 +
      (lone1 ? 2 * Own + Lone + bin_of(x1, LoneN, LoneCodes, LoneShifts)
             : Own + bin_of(x1, N, Codes, Shifts));

  // With the pair rule a zero has no window of its own.
  sparq_cover_bins #(.Bins(Bins * Situations), .Numbered(3)) u_pair (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i({!lone0, !lone1, 1'b1}),
      .number_i({bin1, bin0, zeros})
  );
endmodule

// A pair of signed activations that become digits of 4 bits, -8 to 7: the sign of each and what
// rounding to the nearest digit did, as in sparq_cover_pair.
module sparq_cover_digits #(
    parameter A = 8,
    parameter Situations = 1
) (
    input wire clk_i,
    input wire sample_i,
    input wire [7:0] situation_i,
    input wire [2*A-1:0] pair_i
);
  function [2:0] kind_of(input signed [A-1:0] x);
    integer value, step, below, rest;
    begin
      value = x;
      step = 1 << (A - 4);
      below = value >>> (A - 4);
      rest = value - below * step;
      // Rounding up is away from zero for positive values and towards it for negative ones.
      if (rest == 0) kind_of = 0;
      else if (2 * rest == step && below % 2 == 0) kind_of = value < 0 ? 4 : 3;
      else if (value > 0 && below == 7 && 2 * rest >= step) kind_of = 5;
      else if (2 * rest == step) kind_of = value < 0 ? 3 : 4;
      else kind_of = (2 * rest < step) == (value < 0) ? 2 : 1;
    end
  endfunction

  wire [15:0] first = 24 * situation_i;
  wire [15:0] bin0 = first + (pair_i[A-1] ? 6 : 0) + kind_of(pair_i[A-1:0]);
  wire [15:0] bin1 = first + 12 + (pair_i[2*A-1] ? 6 : 0) + kind_of(pair_i[2*A-1:A]);
  sparq_cover_bins #(.Bins(24 * Situations), .Numbered(2)) u_pair (
      .clk_i(clk_i),
      .sample_i(sample_i),
      .seen_i(2'b11),
      .number_i({bin1, bin0})
  );
endmodule

`default_nettype wire
