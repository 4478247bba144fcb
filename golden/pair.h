// SPDX-License-Identifier: Apache-2.0
// vSPARQ: two activations, neighbours along K, share two n-bit lanes; when one is zero the other
// takes both. Source: Shomron et al., NeurIPS 2021, section 3.2. Signed activations are this
// project's extension: the rules apply to the magnitude, and every digit carries the sign.
#pragma once

#include <array>
#include <cstdint>

#include "golden/spec/format.h"

namespace sparq::golden {

// A pair as the multipliers see it. Lane 0 serves x0, or the low digit of a survivor; lane 1 serves
// x1, or the high digit of a survivor. A pair of zeros is all zeros.
struct EncodedPair {
  std::array<int32_t, 2> digit = {};  // 0..2^n - 1; -(2^n - 1)..2^n - 1 with signed activations
  std::array<int, 2> code = {};       // indices into Format::placements
  uint32_t select = 0;                // bit 0: lane 1 takes the first weight (x1 is zero)
                                      // bit 1: lane 0 takes the second weight (x0 is zero)

  bool operator==(const EncodedPair&) const = default;
};

// Both nonzero, or no pair rule: each activation has its own window (trim_round).
// One zero: the survivor x gets 2n bits, both digits times its weight:
//   2n >= A: high digit floor(x / 2^(A-n)) at shift A-n, low digit x mod 2^(A-n) at shift 0
//   2n <  A: the 2n-bit window over pair_placements(), low digit at shift s, high at s + n
// Needs kind sparq and x0, x1 < 2^A: words of golden/activation.h.
EncodedPair encode_pair(uint32_t x0, uint32_t x1, const spec::Format& format);

// {x^0, x^1}: the values a pair stands for, from the rules directly. Same needs as encode_pair.
std::array<int32_t, 2> pair_values(uint32_t x0, uint32_t x1, const spec::Format& format);

// The pair as a word, spec::pair_layout(format).bits() wide, and back. Any word of that width
// unpacks; select is 0 when the format has no pair rule.
uint64_t pack(const EncodedPair& pair, const spec::Format& format);
EncodedPair unpack(uint64_t word, const spec::Format& format);

// d0 * w[sel0] * 2^s0 + d1 * w[sel1] * 2^s1: what one step adds to a sum. Exact for weights of up
// to 32 bits. Codes must be below the number of placements.
int64_t dot(const EncodedPair& pair, int32_t w0, int32_t w1, const spec::Format& format);

}  // namespace sparq::golden
