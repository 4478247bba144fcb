// SPDX-License-Identifier: Apache-2.0
//
// pair_encoder_spec: two neighbouring activations as one word for two lanes
//
//   both nonzero : each has its own window of N bits
//   one is zero  : the other has 2N bits: exact when 2N >= A, else a window of 2N bits at one of the
//                  placements s for which s + N is a placement too; select names the survivor
//   both zero    : the word is 0
//
// With signed activations (an extension) the windows stand on magnitudes, and every digit is two's
// complement of N + 1 bits with its activation's sign.
//
// word = {select, code1, digit1, code0, digit0}. Without the pair rule there is no select, and each
// activation always has its own window.

`default_nettype none

module pair_encoder_spec #(
    parameter A = 8,                             // bits of an activation
    parameter N = 4,                             // bits of the window
    parameter [15:0] Placements = 16'b00011111,  // bit s: s is a placement
    parameter CodeBits = 3,
    parameter Nearest = 1,                       // or trim
    parameter PairRule = 1,
    parameter Signed = 0,
    parameter DigitBits = N + Signed,
    parameter WordBits = 2 * (CodeBits + DigitBits + PairRule)
) (
    input  wire [2*A-1:0]      activation_i,  // {second, first}
    output reg  [WordBits-1:0] activation_o
);

  wire [A-1:0] first = activation_i[A-1:0];
  wire [A-1:0] second = activation_i[2*A-1:A];
  wire negative0 = Signed && first[A-1];
  wire negative1 = Signed && second[A-1];
  wire [A-1:0] magnitude0 = negative0 ? -first : first;
  wire [A-1:0] magnitude1 = negative1 ? -second : second;

  function [DigitBits-1:0] with_sign;
    input negative;
    input [DigitBits-1:0] digit;
    with_sign = negative ? -digit : digit;
  endfunction

  wire [N-1:0] digit0, digit1;
  wire [CodeBits-1:0] code0, code1;
  trim_round_spec #(A, N, Placements, CodeBits, Nearest) own0 (magnitude0, digit0, code0);
  trim_round_spec #(A, N, Placements, CodeBits, Nearest) own1 (magnitude1, digit1, code1);

  // Both lanes for the survivor.
  wire [A-1:0] survivor = first == 0 ? magnitude1 : magnitude0;
  wire negative = first == 0 ? negative1 : negative0;
  wire [2*N-1:0] wide;
  wire [3:0] low_shift, high_shift;
  wire [CodeBits-1:0] low_code, high_code;
  generate
    if (2 * N >= A) begin : exact
      wire [N-1:0] high_digit = survivor >> (A - N);
      wire [N-1:0] low_digit = survivor % (1 << (A - N));
      assign wide = {high_digit, low_digit};
      assign low_shift = 0;
      assign high_shift = A - N;
    end else begin : window
      window_spec #(A, 2 * N, Placements & (Placements >> N), Nearest)
          both (survivor, wide, low_shift);
      assign high_shift = low_shift + N;
    end
  endgenerate
  code_spec #(Placements, CodeBits) low (low_shift, low_code);
  code_spec #(Placements, CodeBits) high (high_shift, high_code);

  always @* begin
    activation_o = {code1, with_sign(negative1, digit1), code0, with_sign(negative0, digit0)};
    if (PairRule && (first == 0) != (second == 0))
      activation_o = {first == 0, second == 0, high_code, with_sign(negative, wide[2*N-1:N]),
                      low_code, with_sign(negative, wide[N-1:0])};
  end

endmodule

module pair_encoder_properties #(
    parameter A = 8,
    parameter N = 4,
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3,
    parameter Nearest = 1,
    parameter PairRule = 1,
    parameter Signed = 0
) (
    input  wire [A-1:0] first_i,
    input  wire [A-1:0] second_i,
    output wire         wrong_digit_0,
    output wire         wrong_code_0,
    output wire         wrong_digit_1,
    output wire         wrong_code_1,
    output wire         wrong_select
);

  localparam DigitBits = N + Signed;
  localparam LaneBits = CodeBits + DigitBits;
  wire [2*(LaneBits+PairRule)-1:0] word, word_spec;
  `DUT dut (.activation_i({second_i, first_i}), .activation_o(word));
  pair_encoder_spec #(A, N, Placements, CodeBits, Nearest, PairRule, Signed)
      spec ({second_i, first_i}, word_spec);

  wire [2*(LaneBits+PairRule)-1:0] wrong = word ^ word_spec;
  assign wrong_digit_0 = |wrong[DigitBits-1:0];
  assign wrong_code_0 = |wrong[LaneBits-1:DigitBits];
  assign wrong_digit_1 = |wrong[LaneBits+DigitBits-1:LaneBits];
  assign wrong_code_1 = |wrong[2*LaneBits-1:LaneBits+DigitBits];
  assign wrong_select = |(wrong >> (2 * LaneBits));

endmodule

`default_nettype wire
