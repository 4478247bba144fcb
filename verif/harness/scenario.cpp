// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/scenario.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "golden/spec/config_json.h"
#include "verif/harness/traffic_json.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::ordered_json;

Json tile_json(const TilePlan& tile) {
  return {{"activations", tile.activations},
          {"weights", tile.weights},
          {"rows", tile.rows},
          {"cols", tile.cols},
          {"k", tile.k},
          {"clear", tile.clear}};
}

TilePlan tile_from(const Json& json) {
  TilePlan tile = {.activations = json.at("activations"),
                   .weights = json.at("weights"),
                   .rows = json.at("rows"),
                   .cols = json.at("cols"),
                   .k = json.at("k"),
                   .clear = json.at("clear")};
  if (tile.rows < 1 || tile.cols < 1 || tile.k < 1) {
    throw std::invalid_argument("a tile's rows, cols and k must be positive");
  }
  return tile;
}

Phase phase_from(const Json& json) {
  Phase phase;
  for (const Json& tile : json.at("tiles")) phase.tiles.push_back(tile_from(tile));
  if (json.contains("cut_after")) phase.cut_after = json.at("cut_after");
  if (phase.tiles.empty()) throw std::invalid_argument("a phase needs tiles");
  return phase;
}

Scenario scenario_from(const Json& json) {
  Scenario scenario;
  const std::string stimulus = json.at("stimulus");
  const auto known = stimulus_from(stimulus);
  if (!known) throw std::invalid_argument("unknown stimulus " + stimulus);
  scenario.test = json.at("test");
  scenario.stimulus = *known;
  scenario.seed = json.at("seed");
  scenario.initial_values = json.at("initial_values_seed");
  scenario.traffic = traffic_from(json.at("traffic"));
  for (const Json& phase : json.at("phases")) scenario.phases.push_back(phase_from(phase));
  if (scenario.phases.empty()) throw std::invalid_argument("there are no phases");
  scenario.least_utilization = json.at("least_utilization_permille");
  return scenario;
}

}  // namespace

std::string scenario_json(const Scenario& scenario, const std::string& module,
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
               {"least_utilization_permille", scenario.least_utilization},
               {"phases", Json::array()}};
  for (const Phase& phase : scenario.phases) {
    Json entry = {{"tiles", Json::array()}};
    for (const TilePlan& tile : phase.tiles) entry["tiles"].push_back(tile_json(tile));
    if (phase.cut_after) entry["cut_after"] = *phase.cut_after;
    json["phases"].push_back(entry);
  }
  return json.dump(1) + "\n";
}

spec::Checked<Scenario> load_scenario(const std::string& path) {
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
