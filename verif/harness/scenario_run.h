// SPDX-License-Identifier: Apache-2.0
// Runs a scenario on an array and says what went wrong.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "golden/spec/config.h"
#include "verif/coverage/coverage.h"
#include "verif/harness/model.h"
#include "verif/harness/scenario.h"

namespace sparq::verif {

// The array under test and what is known about it.
struct ArrayUnderTest {
  std::string module;
  spec::Config config;
  ArrayShape shape;
  Datapath datapath;
  Coverage* coverage = nullptr;  // collects what passing scenarios on an instrumented model saw
};

struct ScenarioFailure {
  size_t phase;
  Fault fault;
  uint64_t tile_started;  // cycle in which the phase of the fault began
  std::string text;       // several lines, for the user
};

struct ScenarioResult {
  uint64_t sums = 0;    // compared with the expectation, one for each PE and tile
  uint64_t cycles = 0;  // of the last phase, first accepted step to last accepted row
  uint64_t total_cycles = 0;
  double utilization = 0;   // of the last phase
  bool wave_begun = false;  // its file could be opened, at the cycle it was to begin with
  std::optional<ScenarioFailure> failure;
};

// Cycles to be written as a waveform.
struct Wave {
  std::filesystem::path path;
  uint64_t from = 0;
};

ScenarioResult run_scenario(const Model& model, const ArrayUnderTest& array,
                            const Scenario& scenario,
                            const std::optional<Wave>& wave = std::nullopt);

// A scenario that fails like `scenario` does, with as few phases and tiles as easily found.
Scenario shrink(const Model& model, const ArrayUnderTest& array, const Scenario& scenario,
                const ScenarioFailure& failure);

}  // namespace sparq::verif
