// SPDX-License-Identifier: Apache-2.0
#include "synth/plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Json report() {
  return Json::parse(R"({ "library": "hand", "clock_ns": 8.0,
    "designs": [
      { "name": "s", "level": "pe", "macs_per_cycle": 2.0, "energy_per_mac_registers_pj": 1.5,
        "energy_per_mac_logic_pj": 4.5 },
      { "name": "s", "level": "array", "macs_per_cycle": 8.0 },
      { "name": "b", "level": "array", "macs_per_cycle": 4.0 } ],
    "breakdown": [
      { "design": "s", "part": "multipliers", "area_um2": 400.0 },
      { "design": "s", "part": "registers", "area_um2": 80.0 },
      { "design": "b", "part": "multipliers", "area_um2": 360.0 } ] })");
}

// Widths of the parts, by their titles.
std::map<std::string, double> widths(const std::string& svg) {
  std::map<std::string, double> widths;
  const std::regex part(R"re(class="part".* width="([0-9.]+)".*<title>([^<]*)</title>)re");
  for (std::sregex_iterator at(svg.begin(), svg.end(), part), end; at != end; ++at) {
    widths[(*at)[2]] = std::stod((*at)[1]);
  }
  return widths;
}

TEST(Plots, AreaIsPerMacAndByFunction) {
  const std::string svg = area_svg(report());
  EXPECT_THAT(svg, HasSubstr("hand at 8 ns"));
  // s: 400 / 8 and 80 / 8; b: 360 / 4, the longest.
  const auto parts = widths(svg);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_NEAR(parts.at("multipliers: 50") / parts.at("multipliers: 90"), 50.0 / 90, 1e-3);
  EXPECT_NEAR(parts.at("registers: 10") / parts.at("multipliers: 90"), 10.0 / 90, 1e-3);
  EXPECT_THAT(svg, HasSubstr(">60</text>"));  // the bar's total
  EXPECT_THAT(svg, HasSubstr(">90</text>"));
}

TEST(Plots, EnergyStandsForMeasuredUnitsOnly) {
  const auto parts = widths(energy_svg(report()));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_NEAR(parts.at("logic: 4.50") / parts.at("registers: 1.50"), 3, 1e-3);
  Json none = report();
  none["designs"].erase(0);
  EXPECT_EQ(energy_svg(none), "");
}

}  // namespace
}  // namespace sparq::synth
