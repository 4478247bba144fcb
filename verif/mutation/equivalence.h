// SPDX-License-Identifier: Apache-2.0
// Which mutants change nothing: proofs, one by one.
#pragma once

#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/mutation/mutants.h"

namespace sparq::verif {

// Of the mutants `which` (indices): those that change no output and no next state whatever inputs
// and state (SAT).
host::Result<std::vector<bool>> prove_no_difference(const gen::Output& output,
                                                    const MutantList& list,
                                                    const std::vector<size_t>& which);

// The same, or no output that means something in any state that can be reached from reset on,
// whatever inputs and further resets (property-directed reachability).
host::Result<std::vector<bool>> prove_equivalent(const gen::Output& output, const MutantList& list,
                                                 const std::vector<size_t>& which);

}  // namespace sparq::verif
