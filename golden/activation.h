// SPDX-License-Identifier: Apache-2.0
// Activations travel as words of A bits, in hardware and here: what number a word is depends on the
// format.
#pragma once

#include <cstdint>

#include "golden/powers.h"
#include "golden/require.h"
#include "golden/spec/format.h"

namespace sparq::golden {

// The number that a word stands for: itself, or with signed activations two's complement,
// -2^(A-1)..2^(A-1) - 1. Needs word < 2^A.
inline int32_t activation_value(uint32_t word, const spec::Format& format) {
  const uint32_t words = power_of_two(format.activation_bits);
  require(word < words, "an activation below 2^A");
  const bool negative = format.signed_activations && word >= words / 2;
  return static_cast<int32_t>(word) - (negative ? static_cast<int32_t>(words) : 0);
}

// Its word. Needs a value that the format has.
inline uint32_t activation_word(int32_t value, const spec::Format& format) {
  const auto words = static_cast<int32_t>(power_of_two(format.activation_bits));
  const auto word = static_cast<uint32_t>(value < 0 ? value + words : value);
  require(activation_value(word, format) == value, "an activation of the format");
  return word;
}

}  // namespace sparq::golden
