// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stimulus.h"

#include <algorithm>
#include <array>

#include "golden/spec/signature.h"
#include "verif/coverage/bins.h"
#include "verif/harness/rng.h"

namespace sparq::verif {
namespace {

constexpr std::array kNames = {
    std::pair{Stimulus::kRandom, std::string_view("random")},
    std::pair{Stimulus::kExtremes, std::string_view("extremes")},
    std::pair{Stimulus::kSparse, std::string_view("sparse")},
    std::pair{Stimulus::kOneHot, std::string_view("one_hot")},
    std::pair{Stimulus::kClasses, std::string_view("classes")},
    std::pair{Stimulus::kCorners, std::string_view("corners")},
};

// 2^e - 1, 2^e or 2^e + 1, clipped to 0..max.
uint64_t corner(Rng& rng, int bits, uint64_t max) {
  const uint64_t power = uint64_t{1} << rng.below(static_cast<uint64_t>(bits) + 1);
  return std::min(power + rng.below(3) - 1, max);
}

bool is_sparse(const spec::Config& config) {
  return config.array.kind == spec::ArrayKind::kSparseTensorCore;
}

// Which of a pair's or a group's activations are zero: of a pair none, the second, the first,
// both; of a group one of the 4, all.
size_t zero_cases(const spec::Config& config) {
  return is_sparse(config) ? spec::kSparseGroup + 1 : 4;
}

}  // namespace

size_t class_turns(const spec::Config& config) {
  return zero_cases(config) * representatives(config.format).size();
}

std::string_view to_text(Stimulus stimulus) {
  return std::find_if(kNames.begin(), kNames.end(), [=](auto& n) { return n.first == stimulus; })
      ->second;
}

std::optional<Stimulus> stimulus_from(std::string_view text) {
  for (const auto& [stimulus, name] : kNames) {
    if (name == text) return stimulus;
  }
  return std::nullopt;
}

ActivationMatrix make_classes(const std::vector<uint16_t>& representatives, size_t turn,
                              size_t rows, size_t k, const spec::Config& config) {
  const bool sparse = is_sparse(config);
  const size_t members = sparse ? spec::kSparseGroup : 2;
  const size_t cases = zero_cases(config);
  ActivationMatrix a(rows, k);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < k; ++i) {
      const size_t at = i / members + turn % (cases * representatives.size());
      const size_t which = at % cases;
      const bool zero = which == cases - 1 ||
                        (sparse ? which == i % members : which != 0 && which != 1 + i % members);
      if (!zero) a(r, i) = representatives[(at / cases + r) % representatives.size()];
    }
  }
  return a;
}

ActivationMatrix make_activations(Stimulus stimulus, uint64_t seed, size_t rows, size_t k,
                                  const spec::Config& config) {
  Rng rng(seed);
  const int bits = config.format.activation_bits;
  const bool is_signed = config.format.signed_activations;
  const uint64_t all = (uint64_t{1} << bits) - 1;
  // The largest magnitude; a random sign makes the word of one.
  const uint64_t max = is_signed ? uint64_t{1} << (bits - 1) : all;
  const auto word = [&](uint64_t magnitude) {
    const bool negative = is_signed && (magnitude == max || rng.chance(500));
    return static_cast<uint16_t>((negative ? 0 - magnitude : magnitude) & all);
  };
  ActivationMatrix a(rows, k);
  if (stimulus == Stimulus::kOneHot) {
    for (size_t r = 0; r < rows && k > 0; ++r) {
      a(r, rng.below(k)) = word(1 + rng.below(max));
    }
    return a;
  }
  if (stimulus == Stimulus::kClasses) {
    return make_classes(representatives(config.format), seed, rows, k, config);
  }
  for (uint16_t& x : a.data) {
    uint64_t value = max;
    if (stimulus == Stimulus::kRandom) value = rng.below(max + 1);
    if (stimulus == Stimulus::kCorners) value = corner(rng, bits, max);
    if (stimulus == Stimulus::kSparse) {
      // The product of two uniform values leans towards small ones.
      value = rng.chance(500) ? 0 : rng.below(max + 1) * rng.below(max + 1) / max;
    }
    x = word(value);
  }
  return a;
}

WeightMatrix make_weights(Stimulus stimulus, uint64_t seed, size_t cols, size_t k,
                          const spec::Config& config) {
  Rng rng(seed);
  const int bits = config.weight_bits;
  const int64_t min = -(int64_t{1} << (bits - 1));
  WeightMatrix w(cols, k);
  for (int16_t& x : w.data) {
    int64_t value = min;
    if (stimulus == Stimulus::kCorners) {
      const auto magnitude =
          static_cast<int64_t>(corner(rng, bits - 1, static_cast<uint64_t>(-min)));
      value = rng.chance(500) || magnitude == -min ? -magnitude : magnitude;
    } else if (stimulus != Stimulus::kExtremes) {
      value = min + static_cast<int64_t>(rng.below(uint64_t{1} << bits));
      if (stimulus == Stimulus::kClasses && value == 0) value = 1;  // its slot would be empty
    }
    x = static_cast<int16_t>(value);
  }
  return w;
}

}  // namespace sparq::verif
