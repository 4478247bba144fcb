// SPDX-License-Identifier: Apache-2.0
// A report as plots, SVG. Both work on what to_json(Report) gives.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sparq::synth {

// A bar per design: the whole array's area per MAC per cycle by function.
std::string area_svg(const nlohmann::json& report);

// A bar per design whose energy was measured: pJ per MAC in its unit, registers and logic. Empty
// when there is none.
std::string energy_svg(const nlohmann::json& report);

}  // namespace sparq::synth
