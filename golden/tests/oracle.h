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

inline std::array<uint32_t, 2> oracle_pair(uint32_t x0, uint32_t x1, const spec::Format& format) {
  const int n = format.window_bits;
  std::array<uint32_t, 2> out = {oracle_value(x0, n, format.placements, format.rounding),
                                 oracle_value(x1, n, format.placements, format.rounding)};
  if (!format.vsparq || (x0 != 0 && x1 != 0)) return out;
  if (2 * n >= format.activation_bits) return {x0, x1};
  std::vector<int> both;  // where two windows stand side by side
  for (const int low : format.placements) {
    for (const int high : format.placements) {
      if (high == low + n) both.push_back(low);
    }
  }
  return {oracle_value(x0, 2 * n, both, format.rounding),
          oracle_value(x1, 2 * n, both, format.rounding)};
}

}  // namespace sparq::golden::testing
