// SPDX-License-Identifier: Apache-2.0
#include "synth/scalar_netlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

namespace sparq::synth {
namespace {

using testing::HasSubstr;
using testing::Not;

Library small_library() {
  std::ifstream stream(SPARQ_TEST_DATA "/small.lib");
  return parse_library({{std::istreambuf_iterator<char>(stream), {}}}, {"small.lib"}, "--liberty")
      .value();
}

std::string module_of(const std::string& verilog, const std::string& name) {
  const size_t begin = verilog.find("module " + name + " (");
  return verilog.substr(begin, verilog.find("endmodule", begin) - begin);
}

// Inputs (pin A of inverters and buffers) that each net of a module drives.
std::map<std::string, int> loads(const std::string& module) {
  std::map<std::string, int> loads;
  const std::regex pin(R"(\.A\((\w+)\))");
  for (std::sregex_iterator at(module.begin(), module.end(), pin), end; at != end; ++at) {
    ++loads[(*at)[1]];
  }
  return loads;
}

// One input that drives `count` inverters, and a bus that is neither.
Structure inverters(int count) {
  Structure structure{{{"a_i", false, {2}}, {"y_o", true, {3, kOne}}}, {}};
  for (int i = 0; i < count; ++i) {
    structure.instances.push_back(
        {"inverter_" + std::to_string(i), "INV", {{"A", false, {2}}, {"Y", true, {3 + i}}}});
  }
  return structure;
}

TEST(ScalarNetlist, AFewLoadsNeedNoBuffer) {
  const auto netlist = scalar_netlist({{"top", inverters(kMaxFanout)}}, "top", small_library());
  EXPECT_EQ(netlist.buffers, 0);
  EXPECT_THAT(netlist.verilog, Not(HasSubstr("BUF")));
}

TEST(ScalarNetlist, ALargeFanoutGetsATree) {
  // 300 loads: 19 buffers, too many themselves, so two in front of them.
  const auto netlist = scalar_netlist({{"top", inverters(300)}}, "top", small_library());
  EXPECT_EQ(netlist.buffers, 21);
  int total = 0;
  for (const auto& [net, count] : loads(module_of(netlist.verilog, "top"))) {
    EXPECT_LE(count, kMaxFanout) << net;
    total += count;
  }
  EXPECT_EQ(total, 300 + 21);
}

TEST(ScalarNetlist, LoadsInsideSubmodulesCount) {
  // Four submodules of ten loads each, and an output nobody needs: one buffer for each.
  Structure outer{{{"a_i", false, {2}}}, {}};
  for (int i = 0; i < 4; ++i) {
    outer.instances.push_back({"u_" + std::to_string(i),
                               "$paramod$1\\inner",
                               {{"a_i", false, {2}}, {"y_o", true, {kUnconnected, 3 + i}}}});
  }
  const auto netlist = scalar_netlist({{"outer", outer}, {"$paramod$1\\inner", inverters(10)}},
                                      "outer", small_library());
  EXPECT_EQ(netlist.buffers, 4);
  EXPECT_EQ(module_of(netlist.verilog, "inner").find("BUF"), std::string::npos);
}

TEST(ScalarNetlist, LoadsBesideADriverInASubmoduleCount) {
  // Its driver serves ten loads in its own module: ten more are too many, six are not.
  Structure driver = inverters(10);
  driver.ports = {{"a_i", false, {20}}, {"z_o", true, {2}}};
  driver.instances.push_back({"source", "INV", {{"A", false, {20}}, {"Y", true, {2}}}});
  for (const auto& [outside, buffers] : {std::pair{6, 0}, {7, 1}, {20, 2}}) {
    Structure outer = inverters(outside);
    outer.instances.push_back(
        {"u_driver", "driver", {{"a_i", false, {kZero}}, {"z_o", true, {2}}}});
    const auto netlist =
        scalar_netlist({{"outer", outer}, {"driver", driver}}, "outer", small_library());
    EXPECT_EQ(netlist.buffers, buffers) << outside;
  }
}

TEST(ScalarNetlist, WhatSubmodulesPassOnIsOneNet) {
  // Nine of ten loads each in a row, every one fed by the one before and the last an output: one
  // tree, no chain.
  Structure passing = inverters(10);
  passing.ports.push_back({"a_o", true, {2}});
  Structure row{{{"a_i", false, {2}}, {"a_o", true, {11}}}, {}};
  for (int i = 0; i < 9; ++i) {
    row.instances.push_back(
        {"u_" + std::to_string(i), "passing", {{"a_i", false, {2 + i}}, {"a_o", true, {3 + i}}}});
  }
  const auto netlist = scalar_netlist({{"row", row}, {"passing", passing}}, "row", small_library());
  EXPECT_EQ(netlist.buffers, 9);
  const std::string written = module_of(netlist.verilog, "row");
  EXPECT_EQ(loads(written), (std::map<std::string, int>{{"a_i__0", 9}}));
  EXPECT_THAT(written, HasSubstr("assign a_o__0 = a_i__0;"));
  EXPECT_THAT(written, Not(HasSubstr(".a_o__0")));
}

TEST(ScalarNetlist, StandsBetweenRegistersNamedAfterThePorts) {
  const auto netlist = timed_netlist({{"top", inverters(1)}}, "top", small_library());
  const std::string timed = module_of(netlist.verilog, "timed");
  EXPECT_THAT(timed, HasSubstr("DFF \\a_i (.D(1'b0), .C(clk_i), .Q(n3));"));
  EXPECT_THAT(timed, HasSubstr("DFF \\y_o[0] (.D(n4), .C(clk_i));"));
  EXPECT_THAT(timed, HasSubstr("top \\u_unit (.a_i__0(n3), .y_o__0(n4), .y_o__1(n5));"));
  EXPECT_THAT(netlist.verilog, HasSubstr("assign y_o__1 = 1'b1;"));
}

TEST(ScalarNetlist, TheClockIsLeftAlone) {
  Structure clocked{{{"clk_i", false, {2}}}, {}};
  for (int i = 0; i < 100; ++i) {
    clocked.instances.push_back({"r_" + std::to_string(i) + "_q",
                                 "DFF",
                                 {{"C", false, {2}}, {"D", false, {3}}, {"Q", true, {3}}}});
  }
  clocked.instances.resize(17);
  for (Instance& instance : clocked.instances) instance.pins[1].nets = {kZero};
  EXPECT_EQ(scalar_netlist({{"top", clocked}}, "top", small_library()).buffers, 0);
}

TEST(ScalarNetlist, VariantsOfAModuleHaveNamesOfTheirOwn) {
  Structure outer{{{"a_i", false, {2}}}, {}};
  for (const char* key : {"$paramod$1\\inner", "$paramod$2\\inner"}) {
    outer.instances.push_back({std::string("u_") + key[9], key, {{"a_i", false, {2}}}});
  }
  const auto netlist = scalar_netlist(
      {{"outer", outer}, {"$paramod$1\\inner", inverters(1)}, {"$paramod$2\\inner", inverters(2)}},
      "outer", small_library());
  EXPECT_THAT(netlist.verilog, HasSubstr("module inner ("));
  EXPECT_THAT(netlist.verilog, HasSubstr("module inner__variant_2 ("));
  EXPECT_THAT(netlist.verilog, HasSubstr("inner__variant_2 \\u_2 ("));
}

constexpr const char* kMapped = R"({ "modules": { "m": {
  "ports": { "clk_i": { "direction": "input", "bits": [2] },
             "y_o": { "direction": "output", "bits": [3, 4] } },
  "cells": {
    "$1": { "hide_name": 1, "type": "DFF",
            "port_directions": { "C": "input", "D": "input", "Q": "output" },
            "connections": { "C": [2], "D": ["x"], "Q": [4] } },
    "$2": { "hide_name": 1, "type": "INV", "port_directions": { "A": "input", "Y": "output" },
            "connections": { "A": [4], "Y": [5] } },
    "u_inner": { "hide_name": 0, "type": "inner", "port_directions": { "b_o": "output" },
                 "connections": { "b_o": [3] } } },
  "netnames": {
    "clk_i": { "hide_name": 0, "bits": [2] },
    "y_o": { "hide_name": 0, "bits": [3, 4] },
    "alias": { "hide_name": 0, "bits": [4] },
    "sum_q2": { "hide_name": 0, "bits": [9, 4] },
    "$3": { "hide_name": 1, "bits": [5] } } } } })";

TEST(Structure, NamesCellsAfterTheRegisterTheyAre) {
  const auto structure = read_structure("m", nlohmann::json::parse(kMapped));
  ASSERT_TRUE(structure) << structure.error();
  ASSERT_EQ(structure->instances.size(), 3U);
  EXPECT_EQ(structure->instances[0].name, "sum_q2[1]");  // not y_o[1], not alias
  EXPECT_EQ(structure->instances[0].pins[1].nets.front(), kZero);
  EXPECT_EQ(structure->instances[1].name, "_1_");
  EXPECT_EQ(structure->instances[2].name, "u_inner");
  const Structures again = structures_from(to_json(Structures{{"m", *structure}}));
  EXPECT_EQ(to_json(again), to_json(Structures{{"m", *structure}}));
  EXPECT_FALSE(read_structure("n", nlohmann::json::parse(kMapped)));
}

}  // namespace
}  // namespace sparq::synth
