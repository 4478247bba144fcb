// SPDX-License-Identifier: Apache-2.0
// How much a bench notices: the share of small faults, planted one at a time, that make it fail.
#pragma once

#include <vector>

#include "app/host/failure.h"
#include "verif/bench/units.h"
#include "verif/mutation/mutants.h"
#include "verif/mutation/trials.h"

namespace sparq::verif {

// At most `most` mutants of the subject, all in one model, run through its trials until one fails.
// Those that pass every trial are equivalent where a trial was exhaustive or a proof says so; what
// is left are holes of the bench, and the check fails. So it does when the gates without a mutant
// fail, and when a tool cannot handle them. A module without trials or mutants is skipped, with the
// reason.
host::Result<Check> check_mutants(const Subject& subject, size_t most, uint64_t seed);

// Full level: one task per module. Quick: none.
std::vector<Task> mutation_tasks(const gen::Output& output, const CheckOptions& options);

}  // namespace sparq::verif
