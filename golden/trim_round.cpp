// SPDX-License-Identifier: Apache-2.0
#include "golden/trim_round.h"

#include <algorithm>

#include "golden/powers.h"
#include "golden/require.h"

namespace sparq::golden {

uint32_t Window::value() const { return digit * power_of_two(shift); }

uint32_t round_to_nearest_even(uint32_t x, uint32_t divisor) {
  require(divisor > 0, "division by zero");
  const uint32_t below = x / divisor;
  const uint32_t rest = x % divisor;
  const uint32_t missing = divisor - rest;
  const bool below_is_odd = below % 2 == 1;
  const bool up = rest > missing || (rest == missing && below_is_odd);
  return up ? below + 1 : below;
}

Window trim_round(uint32_t x, int window_bits, std::span<const int> placements,
                  spec::Rounding rounding) {
  require(window_bits >= 1 && window_bits <= spec::kMaxActivationBits, "window of 1..16 bits");
  for (size_t code = 0; code < placements.size(); ++code) {
    const int shift = placements[code];
    if (x >= power_of_two(window_bits + shift)) continue;
    const uint32_t step = power_of_two(shift);
    const uint32_t digit =
        rounding == spec::Rounding::kTrim
            ? x / step
            : std::min(round_to_nearest_even(x, step), power_of_two(window_bits) - 1);
    return {.code = static_cast<int>(code), .shift = shift, .digit = digit};
  }
  require(false, "the activation exceeds the highest window");
  return {};
}

Window trim_round(uint32_t x, const spec::Format& format) {
  require(format.kind == spec::Kind::kSparq, "windows belong to kind sparq");
  return trim_round(x, format.window_bits, format.placements, format.rounding);
}

}  // namespace sparq::golden
