// SPDX-License-Identifier: Apache-2.0
// One test of a streaming array as data: enough to run it again, anywhere, to the same cycle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "golden/spec/problem.h"
#include "verif/harness/stimulus.h"
#include "verif/harness/traffic.h"

namespace sparq::verif {

// Consecutive steps, on a weight-stationary array with a set of weights of their own: steps
// [first, first + steps) of all those that the name stands for.
struct StepRun {
  uint64_t name = 0;  // of the operands: equal ones have equal values
  int first = 0;
  int steps = 1;

  bool operator==(const StepRun&) const = default;
};

// Runs sent one after the other, with a reset before the first.
struct StreamPhase {
  std::vector<StepRun> runs;
  // Cycles after which the next reset comes, wherever things are.
  std::optional<uint64_t> cut_after;

  bool operator==(const StreamPhase&) const = default;
};

struct StreamScenario {
  std::string test;
  Stimulus stimulus = Stimulus::kRandom;
  uint64_t seed = 1;            // of operands and traffic
  uint64_t initial_values = 1;  // seed of the registers that reset does not touch
  Traffic traffic;
  bool preload = false;  // steps wait until the first set of weights is in place
  std::vector<StreamPhase> phases;

  bool operator==(const StreamScenario&) const = default;
};

// A failure's case file: `module` and `config_digest` say what it belongs to.
std::string scenario_json(const StreamScenario& scenario, const std::string& module,
                          const std::string& config_digest, const std::string& config_json);
spec::Checked<StreamScenario> load_stream_scenario(const std::string& path);

}  // namespace sparq::verif
