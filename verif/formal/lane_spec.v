// SPDX-License-Identifier: Apache-2.0
//
// lane_properties: one digit times one weight at the place of the digit
//
//   product = digit * weight * 2^s, s the placement of index code
//
// Codes beyond the last placement do not arrive, nor does the digit -2^N of signed activations (an
// extension: digits of N + 1 bits, two's complement). An output is what must never happen.

`default_nettype none

module lane_properties #(
    parameter N = 4,                             // bits of a digit without its sign
    parameter Signed = 0,
    parameter WeightBits = 8,                    // two's complement
    parameter [15:0] Placements = 16'b00011111,  // bit s: s is a placement
    parameter CodeBits = 3,
    parameter ProductBits = 17                   // two's complement
) (
    input  wire [N+Signed-1:0]   digit_i,
    input  wire [CodeBits-1:0]   code_i,
    input  wire [WeightBits-1:0] weight_i,
    output reg                   wrong_product
);

  wire [ProductBits-1:0] product;
  `DUT #(.WeightBits(WeightBits)) dut (
      .digit_i(digit_i), .code_i(code_i), .weight_i(weight_i), .product_o(product));

  wire negative = Signed && digit_i[N+Signed-1];
  // A digit's magnitude is below 2^N, so N + WeightBits bits hold every product.
  wire signed [N+WeightBits-1:0] digit = {{(N+WeightBits){negative}}, digit_i};
  wire arrives = !Signed || digit_i != (1 << N);
  wire signed [N+WeightBits-1:0] weight = $signed(weight_i);
  wire signed [N+WeightBits-1:0] exact = digit * weight;
  wire signed [N+WeightBits+14:0] multiple = exact;
  integer s, index;

  always @* begin
    wrong_product = 0;
    index = 0;
    for (s = 0; s < 16; s = s + 1)
      if (Placements[s]) begin
        if (arrives && code_i == index && $signed(product) != (multiple <<< s)) wrong_product = 1;
        index = index + 1;
      end
  end

endmodule

`default_nettype wire
