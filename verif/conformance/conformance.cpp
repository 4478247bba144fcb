// SPDX-License-Identifier: Apache-2.0
#include "verif/conformance/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "golden/activation.h"
#include "golden/gemm.h"
#include "golden/require.h"
#include "golden/sparse24.h"
#include "golden/step.h"
#include "golden/stream.h"
#include "verif/harness/rng.h"

namespace sparq::verif {
namespace {

using golden::Matrix;
using Values = std::vector<int64_t>;

constexpr uint64_t kSeed = 1;
constexpr size_t kRandom = 256;     // random activations or pairs of a case
constexpr int kAllValuesBits = 10;  // up to so many bits every activation is asked for
constexpr size_t kRows = 3;
constexpr size_t kChannels = 4;
constexpr size_t kDepth = 11;  // neither even nor a multiple of 4
constexpr int kNarrow = 19;    // bits that kDepth products overflow
constexpr int kWeightBits = 8;

spec::Format resolved(const spec::FormatFields& fields) {
  auto format = spec::resolve(fields, "conformance", "format.");
  golden::require(format.has_value(), "a legal format");
  return *format;
}

// Every named format and some general ones, in both roundings, with and without the pair rule.
std::vector<spec::Format> sparq_formats() {
  std::vector<spec::FormatFields> sets;
  for (const std::string& name : spec::placement_names()) sets.push_back({.placements = name});
  sets.push_back({.activation_bits = 4, .window_bits = 1, .placements = "0,1,2,3"});
  sets.push_back({.activation_bits = 7, .window_bits = 3, .placements = "0,1,3,4"});
  sets.push_back({.activation_bits = 10, .window_bits = 5, .placements = "0,2,5"});
  sets.push_back({.activation_bits = 16, .window_bits = 6, .placements = "0,4,6,10"});
  for (const char* name : {"5opt", "3opt", "7opt"}) {
    sets.push_back({.signed_activations = true, .placements = name});
  }
  sets.push_back({.activation_bits = 10,
                  .signed_activations = true,
                  .window_bits = 4,
                  .placements = "0,2,4,6"});
  std::vector<spec::Format> formats;
  for (spec::FormatFields& fields : sets) {
    for (const spec::Rounding rounding : {spec::Rounding::kNearest, spec::Rounding::kTrim}) {
      for (const bool vsparq : {true, false}) {
        fields.rounding = rounding;
        fields.vsparq = vsparq;
        formats.push_back(resolved(fields));
      }
    }
  }
  return formats;
}

std::vector<spec::Format> baselines(spec::Kind kind) {
  return {resolved({.kind = kind}), resolved({.kind = kind, .signed_activations = true})};
}

// An activation as the golden model takes it: A bits.
uint16_t word_of(int64_t x, const spec::Format& format) {
  return static_cast<uint16_t>(golden::activation_word(static_cast<int32_t>(x), format));
}

// Bits of a magnitude, or of an unsigned activation.
int magnitude_bits(const spec::Format& format) {
  return format.activation_bits - (format.signed_activations ? 1 : 0);
}

int64_t largest(const spec::Format& format) { return (int64_t{1} << magnitude_bits(format)) - 1; }

int64_t least(const spec::Format& format) {
  return format.signed_activations ? -largest(format) - 1 : 0;
}

// Zero, both ends, and both sides of every power of two; with signed activations of both signs.
Values corners(const spec::Format& format) {
  Values values = {0, largest(format)};
  for (int bit = 0; bit < magnitude_bits(format); ++bit) {
    values.push_back(int64_t{1} << bit);
    if (bit > 1) values.push_back((int64_t{1} << bit) - 1);
  }
  if (format.signed_activations) {
    for (size_t i = values.size(); i-- > 1;) values.push_back(-values[i]);
    values.push_back(least(format));
  }
  std::ranges::sort(values);
  return values;
}

// A zero every fourth time, otherwise of any size: 0..2^bits - 1 for random bits, of either sign.
int64_t random_activation(const spec::Format& format, Rng& rng) {
  if (rng.chance(250)) return 0;
  const uint64_t bits = 1 + rng.below(static_cast<uint64_t>(magnitude_bits(format)));
  const auto magnitude = static_cast<int64_t>(rng.next() >> (64 - bits));
  return format.signed_activations && rng.chance(500) ? -magnitude : magnitude;
}

Values single_activations(const spec::Format& format) {
  Values values;
  if (format.activation_bits <= kAllValuesBits) {
    for (int64_t x = least(format); x <= largest(format); ++x) values.push_back(x);
    return values;
  }
  values = corners(format);
  Rng rng(kSeed);
  for (size_t i = 0; i < kRandom; ++i) values.push_back(random_activation(format, rng));
  return values;
}

Values pairs_of_activations(const spec::Format& format) {
  Values values;
  for (const int64_t first : corners(format)) {
    for (const int64_t second : corners(format)) values.insert(values.end(), {first, second});
  }
  Rng rng(kSeed);
  for (size_t i = 0; i < 2 * kRandom; ++i) values.push_back(random_activation(format, rng));
  return values;
}

ConformanceCase value_case(const spec::Format& format) {
  ConformanceCase one = {.rule = "value", .format = format, .x = single_activations(format)};
  spec::Format alone = format;
  alone.vsparq = false;
  for (const int64_t x : one.x) {
    one.expected.push_back(golden::quantize_pair(word_of(x, format), 0, alone)[0]);
  }
  return one;
}

ConformanceCase pair_case(const spec::Format& format) {
  ConformanceCase one = {.rule = "pair", .format = format, .x = pairs_of_activations(format)};
  for (size_t i = 0; i < one.x.size(); i += 2) {
    for (const int32_t value :
         golden::quantize_pair(word_of(one.x[i], format), word_of(one.x[i + 1], format), format)) {
      one.expected.push_back(value);
    }
  }
  return one;
}

ConformanceCase word_case(const spec::Format& format) {
  ConformanceCase one = {.rule = "word", .format = format, .x = pairs_of_activations(format)};
  for (size_t i = 0; i < one.x.size(); i += 2) {
    const std::array<uint16_t, 2> pair = {word_of(one.x[i], format), word_of(one.x[i + 1], format)};
    one.expected.push_back(static_cast<int64_t>(golden::encode_step(pair, format)));
  }
  return one;
}

// The bytes of the stream of M x K activations.
ConformanceCase stream_case(const spec::Format& format) {
  ConformanceCase one = {.rule = "stream", .format = format, .k = kDepth};
  Rng rng(derive(kSeed, 2, 0));
  Matrix<uint16_t> x(kRows, kDepth);
  for (uint16_t& word : x.data) {
    one.x.push_back(random_activation(format, rng));
    word = word_of(one.x.back(), format);
  }
  const golden::StreamLayout layout = {.word_bits = golden::step_bits(format)};
  for (const uint8_t byte : golden::pack_stream(golden::encode_words(x, format), layout)) {
    one.expected.push_back(byte);
  }
  return one;
}

enum class Weights { kDense, kSparse };

// At most two of every four are nonzero when sparse; extremes every fourth time.
Values random_weights(Weights kind, Rng& rng) {
  Values weights;
  constexpr int64_t kLeast = -(int64_t{1} << (kWeightBits - 1));
  for (size_t i = 0; i < kChannels * kDepth; ++i) {
    const uint64_t value = rng.below(1u << kWeightBits);
    weights.push_back(rng.chance(250) ? kLeast : kLeast + static_cast<int64_t>(value));
  }
  if (kind == Weights::kDense) return weights;
  for (size_t row = 0; row < kChannels; ++row) {
    for (size_t group = 0; group < kDepth; group += 4) {
      for (size_t cleared = 0; cleared < 3; ++cleared) {  // one place may be drawn twice
        const size_t place = group + (rng.below(4) + cleared) % 4;
        if (place < kDepth) weights[row * kDepth + place] = 0;
      }
      const auto of_group =
          std::span(weights).subspan(row * kDepth + group, std::min<size_t>(4, kDepth - group));
      for (size_t left = 0; left < of_group.size(); ++left) {
        if (of_group.size() - static_cast<size_t>(std::ranges::count(of_group, 0)) <= 2) break;
        of_group[left] = 0;
      }
    }
  }
  return weights;
}

ConformanceCase product_case(const spec::Format& format, Weights kind, int accumulator_bits) {
  const bool sparse = kind == Weights::kSparse;
  Rng rng(derive(kSeed, sparse ? 1 : 0, 0));
  ConformanceCase one = {.rule = sparse ? "sparse24" : "gemm",
                         .format = format,
                         .k = kDepth,
                         .accumulator_bits = accumulator_bits};
  for (size_t i = 0; i < kRows * kDepth; ++i) {
    // Large ones in the first row, so that narrow accumulators wrap.
    one.x.push_back(i < kDepth ? largest(format) : random_activation(format, rng));
  }
  one.w = random_weights(kind, rng);
  Matrix<uint16_t> x(kRows, kDepth);
  std::ranges::transform(one.x, x.data.begin(),
                         [&](int64_t value) { return word_of(value, format); });
  const Matrix<int16_t> w(kChannels, kDepth, {one.w.begin(), one.w.end()});
  one.expected = (sparse ? golden::gemm_sparse24_reference(x, w, format, accumulator_bits)
                         : golden::gemm_reference(x, w, format, accumulator_bits))
                     .data;
  return one;
}

}  // namespace

std::string ConformanceCase::name() const {
  // One activation alone has no partner: the pair rule is no part of the question.
  spec::Format named = format;
  if (rule == "value") named.vsparq = true;
  const std::string narrow = accumulator_bits == 32 ? "" : fmt::format("-p{}", accumulator_bits);
  return fmt::format("{}/{}{}", rule, spec::full_name(named), narrow);
}

std::string ConformanceCase::subject(size_t i) const {
  if (rule == "value") return fmt::format("x = {}", x[i]);
  if (rule == "pair") {
    return fmt::format("x = {}, {}, the {}", x[i - i % 2], x[i - i % 2 + 1],
                       i % 2 == 0 ? "first" : "second");
  }
  if (rule == "word") return fmt::format("x = {}, {}", x[2 * i], x[2 * i + 1]);
  if (rule == "stream") return fmt::format("byte {}", i);
  const size_t n = w.size() / k;
  return fmt::format("C[{}, {}]", i / n, i % n);
}

std::vector<ConformanceCase> conformance_cases() {
  std::vector<ConformanceCase> cases;
  std::vector<spec::Format> formats = sparq_formats();
  for (const spec::Format& format : formats) {
    if (format.vsparq) cases.push_back(value_case(format));
    cases.push_back(pair_case(format));
    cases.push_back(word_case(format));
  }
  for (const spec::Format& format : baselines(spec::Kind::kInt4x8)) {
    cases.push_back(value_case(format));
    cases.push_back(word_case(format));
    formats.push_back(format);
  }
  for (const spec::Format& format : baselines(spec::Kind::kInt8)) formats.push_back(format);
  for (const spec::Format& format : formats) {
    cases.push_back(stream_case(format));
    for (const Weights kind : {Weights::kDense, Weights::kSparse}) {
      cases.push_back(product_case(format, kind, 32));
    }
  }
  cases.push_back(product_case(formats.front(), Weights::kDense, kNarrow));
  return cases;
}

}  // namespace sparq::verif
