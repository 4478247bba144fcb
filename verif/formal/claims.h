// SPDX-License-Identifier: Apache-2.0
// What is proved of a design: its units equal to specifications written by hand, its protocols for
// all time. docs/proofs.md says it in words.
#pragma once

#include <vector>

#include "verif/bench/units.h"
#include "verif/formal/prove.h"

namespace sparq::verif {

// Units at the parameters they have in the design; library modules and arrays at small ones. The
// full level adds sizes.
std::vector<Claim> claims(const gen::Output& output, Level level);

// What is proved of the array, of this one at the size and widths it has, which have to be those
// that proofs take: 2-bit weights, the least accumulator.
Claim contract(const gen::Output& output);

// One task per claim, one check each; `output` must outlive them.
std::vector<Task> proof_tasks(const gen::Output& output, const CheckOptions& options);

}  // namespace sparq::verif
