// SPDX-License-Identifier: Apache-2.0
//
// static4_spec: an activation as a static 4-bit digit, q = min(x / 2^(A-4) to the nearest, ties to
// even; 15). Signed activations (an extension) are clamped to -8..7. An output of the properties is what must never happen.

`default_nettype none

module static4_spec #(
    parameter A = 8,
    parameter Signed = 0
) (
    input  wire [A-1:0] x_i,
    output reg  [3:0]   digit_o
);

  localparam [A+1:0] Unit = 1 << (A - 4);
  wire negative = Signed && x_i[A-1];
  reg [A+1:0] magnitude, quotient, twice_rest, most;

  always @* begin
    magnitude = negative ? (1 << A) - x_i : x_i;
    quotient = magnitude / Unit;
    twice_rest = 2 * (magnitude % Unit);
    if (twice_rest > Unit || (twice_rest == Unit && quotient[0])) quotient = quotient + 1;
    most = !Signed ? 15 : negative ? 8 : 7;
    if (quotient > most) quotient = most;
    digit_o = negative ? -quotient : quotient;
  end

endmodule

module static4_properties #(
    parameter A = 8,
    parameter Signed = 0
) (
    input  wire [A-1:0] first_i,
    input  wire [A-1:0] second_i,
    output wire         wrong_digit_0,
    output wire         wrong_digit_1
);

  wire [7:0] word;
  wire [3:0] digit_0, digit_1;
  `DUT dut (.activation_i({second_i, first_i}), .activation_o(word));
  static4_spec #(A, Signed) spec_0 (first_i, digit_0);
  static4_spec #(A, Signed) spec_1 (second_i, digit_1);
  assign wrong_digit_0 = word[3:0] != digit_0;
  assign wrong_digit_1 = word[7:4] != digit_1;

endmodule

// The sum of digit * weight is C in units of 2^(A-4).
module static4_finish_properties #(
    parameter A = 8,
    parameter AccumulatorBits = 32
) (
    input  wire [AccumulatorBits-1:0] sum_i,
    output wire                       wrong_result
);

  wire [AccumulatorBits-1:0] result;
  wire [AccumulatorBits-1:0] expected = sum_i * (1 << (A - 4));
  `DUT #(.AccumulatorBits(AccumulatorBits)) dut (.accumulator_i(sum_i), .result_o(result));
  assign wrong_result = result != expected;

endmodule

`default_nettype wire
