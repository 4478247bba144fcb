// SPDX-License-Identifier: Apache-2.0
// Traffic in case files.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>

#include "verif/harness/traffic.h"

namespace sparq::verif {

inline nlohmann::ordered_json traffic_json(const Traffic& traffic) {
  return {{"bubble_permille", traffic.bubble_permille},
          {"stall_permille", traffic.stall_permille},
          {"burst", traffic.burst},
          {"load_permille", traffic.load_permille},
          {"freeze_permille", traffic.freeze_permille}};
}

// Throws where a rate is missing.
inline Traffic traffic_from(const nlohmann::ordered_json& json) {
  return {.bubble_permille = json.at("bubble_permille"),
          .stall_permille = json.at("stall_permille"),
          .burst = std::max(1, int{json.at("burst")}),
          .load_permille = json.at("load_permille"),
          .freeze_permille = json.at("freeze_permille")};
}

}  // namespace sparq::verif
