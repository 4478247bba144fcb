// SPDX-License-Identifier: Apache-2.0
//
// window_spec: the window of one activation, as its definition reads
//
//   s     = the smallest placement with x < 2^(N + s)
//   trim:   digit = floor(x / 2^s)
//   round:  digit = min(x / 2^s to the nearest, ties to even; 2^N - 1), s does not change
//
// trim_round_spec: the same with the index of s among the placements in place of s.
// trim_round_properties: compares a design with it; an output is what must never happen.

`default_nettype none

module window_spec #(
    parameter A = 8,                             // bits of an activation
    parameter N = 4,                             // bits of the window
    parameter [15:0] Placements = 16'b00011111,  // bit s: s is a placement
    parameter Nearest = 1                        // or trim
) (
    input  wire [A-1:0] x_i,
    output reg  [N-1:0] digit_o,
    output reg  [3:0]   shift_o
);

  // Wide enough for 2^(N + s) and for a quotient that rounds up to 2^N.
  localparam Bits = A + 2;
  localparam [Bits-1:0] One = 1;
  reg [Bits-1:0] x, unit, quotient, twice_rest;
  integer s;

  always @* begin
    x = x_i;
    digit_o = 0;
    shift_o = 0;
    for (s = 15; s >= 0; s = s - 1)
      if (Placements[s] && s + N <= A) begin
        unit = One << s;
        quotient = x / unit;
        twice_rest = 2 * (x % unit);
        if (Nearest && (twice_rest > unit || (twice_rest == unit && quotient[0])))
          quotient = quotient + One;
        if (quotient > (One << N) - One) quotient = (One << N) - One;
        if (x < (One << (N + s))) begin
          digit_o = quotient;
          shift_o = s;
        end
      end
  end

endmodule

module trim_round_spec #(
    parameter A = 8,
    parameter N = 4,
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3,
    parameter Nearest = 1
) (
    input  wire [A-1:0]        activation_i,
    output wire [N-1:0]        digit_o,
    output wire [CodeBits-1:0] code_o
);

  wire [3:0] shift;
  window_spec #(.A(A), .N(N), .Placements(Placements), .Nearest(Nearest))
      window (.x_i(activation_i), .digit_o(digit_o), .shift_o(shift));
  code_spec #(.Placements(Placements), .CodeBits(CodeBits))
      code (.shift_i(shift), .code_o(code_o));

endmodule

// The index of a shift: how many placements are smaller.
module code_spec #(
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3
) (
    input  wire [3:0]          shift_i,
    output reg  [CodeBits-1:0] code_o
);

  integer s;

  always @* begin
    code_o = 0;
    for (s = 0; s < 16; s = s + 1)
      if (Placements[s] && s < shift_i) code_o = code_o + 1;
  end

endmodule

module trim_round_properties #(
    parameter A = 8,
    parameter N = 4,
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3,
    parameter Nearest = 1
) (
    input  wire [A-1:0] activation_i,
    output wire         wrong_digit,
    output wire         wrong_code
);

  wire [N-1:0] digit, digit_spec;
  wire [CodeBits-1:0] code, code_spec;
  `DUT dut (.activation_i(activation_i), .digit_o(digit), .code_o(code));
  trim_round_spec #(A, N, Placements, CodeBits, Nearest) spec (activation_i, digit_spec, code_spec);
  assign wrong_digit = digit != digit_spec;
  assign wrong_code = code != code_spec;

endmodule

`default_nettype wire
