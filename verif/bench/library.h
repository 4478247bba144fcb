// SPDX-License-Identifier: Apache-2.0
// What the control modules of rtl/lib must do, from what their headers promise.
#pragma once

#include <optional>

#include "gen/generate.h"
#include "verif/bench/unit_vectors.h"

namespace sparq::verif {

// Skew line, control register, tile gate and weight gate at the parameters' defaults: random
// requests, stalls and resets at every mixture of their rates. Nothing for other modules.
std::optional<UnitVectors> library_vectors(const gen::EmittedModule& module, int cycles,
                                           uint64_t seed);

}  // namespace sparq::verif
