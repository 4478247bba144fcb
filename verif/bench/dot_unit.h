// SPDX-License-Identifier: Apache-2.0
// What a tensor core's dot-product unit and its 4:2 selection must answer.
#pragma once

#include "gen/generate.h"
#include "verif/bench/unit_vectors.h"

namespace sparq::verif {

// One step a cycle, with pauses, on a unit of Role::kDotUnit. Every multiplier meets every
// different encoded word (where the raw activations of one total at most 20 bits) with corner
// weights, with 2:4 weights behind every pattern of indices and empty slots; then random words,
// weights and C.
UnitVectors dot_unit_vectors(const gen::EmittedModule& module, const spec::Config& config,
                             Level level, uint64_t seed);

// Every pattern of indices and empty slots, each with one bit at a time and with random groups.
UnitVectors selection_vectors(const gen::EmittedModule& module, uint64_t seed);

}  // namespace sparq::verif
