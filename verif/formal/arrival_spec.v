// SPDX-License-Identifier: Apache-2.0
//
// arrival_spec: activations as an array takes them: raw, or encoded for arrays without an encoder.

`default_nettype none

module arrival_spec #(
    parameter Count = 2,     // of activations; even where they are encoded
    parameter Encoding = 0,  // raw; 1: as pair words; 2: as static digits
    parameter A = 8,
    parameter N = 4,         // of pair words: as in pair_encoder_spec
    parameter [15:0] Placements = 16'b00011111,
    parameter CodeBits = 3,
    parameter Nearest = 1,
    parameter PairRule = 1,
    parameter Signed = 0,
    parameter PairBits = Encoding == 0 ? 2 * A :
                         Encoding == 1 ? 2 * (N + Signed + CodeBits + PairRule) : 8,
    parameter WordBits = Encoding == 0 ? Count * A : Count / 2 * PairBits
) (
    input  wire [Count*A-1:0]  activation_i,
    output wire [WordBits-1:0] word_o
);

  genvar i;
  generate
    if (Encoding == 0) begin : raw
      assign word_o = activation_i;
    end else begin : pairs
      for (i = 0; i < Count / 2; i = i + 1) begin : pair
        wire [2*A-1:0] both = activation_i[2*A*i +: 2*A];
        wire [PairBits-1:0] word;
        if (Encoding == 1) begin : sparq
          pair_encoder_spec #(A, N, Placements, CodeBits, Nearest, PairRule, Signed)
              encode (both, word);
        end else begin : digits
          static4_spec #(A, Signed) low (both[A-1:0], word[3:0]);
          static4_spec #(A, Signed) high (both[2*A-1:A], word[7:4]);
        end
        assign word_o[PairBits*i +: PairBits] = word;
      end
    end
  endgenerate

endmodule

`default_nettype wire
