// SPDX-License-Identifier: Apache-2.0
// Runs a scenario on a streaming array and says what went wrong.
#pragma once

#include <optional>
#include <string>

#include "golden/spec/config.h"
#include "verif/coverage/coverage.h"
#include "verif/harness/model.h"
#include "verif/harness/scenario_run.h"
#include "verif/harness/stream_driver.h"
#include "verif/harness/stream_scenario.h"

namespace sparq::verif {

// The array under test and what is known about it.
struct StreamUnderTest {
  std::string module;
  spec::Config config;
  StreamShape shape;
  Datapath datapath;
  Coverage* coverage = nullptr;  // what the model's monitors saw is added there
};

struct StreamFailure {
  size_t phase;
  StreamFault fault;
  std::string text;  // several lines, for the user
};

struct StreamScenarioResult {
  uint64_t sums = 0;  // compared with the expectation, one for each unit and beat
  uint64_t total_cycles = 0;
  bool wave_begun = false;  // its file could be opened, at the cycle it was to begin with
  std::optional<StreamFailure> failure;
};

StreamScenarioResult run_scenario(const Model& model, const StreamUnderTest& array,
                                  const StreamScenario& scenario,
                                  const std::optional<Wave>& wave = std::nullopt);

// A scenario that fails like `scenario` does, with as few phases and steps as easily found.
StreamScenario shrink(const Model& model, const StreamUnderTest& array,
                      const StreamScenario& scenario, const StreamFailure& failure);

}  // namespace sparq::verif
