// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/describe_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "golden/pair.h"
#include "golden/step.h"

namespace sparq::verif {

std::string describe_step(std::span<const uint16_t> x, std::span<const int16_t> w,
                          const spec::Format& format) {
  std::string text = "x";
  for (const uint16_t value : x) text += fmt::format(" {:0{}b}", value, format.activation_bits);
  const uint64_t word = golden::encode_step(x, format);
  switch (format.kind) {
    case spec::Kind::kSparq: {
      const golden::EncodedPair pair = golden::unpack(word, format);
      for (size_t lane = 0; lane < 2; ++lane) {
        const bool swapped = (pair.select & (lane == 0 ? 2u : 1u)) != 0;
        text += fmt::format(
            "  lane{} {:0{}b}<<{} * w{}", lane, pair.digit[lane], format.window_bits,
            format.placements[static_cast<size_t>(pair.code[lane])], swapped ? 1 - lane : lane);
      }
      break;
    }
    case spec::Kind::kInt4x8:
      text += fmt::format("  digits {:04b} {:04b}", word & 15, (word >> 4) & 15);
      break;
    case spec::Kind::kInt8:
      break;
  }
  text += "  w";
  for (const int16_t value : w) text += fmt::format(" {}", value);
  const std::vector<int32_t> wide(w.begin(), w.end());
  return text + fmt::format("  adds {}", golden::dot_step(word, wide, format));
}

std::string step_lines(std::span<const uint16_t> x, std::span<const int16_t> w, size_t each,
                       const std::function<std::string(std::span<const uint16_t>,
                                                       std::span<const int16_t>)>& describe) {
  constexpr size_t kMost = 16;
  if (!describe) return "";
  const size_t length = std::max(x.size(), w.size());
  const size_t steps = (length + each - 1) / each;
  std::string text;
  for (size_t s = 0; s < steps; ++s) {
    if (s == kMost / 2 && steps > kMost) {
      s = steps - kMost / 2;
      text += fmt::format("    ... {} more steps\n", steps - kMost);
    }
    std::vector<uint16_t> step_x(each);  // zeros beyond the operands' ends
    std::vector<int16_t> step_w(each);
    for (size_t i = 0; i < each; ++i) {
      const size_t at = s * each + i;
      if (at < x.size()) step_x[i] = x[at];
      if (at < w.size()) step_w[i] = w[at];
    }
    text += fmt::format("    step {:3}: {}\n", s, describe(step_x, step_w));
  }
  return text;
}

}  // namespace sparq::verif
