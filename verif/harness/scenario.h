// SPDX-License-Identifier: Apache-2.0
// One array test as data: enough to run it again, anywhere, to the same cycle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "golden/spec/problem.h"
#include "verif/harness/array_driver.h"
#include "verif/harness/stimulus.h"

namespace sparq::verif {

struct TilePlan {
  uint64_t activations = 0;  // names of the operands: equal ones have equal values
  uint64_t weights = 0;
  int rows = 1;  // of activations that are used; the rest of the array gets zeros
  int cols = 1;
  int k = 1;
  bool clear = true;  // false: adds to the sums of the tile before

  bool operator==(const TilePlan&) const = default;
};

// Tiles sent one after the other, with a reset before the first.
struct Phase {
  std::vector<TilePlan> tiles;
  std::optional<uint64_t>
      cut_after;  // cycles after which the next reset comes, wherever things are

  bool operator==(const Phase&) const = default;
};

struct Scenario {
  std::string test;  // "short tiles"
  Stimulus stimulus = Stimulus::kRandom;
  uint64_t seed = 1;            // of operands and traffic
  uint64_t initial_values = 1;  // seed of the registers that reset does not touch
  Traffic traffic;
  std::vector<Phase> phases;
  // Of the last phase, in thousandths of the array's peak: useful MACs, no padding.
  int least_utilization = 0;

  bool operator==(const Scenario&) const = default;
};

// A failure's case file: `module` and `config_digest` say what it belongs to.
std::string scenario_json(const Scenario& scenario, const std::string& module,
                          const std::string& config_digest, const std::string& config_json);
spec::Checked<Scenario> load_scenario(const std::string& path);

}  // namespace sparq::verif
