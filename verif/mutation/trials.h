// SPDX-License-Identifier: Apache-2.0
// The benches of a design as trials that a model passes or not: what mutants are run through.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gen/generate.h"
#include "verif/harness/check.h"
#include "verif/harness/model.h"

namespace sparq::verif {

struct Trial {
  bool exhaustive = false;  // over all inputs the module may be given: what passes is equivalent
  std::function<bool(const Model&)> passes;
};

// A module whose gates get mutants, and the trials of its bench, each built when its turn comes.
struct Subject {
  std::string module;
  std::shared_ptr<const gen::Output> design;
  std::string top;     // of the design: the module itself, or the array that it is tried in
  std::string kernel;  // compiled in with the model
  std::vector<std::function<Trial()>> trials;
};

// Trim-and-round units, activation encoders, lanes, PEs and skid buffers with the vectors and
// sequences of their benches, of which a PE's products are a sample. Weights are at most 8 bits.
// Other modules are not among them: in the array's control, states that cannot be reached make
// mutants equivalent, and a proof here looks at a single transition from any state.
host::Result<std::vector<Subject>> mutation_subjects(const gen::Output& output, uint64_t seed);

}  // namespace sparq::verif
