// SPDX-License-Identifier: Apache-2.0
// bSPARQ of one activation: the window of n bits that still holds its leading one.
// Source: Shomron et al., "Post-Training Sparsity-Aware Quantization", NeurIPS 2021, section 3.1.
#pragma once

#include <cstdint>
#include <span>

#include "golden/spec/format.h"

namespace sparq::golden {

struct Window {
  int code = 0;        // index of the shift in the placement set
  int shift = 0;       // s, bits
  uint32_t digit = 0;  // q, 0..2^n - 1

  uint32_t value() const;  // x^ = q * 2^s

  bool operator==(const Window&) const = default;
};

// The integer nearest to x / divisor, a tie going to the even one. divisor > 0.
uint32_t round_to_nearest_even(uint32_t x, uint32_t divisor);

// s = the smallest placement with x < 2^(n+s);
// trim: q = floor(x / 2^s); nearest: q = min(RNE(x / 2^s), 2^n - 1), s unchanged.
// Needs n in 1..16, placements ascending and not empty, x < 2^(n + last placement).
Window trim_round(uint32_t x, int window_bits, std::span<const int> placements,
                  spec::Rounding rounding);

// The same with n, S and the rounding of a format. Needs kind sparq and x < 2^A.
Window trim_round(uint32_t x, const spec::Format& format);

}  // namespace sparq::golden
