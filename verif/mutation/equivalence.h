// SPDX-License-Identifier: Apache-2.0
// Which mutants change nothing: proofs, one by one.
#pragma once

#include <functional>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/mutation/mutants.h"

namespace sparq::verif {

// Which of the mutants (indices `which`) are equivalent. First all are compared with the sound
// design for a difference in an output or next state, whatever inputs and state (SAT); `prove`
// decides on those that have one.
host::Result<std::vector<bool>> prove_no_difference_or(
    const gen::Output& output, const MutantList& list, const std::vector<size_t>& which,
    const std::function<host::Result<std::vector<bool>>(const std::vector<size_t>&)>& prove);

// The decision: no output that means something differs in any state that can be reached from reset
// on, whatever inputs and further resets (property-directed reachability).
host::Result<std::vector<bool>> prove_equivalent(const gen::Output& output, const MutantList& list,
                                                 const std::vector<size_t>& which);

}  // namespace sparq::verif
