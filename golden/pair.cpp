// SPDX-License-Identifier: Apache-2.0
#include "golden/pair.h"

#include <algorithm>

#include "golden/activation.h"
#include "golden/powers.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "golden/trim_round.h"

namespace sparq::golden {
namespace {

constexpr uint32_t kLane1TakesFirst = 1;
constexpr uint32_t kLane0TakesSecond = 2;

struct SignedMagnitude {
  uint32_t magnitude;
  int32_t sign;  // 1, or -1 for a negative number
};

SignedMagnitude split(uint32_t word, const spec::Format& format) {
  require(format.kind == spec::Kind::kSparq, "pairs belong to kind sparq");
  const int32_t value = activation_value(word, format);
  return value < 0 ? SignedMagnitude{static_cast<uint32_t>(-value), -1}
                   : SignedMagnitude{static_cast<uint32_t>(value), 1};
}

int32_t times(uint32_t magnitude, int32_t sign) { return static_cast<int32_t>(magnitude) * sign; }

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

EncodedPair encode_survivor(const SignedMagnitude& x, uint32_t select, const spec::Format& format) {
  const int n = format.window_bits;
  uint32_t digits = x.magnitude;
  int low_shift = 0;
  int high_shift = format.activation_bits - n;
  uint32_t high_step = power_of_two(high_shift);
  if (!spec::survivor_is_exact(format)) {
    const Window wide = wide_window(x.magnitude, format);
    digits = wide.digit;
    low_shift = wide.shift;
    high_shift = wide.shift + n;
    high_step = power_of_two(n);
  }
  return {.digit = {times(digits % high_step, x.sign), times(digits / high_step, x.sign)},
          .code = {code_of(low_shift, format), code_of(high_shift, format)},
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
  const SignedMagnitude first = split(x0, format);
  const SignedMagnitude second = split(x1, format);
  if (x0 == 0 && x1 == 0) return {};
  if (format.vsparq && x1 == 0) return encode_survivor(first, kLane1TakesFirst, format);
  if (format.vsparq && x0 == 0) return encode_survivor(second, kLane0TakesSecond, format);
  const Window window0 = trim_round(first.magnitude, format);
  const Window window1 = trim_round(second.magnitude, format);
  return {.digit = {times(window0.digit, first.sign), times(window1.digit, second.sign)},
          .code = {window0.code, window1.code},
          .select = 0};
}

std::array<int32_t, 2> pair_values(uint32_t x0, uint32_t x1, const spec::Format& format) {
  const bool one_is_zero = (x0 == 0) != (x1 == 0);
  const auto value = [&](uint32_t word) {
    const auto [x, sign] = split(word, format);
    if (!format.vsparq || !one_is_zero) return times(trim_round(x, format).value(), sign);
    if (spec::survivor_is_exact(format)) return times(x, sign);
    return times(wide_window(x, format).value(), sign);
  };
  return {value(x0), value(x1)};
}

uint64_t pack(const EncodedPair& pair, const spec::Format& format) {
  const spec::PairLayout layout = spec::pair_layout(format);
  const auto digits = static_cast<int32_t>(power_of_two(format.window_bits));
  uint64_t word = 0;
  for (size_t lane = 0; lane < 2; ++lane) {
    const auto code = static_cast<uint32_t>(pair.code[lane]);
    const int32_t digit = pair.digit[lane];
    require(digit < digits && digit > (format.signed_activations ? -digits : -1),
            "a digit of n bits and, with signed activations, a sign");
    require(code < format.placements.size(), "a code of a placement");
    const auto bits = static_cast<uint32_t>(digit < 0 ? digit + 2 * digits : digit);
    word += placed(bits, layout.digit_at(static_cast<int>(lane)));
    word += placed(code, layout.code_at(static_cast<int>(lane)));
  }
  require(pair.select < power_of_two(layout.select_bits), "a select the format has");
  return word + placed(pair.select, layout.select_at());
}

EncodedPair unpack(uint64_t word, const spec::Format& format) {
  const spec::PairLayout layout = spec::pair_layout(format);
  const auto digits = static_cast<int32_t>(power_of_two(format.window_bits));
  EncodedPair pair;
  for (size_t lane = 0; lane < 2; ++lane) {
    const int at = static_cast<int>(lane);
    const auto bits = static_cast<int32_t>(field(word, layout.digit_at(at), layout.digit_bits));
    pair.digit[lane] = bits >= digits ? bits - 2 * digits : bits;
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
