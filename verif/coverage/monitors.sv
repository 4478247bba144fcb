// SPDX-License-Identifier: Apache-2.0
//
// Coverage monitors: what an instance has seen, one bit per bin. coverage.cpp instantiates them in a
// copy of the emitted modules, names the bins in the same order, and says which cannot be reached.
// At the end of a simulation each instance writes its path and its bits to the file +sparq_cover=.

// verilator lint_off WIDTH
// verilator lint_off DECLFILENAME
// (A bench, not a product: integers of 32 bits meet bits of many widths, and one file holds all.)

`default_nettype none

// Writes the bits; sleeps once all that can be seen has been seen.
module sparq_cover_bins #(
    parameter Bins = 1,
    parameter [Bins-1:0] Reachable = 0
) (
    input wire clk_i,
    input wire sample_i,
    input wire [Bins-1:0] seen_i
);
  reg [Bins-1:0] seen_q = 0;
  reg complete_q = 0;
  always @(posedge clk_i) begin
    if (sample_i && !complete_q) begin
      seen_q <= seen_q | seen_i;
      complete_q <= (seen_q & Reachable) == Reachable;
    end
  end

  string path;
  integer file;
  final begin
    if ($value$plusargs("sparq_cover=%s", path)) begin
      file = $fopen(path, "a");
      $fdisplay(file, "%m %b", seen_q);
      $fclose(file);
    end
  end
endmodule

// The flags of a tile in an output-stationary element, and the cycles in which it holds.
module sparq_cover_tile #(
    parameter [6:0] Reachable = 0
) (
    input wire clk_i,
    input wire enable_i,
    input wire first_i,
    input wire last_i,
    input wire busy_i
);
  reg last_q = 0;
  always @(posedge clk_i) if (enable_i) last_q <= last_i;

  sparq_cover_bins #(.Bins(7), .Reachable(Reachable)) u_tile (
      .clk_i(clk_i),
      .sample_i(1'b1),
      .seen_i({
        !enable_i && busy_i,
        !enable_i && last_i,
        !enable_i && first_i,
        enable_i && first_i && last_q,
        enable_i && first_i && last_i,
        enable_i && last_i,
        enable_i && first_i
      })
  );
endmodule

// A stream that is accepted, waits, or has nothing to offer.
module sparq_cover_stream (
    input wire clk_i,
    input wire valid_i,
    input wire ready_i
);
  sparq_cover_bins #(.Bins(3), .Reachable(3'b111)) u_stream (
      .clk_i(clk_i),
      .sample_i(1'b1),
      .seen_i({!valid_i, valid_i && !ready_i, valid_i && ready_i})
  );
endmodule

// A word on its way to a multiplying unit of a format without windows.
module sparq_cover_plain #(
    parameter Width = 8
) (
    input wire clk_i,
    input wire enable_i,
    input wire [Width-1:0] word_i
);
  sparq_cover_bins #(.Bins(2), .Reachable(2'b11)) u_word (
      .clk_i(clk_i),
      .sample_i(enable_i),
      .seen_i({word_i != 0, word_i == 0})
  );
endmodule

// An encoded pair: zero word, and for each of the cases both nonzero, first lone, second lone the
// shift code of each lane.
module sparq_cover_word #(
    parameter DigitBits = 4,
    parameter CodeBits = 3,
    parameter SelectBits = 2,
    parameter Codes = 5,
    parameter Width = 16,
    parameter [6*Codes:0] Reachable = 0
) (
    input wire clk_i,
    input wire enable_i,
    input wire [Width-1:0] word_i
);
  wire [CodeBits-1:0] code0 = word_i[DigitBits+:CodeBits];
  wire [CodeBits-1:0] code1 = word_i[2*DigitBits+CodeBits+:CodeBits];
  wire [1:0] select = SelectBits == 0 ? 2'b00 : word_i[Width-1-:2];
  wire some = word_i != 0;

  wire [6*Codes:0] seen;
  assign seen[0] = !some;
  genvar c;
  generate
    for (c = 0; c < Codes; c = c + 1) begin : gen_code
      assign seen[1+c] = some && select == 2'b00 && code0 == c;
      assign seen[1+Codes+c] = some && select == 2'b00 && code1 == c;
      assign seen[1+2*Codes+c] = select == 2'b01 && code0 == c;
      assign seen[1+3*Codes+c] = select == 2'b01 && code1 == c;
      assign seen[1+4*Codes+c] = select == 2'b10 && code0 == c;
      assign seen[1+5*Codes+c] = select == 2'b10 && code1 == c;
    end
  endgenerate

  sparq_cover_bins #(.Bins(6 * Codes + 1), .Reachable(Reachable)) u_word (
      .clk_i(clk_i),
      .sample_i(enable_i),
      .seen_i(seen)
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
    parameter Bins = 4 + 2 * 6 * (Codes + LoneCodes),
    parameter [Bins-1:0] Reachable = 0
) (
    input wire clk_i,
    input wire accept_i,
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
  wire [A:0] x0 = magnitude(pair_i[A-1:0]);
  wire [A:0] x1 = magnitude(pair_i[2*A-1:A]);
  wire lone0 = Pairs != 0 && x1 == 0;
  wire lone1 = Pairs != 0 && x0 == 0;

  reg [Bins-1:0] seen;
  always @* begin
    seen = 0;
    seen[0] = x0 != 0 && x1 != 0;
    seen[1] = x0 == 0 && x1 != 0;
    seen[2] = x0 != 0 && x1 == 0;
    seen[3] = x0 == 0 && x1 == 0;
    if (!lone0 && !lone1) begin
      seen[4+bin_of(x0, N, Codes, Shifts)] = 1'b1;
      seen[4+Own+bin_of(x1, N, Codes, Shifts)] = 1'b1;
    end
    if (lone0 && x0 != 0) seen[4+2*Own+bin_of(x0, LoneN, LoneCodes, LoneShifts)] = 1'b1;
    if (lone1 && x1 != 0) seen[4+2*Own+Lone+bin_of(x1, LoneN, LoneCodes, LoneShifts)] = 1'b1;
  end

  sparq_cover_bins #(.Bins(Bins), .Reachable(Reachable)) u_pair (
      .clk_i(clk_i),
      .sample_i(accept_i),
      .seen_i(seen)
  );
endmodule

`default_nettype wire
