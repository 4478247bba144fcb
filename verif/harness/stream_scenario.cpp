// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stream_scenario.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "golden/spec/config_json.h"
#include "verif/harness/traffic_json.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::ordered_json;

StreamPhase phase_from(const Json& json) {
  StreamPhase phase;
  for (const Json& entry : json.at("runs")) {
    const StepRun run = {
        .name = entry.at("name"), .first = entry.at("first"), .steps = entry.at("steps")};
    if (run.first < 0 || run.steps < 1) {
      throw std::invalid_argument("a run's first step must be at least 0, its steps at least 1");
    }
    phase.runs.push_back(run);
  }
  if (json.contains("cut_after")) phase.cut_after = json.at("cut_after");
  if (phase.runs.empty()) throw std::invalid_argument("a phase needs runs");
  return phase;
}

StreamScenario scenario_from(const Json& json) {
  StreamScenario scenario;
  const std::string stimulus = json.at("stimulus");
  const auto known = stimulus_from(stimulus);
  if (!known) throw std::invalid_argument("unknown stimulus " + stimulus);
  scenario.test = json.at("test");
  scenario.stimulus = *known;
  scenario.seed = json.at("seed");
  scenario.initial_values = json.at("initial_values_seed");
  scenario.traffic = traffic_from(json.at("traffic"));
  scenario.preload = json.at("preload");
  for (const Json& phase : json.at("phases")) scenario.phases.push_back(phase_from(phase));
  if (scenario.phases.empty()) throw std::invalid_argument("there are no phases");
  return scenario;
}

}  // namespace

std::string scenario_json(const StreamScenario& scenario, const std::string& module,
                          const std::string& config_digest, const std::string& config_json) {
  Json json = {{"schema_version", spec::kSchemaVersion},
               {"module", module},
               {"config_digest", config_digest},
               {"config", Json::parse(config_json)},
               {"test", scenario.test},
               {"stimulus", to_text(scenario.stimulus)},
               {"seed", scenario.seed},
               {"initial_values_seed", scenario.initial_values},
               {"traffic", traffic_json(scenario.traffic)},
               {"preload", scenario.preload},
               {"phases", Json::array()}};
  for (const StreamPhase& phase : scenario.phases) {
    Json entry = {{"runs", Json::array()}};
    for (const StepRun& run : phase.runs) {
      entry["runs"].push_back({{"name", run.name}, {"first", run.first}, {"steps", run.steps}});
    }
    if (phase.cut_after) entry["cut_after"] = *phase.cut_after;
    json["phases"].push_back(entry);
  }
  return json.dump(1) + "\n";
}

spec::Checked<StreamScenario> load_stream_scenario(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return spec::fail(path, "", "", "cannot be read");
  try {
    const Json json = Json::parse(file);
    if (json.at("schema_version") != spec::kSchemaVersion) {
      return spec::fail(path, "schema_version", json.at("schema_version").dump(),
                        fmt::format("must be {}", spec::kSchemaVersion));
    }
    return scenario_from(json);
  } catch (const std::exception& error) {
    return spec::fail(path, "", "", fmt::format("is not a case file: {}", error.what()));
  }
}

}  // namespace sparq::verif
