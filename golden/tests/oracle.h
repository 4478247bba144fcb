// SPDX-License-Identifier: Apache-2.0
// A second, slow statement of SPARQ that shares nothing with the golden model: it lists what can be
// represented and searches it, instead of computing.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "golden/spec/format.h"

namespace sparq::golden::testing {

// The value of x in the window of `width` bits at the lowest of `shifts` whose range holds x:
// trim: the largest member of {q << s} not above x; nearest: the member closest to x, and of two
// equally close ones the one with even q. The window is closed: its largest member stands for all
// that is beyond.
inline uint32_t oracle_value(uint32_t x, int width, const std::vector<int>& shifts,
                             spec::Rounding rounding) {
  for (const int s : shifts) {
    const uint32_t beyond = uint32_t{1} << (width + s);
    if (x >= beyond) continue;
    uint32_t best_q = 0;
    int64_t best_distance = INT64_MAX;
    for (uint32_t q = 0; q < uint32_t{1} << width; ++q) {
      const int64_t difference = int64_t{x} - (int64_t{q} << s);
      if (rounding == spec::Rounding::kTrim && difference < 0) continue;
      const int64_t distance = std::abs(difference);
      const bool even_wins = distance == best_distance && q % 2 == 0;
      if (distance < best_distance || even_wins) {
        best_distance = distance;
        best_q = q;
      }
    }
    return best_q << s;
  }
  std::abort();
}

// Of words of A bits. With signed activations the search is for the magnitude.
inline std::array<int32_t, 2> oracle_pair(uint32_t x0, uint32_t x1, const spec::Format& format) {
  const int n = format.window_bits;
  const int a = format.activation_bits;
  const bool alone = format.vsparq && (x0 == 0 || x1 == 0);
  std::vector<int> both;  // where two windows stand side by side
  for (const int low : format.placements) {
    for (const int high : format.placements) {
      if (high == low + n) both.push_back(low);
    }
  }
  const auto value = [&](uint32_t word) {
    const bool negative = format.signed_activations && (word >> (a - 1)) != 0;
    const uint32_t magnitude = negative ? (uint32_t{1} << a) - word : word;
    const uint32_t found = !alone ? oracle_value(magnitude, n, format.placements, format.rounding)
                           : 2 * n >= a ? magnitude
                                        : oracle_value(magnitude, 2 * n, both, format.rounding);
    return negative ? -static_cast<int32_t>(found) : static_cast<int32_t>(found);
  };
  return {value(x0), value(x1)};
}

}  // namespace sparq::golden::testing
