// SPDX-License-Identifier: Apache-2.0
// Operand matrices by name: each one a pure function of (stimulus, seed, shape).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "golden/spec/config.h"
#include "verif/harness/operands.h"

namespace sparq::verif {

enum class Stimulus {
  kRandom,    // every value equally likely
  kExtremes,  // activations 2^A - 1 (signed: -2^(A-1)), weights -2^(W-1)
  kSparse,    // half the activations zero, the others mostly small: what a ReLU leaves
  kOneHot,    // one element of each activation row is nonzero: names the path a value took
  // Every window and rounding, beside a nonzero and beside a zero partner, and zero pairs, in turn;
  // the seed is the turn to begin with. For 2:4 weights one of each 4 is zero, then all of them.
  kClasses,
  kCorners,  // 0, 1, powers of two and their neighbours, the extremes
};

std::string_view to_text(Stimulus stimulus);
std::optional<Stimulus> stimulus_from(std::string_view text);

// Sets of places in a group of 4 that 2:4 weights can take.
inline constexpr size_t kSparsePatterns = 11;

// Seeds of kClasses, from any one on, until every pair has had every turn.
size_t class_turns(const spec::Config& config);

// kClasses, its `representatives` (verif/coverage/bins.h) found before: that takes a while.
ActivationMatrix make_classes(const std::vector<uint16_t>& representatives, size_t turn,
                              size_t rows, size_t k, const spec::Config& config);

// Words of golden/activation.h.
ActivationMatrix make_activations(Stimulus stimulus, uint64_t seed, size_t rows, size_t k,
                                  const spec::Config& config);
WeightMatrix make_weights(Stimulus stimulus, uint64_t seed, size_t cols, size_t k,
                          const spec::Config& config);

}  // namespace sparq::verif
