// SPDX-License-Identifier: Apache-2.0
#include "synth/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/host/output.h"

namespace sparq::synth {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Json report() {
  return Json::parse(R"({
    "command": "synth", "command_line": "sparq synth s.json", "config_digest": "c0ffee",
    "tool": { "sparq": "1.2", "yosys": "0.23" }, "library": "hand",
    "library_files": [ { "file": "hand.lib", "sha256": "aa" } ], "notices": [ "no NAND2" ],
    "clock_ns": 8.0, "nand2_area_um2": 4.0, "energy_operands": "x.npy x w.npy",
    "energy_operands_sha256": [ "11", "22" ], "designs": [
      { "name": "s", "role": "sparq", "level": "pe", "module": "sparq_s_pe", "area_um2": 110.0,
        "sequential_area_um2": 30.0, "combinational_area_um2": 80.0, "gate_equivalents": 27.5,
        "cells": 23, "flip_flops": 3, "macs_per_cycle": 2.0, "area_per_mac_um2": 55.0,
        "ratio_to_int8": 0.611, "ratio_to_int4x8": null, "slack_ns": -0.125, "fmax_mhz": 123.08,
        "critical_path": { "from": "a_q1[3]", "to": "sum_q2[7]" }, "fanout_buffers": 2,
        "hierarchy_kept_area_um2": 111.0 },
      { "name": "s", "role": "sparq", "level": "array", "module": "sparq_s_array",
        "area_um2": 732.0, "area_per_mac_um2": 61.0, "energy_per_mac_pj": 2.5, "slack_ns": null, "fmax_mhz": null,
        "critical_path": null } ] })");
}

TEST(Export, MarkdownHasARowPerLevelWithItsClock) {
  const std::string text = to_markdown(report());
  EXPECT_THAT(text, HasSubstr("on hand at 8 ns"));
  EXPECT_THAT(text,
              HasSubstr("`sparq synth s.json`: sparq 1.2, yosys 0.23; configuration c0ffee."));
  EXPECT_THAT(text, HasSubstr("Note: no NAND2."));
  EXPECT_THAT(text, HasSubstr("Energy is on x.npy x w.npy."));
  EXPECT_THAT(text,
              HasSubstr("| pe | s | 110 | 111 | 30 | 80 | 28 | 2 | 55.0 | 0.611 | - | -0.125 | "
                        "123.1 | - | - | - | `a_q1[3]` to `sum_q2[7]` |\n"));
  EXPECT_THAT(text,
              HasSubstr("| array | s | 732 | - | - | - | - | - | 61.0 | - | - | - | - | 2.500 |"));
  // Every line of the table has as many cells as its head.
  std::istringstream lines(text.substr(text.find("| level")));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 18) << line;
  }
}

TEST(Export, CsvHasAFieldPerColumn) {
  std::istringstream lines(to_csv(report()));
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 24) << line;
    rows.push_back(line);
  }
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0], HasSubstr("library,clock_ns,name,role,level,module,area_um2"));
  EXPECT_THAT(rows[1], HasSubstr("hand,8.0,s,sparq,pe,sparq_s_pe,110.0,30.0,23,3,80.0,2.0,27.5,"));
  EXPECT_THAT(rows[1], testing::EndsWith(",-0.125,123.08,2,,,,111.0,a_q1[3],sum_q2[7]"));
}

TEST(Export, ChangesAreFoundByDesignAndLevel) {
  Json now = report();
  now["designs"][0]["area_um2"] = 99.0;
  now["designs"][0]["area_per_mac_um2"] = 49.5;
  now["designs"][1]["level"] = "dot";
  const Json changes = compare_reports(report(), now);
  const auto find = [&](const std::string& level, const std::string& figure) {
    for (const Json& change : changes) {
      if (change["level"] == level && change["figure"] == figure) return change;
    }
    return Json();
  };
  EXPECT_EQ(find("pe", "area_um2")["old"], 110.0);
  EXPECT_EQ(find("pe", "area_um2")["new"], 99.0);
  EXPECT_NEAR(find("pe", "area_um2")["change_percent"].get<double>(), -10, 1e-9);
  EXPECT_EQ(find("pe", "fmax_mhz")["change_percent"], 0.0);
  EXPECT_TRUE(find("dot", "area_um2")["old"].is_null());
  EXPECT_TRUE(find("array", "area_um2")["new"].is_null());
  EXPECT_TRUE(find("array", "area_um2")["change_percent"].is_null());
  EXPECT_EQ(changes.size(), 3U + 3 + 3);
  const std::string table = to_table(changes);
  EXPECT_THAT(table, HasSubstr("-10.00 %"));
  EXPECT_THAT(table, HasSubstr("+0.00 %"));
}

TEST(Export, EnergiesOnOtherOperandsAreNotCompared) {
  const auto energies = [](const Json& old, const Json& now) {
    const Json changes = compare_reports(old, now);
    return std::ranges::count(changes, Json("energy_per_mac_pj"),
                              [](const Json& change) { return change["figure"]; });
  };
  EXPECT_EQ(energies(report(), report()), 1);
  Json now = report();
  now["energy_operands_sha256"][0] = "12";  // by the same names
  EXPECT_FALSE(have_same_operands(report(), now));
  EXPECT_EQ(energies(report(), now), 0);
}

TEST(Export, AnOldReportMustBeComparable) {
  const auto scratch = host::Temporary::directory_in(std::filesystem::temp_directory_path());
  const std::string path = scratch.path() / "old.json";
  const auto problems = [&](const std::string& text, const std::string& name, double clock,
                            const std::string& digest = "aa") {
    std::ofstream(path) << text;
    Library library;
    library.name = name;
    library.files = {{"renamed.lib", digest}};
    const auto loaded = load_report(path, "--diff", library, clock);
    std::string all;
    if (loaded) return all;
    for (const auto& problem : loaded.error()) all += spec::to_text(problem) + "\n";
    return all;
  };
  const std::string good = report().dump();
  EXPECT_EQ(problems(good, "hand", 8), "");
  EXPECT_THAT(problems(good, "other", 9), HasSubstr("must be \"other\""));
  EXPECT_THAT(problems(good, "other", 9), HasSubstr("must be 9"));
  EXPECT_THAT(problems(good, "hand", 8, "ab"),
              HasSubstr("library_files[].sha256 = [\"aa\"]: must be [\"ab\"], as now"));
  for (const char* bad : {"", "7", "{}", R"({"command": "synth", "designs": [7]})",
                          R"({"command": "gen", "designs": []})"}) {
    EXPECT_THAT(problems(bad, "hand", 8), HasSubstr("must be a synth.json")) << bad;
  }
  EXPECT_FALSE(load_report(path + "x", "--diff", {}, 8));
}

}  // namespace
}  // namespace sparq::synth
