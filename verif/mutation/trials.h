// SPDX-License-Identifier: Apache-2.0
// The benches of a design as trials that a model passes or not: what mutants are run through.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gen/generate.h"
#include "verif/formal/prove.h"
#include "verif/harness/check.h"
#include "verif/harness/model.h"

namespace sparq::verif {

struct Trial {
  bool exhaustive = false;  // over all inputs the module may be given: what passes is equivalent
  Passes passes;
};

// A module whose gates get mutants, and the trials of its bench, each built when its turn comes.
struct Subject {
  std::string module;
  std::shared_ptr<const gen::Output> design;
  std::string top;     // of the design: the module itself, or the array that it is tried in
  std::string kernel;  // compiled in with the model
  std::vector<std::function<Trial()>> trials;
  std::string unscored;                // why there are no trials
  std::optional<Claim> contract = {};  // of an array: what meets it is equivalent
};

// Every module of the design with the vectors and sequences of its bench, of which the products of
// an output-stationary element are a sample. The design around it is small: weights of at most 8
// bits, in tensor cores 4; two words or groups to a dot-product unit; library modules at sizes
// that show all they do. An array goes through its test program at a size at which its contract
// can be proved: most of its mutants that stay unnoticed need states that cannot be reached, which
// a comparison of two whole arrays does not find out.
host::Result<std::vector<Subject>> mutation_subjects(const gen::Output& output, uint64_t seed);

}  // namespace sparq::verif
