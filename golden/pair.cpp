// SPDX-License-Identifier: Apache-2.0
#include "golden/pair.h"

#include <algorithm>

#include "golden/powers.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "golden/trim_round.h"

namespace sparq::golden {
namespace {

constexpr uint32_t kLane1TakesFirst = 1;
constexpr uint32_t kLane0TakesSecond = 2;

void require_pair(uint32_t x0, uint32_t x1, const spec::Format& format) {
  require(format.kind == spec::Kind::kSparq, "pairs belong to kind sparq");
  const uint32_t limit = power_of_two(format.activation_bits);
  require(x0 < limit && x1 < limit, "activations below 2^A");
}

int code_of(int shift, const spec::Format& format) {
  const auto& set = format.placements;
  const auto at = std::find(set.begin(), set.end(), shift);
  require(at != set.end(), "the shift is one of the placements");
  return static_cast<int>(at - set.begin());
}

// The window of 2n bits a survivor gets when that is less than the whole activation.
Window wide_window(uint32_t x, const spec::Format& format) {
  return trim_round(x, 2 * format.window_bits, spec::pair_placements(format), format.rounding);
}

EncodedPair encode_survivor(uint32_t x, uint32_t select, const spec::Format& format) {
  const int n = format.window_bits;
  if (spec::survivor_is_exact(format)) {
    const int high_shift = format.activation_bits - n;
    const uint32_t high_step = power_of_two(high_shift);
    return {.digit = {x % high_step, x / high_step},
            .code = {code_of(0, format), code_of(high_shift, format)},
            .select = select};
  }
  const Window wide = wide_window(x, format);
  const uint32_t base = power_of_two(n);
  return {.digit = {wide.digit % base, wide.digit / base},
          .code = {code_of(wide.shift, format), code_of(wide.shift + n, format)},
          .select = select};
}

// The `width` bits of `word` from bit `at` upwards.
uint32_t field(uint64_t word, int at, int width) {
  for (int i = 0; i < at; ++i) word /= 2;
  return static_cast<uint32_t>(word % power_of_two(width));
}

// `value` moved up to bit `at`.
uint64_t placed(uint64_t value, int at) {
  for (int i = 0; i < at; ++i) value *= 2;
  return value;
}

}  // namespace

EncodedPair encode_pair(uint32_t x0, uint32_t x1, const spec::Format& format) {
  require_pair(x0, x1, format);
  if (x0 == 0 && x1 == 0) return {};
  if (format.vsparq && x1 == 0) return encode_survivor(x0, kLane1TakesFirst, format);
  if (format.vsparq && x0 == 0) return encode_survivor(x1, kLane0TakesSecond, format);
  const Window first = trim_round(x0, format);
  const Window second = trim_round(x1, format);
  return {.digit = {first.digit, second.digit}, .code = {first.code, second.code}, .select = 0};
}

std::array<uint32_t, 2> pair_values(uint32_t x0, uint32_t x1, const spec::Format& format) {
  require_pair(x0, x1, format);
  const bool one_is_zero = (x0 == 0) != (x1 == 0);
  if (format.vsparq && one_is_zero) {
    if (spec::survivor_is_exact(format)) return {x0, x1};
    const auto wide = [&](uint32_t x) { return x == 0 ? 0 : wide_window(x, format).value(); };
    return {wide(x0), wide(x1)};
  }
  return {trim_round(x0, format).value(), trim_round(x1, format).value()};
}

uint64_t pack(const EncodedPair& pair, const spec::Format& format) {
  const spec::PairLayout layout = spec::pair_layout(format);
  uint64_t word = 0;
  for (size_t lane = 0; lane < 2; ++lane) {
    const auto code = static_cast<uint32_t>(pair.code[lane]);
    require(pair.digit[lane] < power_of_two(layout.digit_bits), "a digit of n bits");
    require(code < format.placements.size(), "a code of a placement");
    word += placed(pair.digit[lane], layout.digit_at(static_cast<int>(lane)));
    word += placed(code, layout.code_at(static_cast<int>(lane)));
  }
  require(pair.select < power_of_two(layout.select_bits), "a select the format has");
  return word + placed(pair.select, layout.select_at());
}

EncodedPair unpack(uint64_t word, const spec::Format& format) {
  const spec::PairLayout layout = spec::pair_layout(format);
  EncodedPair pair;
  for (size_t lane = 0; lane < 2; ++lane) {
    const int at = static_cast<int>(lane);
    pair.digit[lane] = field(word, layout.digit_at(at), layout.digit_bits);
    pair.code[lane] = static_cast<int>(field(word, layout.code_at(at), layout.code_bits));
  }
  pair.select = field(word, layout.select_at(), layout.select_bits);
  return pair;
}

int64_t dot(const EncodedPair& pair, int32_t w0, int32_t w1, const spec::Format& format) {
  const bool lane0_takes_second = pair.select / kLane0TakesSecond % 2 == 1;
  const bool lane1_takes_first = pair.select / kLane1TakesFirst % 2 == 1;
  const std::array<int64_t, 2> weight = {lane0_takes_second ? w1 : w0, lane1_takes_first ? w0 : w1};
  int64_t sum = 0;
  for (size_t lane = 0; lane < 2; ++lane) {
    const auto code = static_cast<size_t>(pair.code[lane]);
    require(code < format.placements.size(), "a code of a placement");
    const int64_t step = power_of_two(format.placements[code]);
    sum += pair.digit[lane] * weight[lane] * step;
  }
  return sum;
}

}  // namespace sparq::golden
