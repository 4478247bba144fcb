// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/stimulus.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <span>

#include "golden/activation.h"
#include "golden/pair.h"
#include "golden/require.h"
#include "golden/spec/signature.h"
#include "golden/static4.h"
#include "golden/step.h"

namespace sparq::verif {
namespace {

constexpr int kExhaustiveBits = 20;

int steps_values(const spec::Config& config) { return golden::values_per_step(config.format); }

RawStep raw_from(uint64_t bits, const spec::Config& config) {
  const int a = config.format.activation_bits;
  RawStep raw = {};
  for (int i = 0; i < steps_values(config); ++i) {
    raw[i] = static_cast<uint16_t>(low_bits(bits >> (i * a), a));
  }
  return raw;
}

// All combinations of `corners` in k fields of `width` bits, then random words up to `most`.
std::vector<uint64_t> corners_and_random(const std::vector<uint64_t>& corners, int k, int width,
                                         size_t most, uint64_t seed) {
  std::vector<uint64_t> words;
  for (const uint64_t first : corners) {
    if (k == 1) words.push_back(first);
    for (size_t j = 0; k == 2 && j < corners.size(); ++j) {
      words.push_back(first | corners[j] << width);
    }
  }
  std::mt19937_64 random(seed);
  while (words.size() < most) words.push_back(low_bits(random(), k * width));
  return words;
}

std::array<int32_t, 2> values_of(const RawStep& raw, const spec::Config& config) {
  switch (config.format.kind) {
    case spec::Kind::kSparq:
      return golden::pair_values(raw[0], raw[1], config.format);
    case spec::Kind::kInt4x8:
      return {golden::static4_digit(raw[0], config.format),
              golden::static4_digit(raw[1], config.format)};
    case spec::Kind::kInt8:
      break;
  }
  return {golden::activation_value(raw[0], config.format), 0};
}

}  // namespace

std::vector<uint64_t> corner_values(int width) {
  std::set<uint64_t> values = {0, low_bits(~uint64_t{0}, width)};
  for (int bit = 0; bit < width; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    values.insert({power - 1, power, low_bits(power + 1, width)});
  }
  return {values.begin(), values.end()};
}

Sampled<RawStep> raw_steps(const spec::Config& config, size_t most, uint64_t seed) {
  const int a = config.format.activation_bits;
  const int k = steps_values(config);
  Sampled<RawStep> steps = {{}, k * a <= kExhaustiveBits};
  if (steps.exhaustive) {
    for (uint64_t bits = 0; bits < uint64_t{1} << (k * a); ++bits) {
      steps.values.push_back(raw_from(bits, config));
    }
    return steps;
  }
  for (const uint64_t bits : corners_and_random(corner_values(a), k, a, most, seed)) {
    steps.values.push_back(raw_from(bits, config));
  }
  return steps;
}

Word encode(const RawStep& raw, const spec::Config& config) {
  const auto used = std::span(raw).first(static_cast<size_t>(steps_values(config)));
  return {golden::encode_step(used, config.format), values_of(raw, config)};
}

int value_shift(const spec::Config& config) {
  const spec::Format& format = config.format;
  return format.kind == spec::Kind::kInt4x8 ? format.activation_bits - format.window_bits : 0;
}

std::vector<Word> distinct_words(const std::vector<RawStep>& steps, const spec::Config& config) {
  std::map<uint64_t, std::array<int32_t, 2>> seen;
  for (const RawStep& raw : steps) {
    const Word word = encode(raw, config);
    const auto [at, is_new] = seen.emplace(word.word, word.value);
    golden::require(is_new || at->second == word.value, "a word stands for one pair of values");
  }
  std::vector<Word> words;
  for (const auto& [word, value] : seen) words.push_back({word, value});
  return words;
}

Weights weights_from(uint64_t word, const spec::Config& config) {
  const int w = config.weight_bits;
  Weights weights = {word, {}};
  for (int i = 0; i < steps_values(config); ++i) {
    const auto bits = static_cast<int32_t>(low_bits(word >> (i * w), w));
    const bool negative = ((bits >> (w - 1)) & 1) != 0;
    weights.value[i] = negative ? bits - (1 << w) : bits;
  }
  return weights;
}

Weights weights_of(int32_t first, int32_t second, const spec::Config& config) {
  const int w = config.weight_bits;
  uint64_t word = low_bits(static_cast<uint64_t>(int64_t{first}), w);
  if (steps_values(config) == 2) {
    word |= low_bits(static_cast<uint64_t>(int64_t{second}), w) << w;
  }
  return weights_from(word, config);
}

Sampled<Weights> weight_steps(const spec::Config& config, size_t most, uint64_t seed) {
  const int bits = steps_values(config) * config.weight_bits;
  Sampled<Weights> steps = {{}, bits <= 32 && (uint64_t{1} << bits) <= most};
  if (steps.exhaustive) {
    for (uint64_t word = 0; word < uint64_t{1} << bits; ++word) {
      steps.values.push_back(weights_from(word, config));
    }
    return steps;
  }
  const uint64_t top = uint64_t{1} << (config.weight_bits - 1);
  const std::vector<uint64_t> corners = {0, 1, top - 1, top, top + 1, 2 * top - 1};
  for (const uint64_t word :
       corners_and_random(corners, steps_values(config), config.weight_bits, most, seed)) {
    steps.values.push_back(weights_from(word, config));
  }
  return steps;
}

uint64_t addend_of_runs(uint64_t run, uint64_t place, int bits) {
  const auto width = static_cast<uint64_t>(bits);
  const auto equal =
      static_cast<uint64_t>(static_cast<int64_t>(run) >> (64 - width + place % width));
  const uint64_t at = place >> 16;
  const uint64_t other = (place >> 8) % 2 == 0 ? 0 : uint64_t{1} << at % width;
  return low_bits(equal ^ other, bits);
}

}  // namespace sparq::verif
