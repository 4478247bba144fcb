// SPDX-License-Identifier: Apache-2.0
// Operands for the unit checks: all of them where that is possible, else corners and random ones.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "golden/spec/config.h"

namespace sparq::verif {

// Values of a list and whether the list holds every possible one.
template <class T>
struct Sampled {
  std::vector<T> values;
  bool exhaustive;
};

// One step's raw activations; the second is 0 and unused when a step consumes one.
using RawStep = std::array<uint16_t, 2>;

// Every raw step where its activations total at most 20 bits; otherwise all combinations of 0, 1,
// max and powers of two with their neighbours, then random ones up to `most`.
Sampled<RawStep> raw_steps(const spec::Config& config, size_t most, uint64_t seed);

// One step as the array carries it: the encoded word and the values it multiplies: x^, or static
// 4-bit digits, whose place value the finish step restores.
struct Word {
  uint64_t word = 0;
  std::array<int32_t, 2> value = {};
};

// Bits between an activation and the values of its word: 0, or A - 4 for static 4-bit digits.
int value_shift(const spec::Config& config);

Word encode(const RawStep& raw, const spec::Config& config);

// The different words among the encodings of `steps`, in ascending order.
std::vector<Word> distinct_words(const std::vector<RawStep>& steps, const spec::Config& config);

// One step's weights: the word (first weight in the low bits) and its values.
struct Weights {
  uint64_t word = 0;
  std::array<int32_t, 2> value = {};
};

Weights weights_from(uint64_t word, const spec::Config& config);
Weights weights_of(int32_t first, int32_t second, const spec::Config& config);

// Every combination of weights where there are at most `most`; otherwise all combinations of 0, 1,
// -1 and the extremes with their neighbours, then random ones up to `most`.
Sampled<Weights> weight_steps(const spec::Config& config, size_t most, uint64_t seed);

// 0, 1, powers of two with their neighbours, and 2^width - 1, ascending.
std::vector<uint64_t> corner_values(int width);

// Two random numbers as an addend of `bits` bits: carries run far through its equal bits, and end
// where one differs, half the time.
uint64_t addend_of_runs(uint64_t run, uint64_t place, int bits);

// Lower `width` bits, 1..64.
constexpr uint64_t low_bits(uint64_t value, int width) {
  return width >= 64 ? value : value & ((uint64_t{1} << width) - 1);
}

}  // namespace sparq::verif
