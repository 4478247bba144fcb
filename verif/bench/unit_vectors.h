// SPDX-License-Identifier: Apache-2.0
// What each combinational unit must answer, from the golden model.
#pragma once

#include <optional>
#include <string>

#include "gen/generate.h"
#include "verif/bench/vectors.h"
#include "verif/harness/check.h"

namespace sparq::verif {

struct UnitVectors {
  Vectors vectors;
  bool exhaustive;
  std::string title;  // what they cover
};

// Nothing for roles that have no vectors of their own. Exhaustive where inputs total at most 20
// bits, else corners and 2^20 random ones (2^22 at the full level).
std::optional<UnitVectors> unit_vectors(const gen::EmittedModule& module,
                                        const spec::Config& config, Level level, uint64_t seed);

// The row's inputs in terms of the format: windows, shifts, values. Several lines, may be empty.
std::string explain(gen::Role role, const spec::Config& config, const Vectors& vectors, size_t row);

}  // namespace sparq::verif
