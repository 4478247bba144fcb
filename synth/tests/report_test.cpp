// SPDX-License-Identifier: Apache-2.0
#include "synth/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "synth/compare.h"

namespace sparq::synth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Flow flow() {
  Flow flow;
  flow.library.name = "hand";
  flow.library.cells["NAND2"] = {
      .area = 4, .kind = CellKind::kCombinational, .dont_use = false, .nand2 = true};
  flow.library.cells["DFF"] = {.area = 10, .kind = CellKind::kFlipFlop};
  flow.clock_ns = 8;
  return flow;
}

Design design(const std::string& name, spec::Kind role, int k_per_step) {
  Design design;
  design.name = name;
  design.role = role;
  design.rows = 2;
  design.cols = 3;
  design.unit_macs = k_per_step;
  design.encoder_macs = k_per_step * design.cols;
  design.lanes_per_unit = k_per_step;
  design.array = "array";
  design.pe = "pe";
  design.lane = "lane";
  design.encoder = "encoder";
  return design;
}

Mapped mapped(int nands_per_lane, int lanes) {
  Module lane{.name = "lane", .cells = {{"NAND2", nands_per_lane}}};
  // Kept apart, they want a gate more.
  Module pe{.name = "pe", .cells = {{"DFF", 3}, {"NAND2", lanes * nands_per_lane}}};
  pe.inlined = {{"lane", lanes}};
  pe.kept_cells = {{"DFF", 3}, {"NAND2", 1}, {"lane", lanes}};
  pe.register_bits = 3;
  Module encoder{.name = "encoder", .cells = {{"NAND2", 9}}};
  Module array{.name = "array", .cells = {{"pe", 6}, {"encoder", 2}}};
  array.written_instances = {{"pe", 6}, {"encoder", 2}};
  return {{}, {{"lane", lane}, {"pe", pe}, {"encoder", encoder}, {"array", array}}, "", ""};
}

const Row& find(const Report& report, const std::string& name, Level level) {
  for (const Row& row : report.rows) {
    if (row.name == name && row.level == level) return row;
  }
  throw std::out_of_range(name);
}

Report three() {
  return make_report(flow(),
                     {design("s", spec::Kind::kSparq, 2), design("b", spec::Kind::kInt8, 1),
                      design("f", spec::Kind::kInt4x8, 2)},
                     {mapped(10, 2), mapped(15, 1), mapped(5, 2)});
}

TEST(Report, RatiosArePerMac) {
  const Report report = three();
  EXPECT_THAT(report.faults, IsEmpty());
  const Row& pe = find(report, "s", Level::kPe);
  EXPECT_EQ(pe.figures.area_um2, 110);  // 3 x 10 + 2 x 10 x 4, two MACs
  EXPECT_EQ(pe.area_per_mac(), 55);
  EXPECT_EQ(pe.gate_equivalents, 27.5);
  EXPECT_EQ(pe.kept_area_um2, 114);
  EXPECT_DOUBLE_EQ(pe.ratio_to_int8.value(), 55.0 / 90);    // 30 + 60, one MAC
  EXPECT_DOUBLE_EQ(pe.ratio_to_int4x8.value(), 55.0 / 35);  // 30 + 40, two MACs
  const Row& array = find(report, "s", Level::kArray);
  EXPECT_EQ(array.figures.area_um2, 732);  // 6 x 110 + 2 x 36
  EXPECT_EQ(array.macs_per_cycle, 12);
  EXPECT_EQ(find(report, "s", Level::kLane).macs_per_cycle, 1);
  EXPECT_EQ(find(report, "b", Level::kPe).ratio_to_int8, 1.0);
}

TEST(Report, AUnitOfSeveralVariantsIsTheirMean) {
  Mapped design_mapped = mapped(10, 2);
  Module without = design_mapped.netlist["pe"];
  without.cells["DFF"] = 1;
  without.kept_cells["DFF"] = 1;
  without.register_bits = 1;
  design_mapped.netlist["pe_without"] = without;
  Module& array = design_mapped.netlist["array"];
  array.cells = {{"pe", 2}, {"pe_without", 4}, {"encoder", 2}};
  array.written_instances = array.cells;
  const Report report = make_report(flow(), {design("s", spec::Kind::kSparq, 2)}, {design_mapped});
  EXPECT_THAT(report.faults, IsEmpty());
  const Row& pe = find(report, "s", Level::kPe);
  EXPECT_EQ(pe.keys, (std::vector<std::string>{"pe", "pe_without"}));
  EXPECT_DOUBLE_EQ(pe.figures.area_um2, (2 * 110 + 4 * 90) / 6.0);
  EXPECT_DOUBLE_EQ(pe.kept_area_um2, (2 * 114 + 4 * 94) / 6.0);
  EXPECT_DOUBLE_EQ(pe.figures.sequential_area_um2, (2 * 30 + 4 * 10) / 6.0);
  EXPECT_EQ(pe.figures.flip_flops, 2);  // 1.67, rounded
  EXPECT_EQ(find(report, "s", Level::kArray).figures.area_um2, 2 * 110 + 4 * 90 + 2 * 36);
}

TEST(Report, WhatIsFlattenedIntoAUnitIsListedAsPartOfIt) {
  const Report report = make_report(flow(), {design("s", spec::Kind::kSparq, 2)}, {mapped(10, 2)});
  const auto lane = std::ranges::find(report.modules, std::string("lane"), &ModuleRow::module);
  ASSERT_NE(lane, report.modules.end());
  EXPECT_EQ(lane->inlined_in, "pe");
  EXPECT_EQ(lane->figures.instances, 12);
  EXPECT_EQ(lane->figures.own_area_um2, 40);
  const std::string table = to_table(report);
  // Of the elements' 6 x 110 the lanes are 480.
  EXPECT_THAT(table, testing::ContainsRegex("\n  lane .* 12 +480 um2"));
  EXPECT_THAT(table, testing::ContainsRegex("\n  pe .* 6 +180 um2"));
}

TEST(Report, AnEncoderServesItsRowOfPes) {
  const Report report = three();
  const Row& encoder = find(report, "s", Level::kEncoder);
  EXPECT_EQ(encoder.figures.area_um2, 36);
  EXPECT_EQ(encoder.macs_per_cycle, 6);  // two MACs in each of three columns
  EXPECT_EQ(encoder.area_per_mac(), 6);
  EXPECT_EQ(find(report, "b", Level::kEncoder).macs_per_cycle, 3);
  EXPECT_DOUBLE_EQ(encoder.ratio_to_int8.value(), 0.5);
}

TEST(Report, WithoutABaselineThereIsNoRatio) {
  const Report report = make_report(flow(), {design("s", spec::Kind::kSparq, 2)}, {mapped(10, 2)});
  EXPECT_EQ(find(report, "s", Level::kPe).ratio_to_int8, std::nullopt);
  EXPECT_TRUE(to_json(report)["designs"][0]["ratio_to_int8"].is_null());
}

TEST(Report, NoticesWhatWentMissing) {
  Mapped fewer = mapped(10, 2);
  fewer.netlist["array"].cells["pe"] = 5;
  fewer.netlist["array"].written_instances["pe"] = 5;
  const auto faults = [](const Mapped& netlist) {
    return make_report(flow(), {design("s", spec::Kind::kSparq, 2)}, {netlist}).faults;
  };
  EXPECT_THAT(faults(fewer), ElementsAre("s: the array holds 5 units, not 2 x 3"));

  Mapped merged = mapped(10, 2);
  merged.netlist["pe"].cells["DFF"] = 2;
  EXPECT_THAT(faults(merged),
              ElementsAre("s: pe has 3 register bits as written, but 2 flip-flops"));

  EXPECT_THAT(faults(mapped(10, 1)), ElementsAre("s: pe holds 1 lanes, not 2"));

  Mapped lost = mapped(10, 2);  // by synthesis, which the flattened element cannot show
  lost.netlist["pe"].kept_cells["lane"] = 1;
  EXPECT_THAT(faults(lost),
              ElementsAre("s: pe: has 2 instances of lane as written, but 1 after synthesis",
                          "s: pe holds 1 lanes, not 2"));

  Mapped latch = mapped(10, 2);
  latch.netlist["lane"].cells["$_DLATCH_P_"] = 1;
  EXPECT_THAT(faults(latch), ElementsAre(HasSubstr("latches are not allowed")));

  Mapped none = mapped(10, 2);
  none.netlist.erase("array");
  EXPECT_THAT(faults(none), ElementsAre("s: there is no module array after synthesis"));
}

TEST(Report, JsonKeepsItsKeys) {
  const nlohmann::json json = to_json(three());
  EXPECT_EQ(json["library"], "hand");
  EXPECT_EQ(json["clock_ns"], 8);
  ASSERT_EQ(json["designs"].size(), 12U);
  const nlohmann::json& row = json["designs"][0];
  for (const char* key :
       {"name", "role", "level", "area_um2", "sequential_area_um2", "cells", "macs_per_cycle",
        "area_per_mac_um2", "ratio_to_int8", "ratio_to_int4x8", "gate_equivalents"}) {
    EXPECT_TRUE(row.contains(key)) << key;
  }
  EXPECT_EQ(row["role"], "sparq");
  EXPECT_EQ(row["level"], "pe");
  EXPECT_EQ(json["modules"].size(), 12U);
}

TEST(Report, TableStatesClockAndFitsATerminal) {
  const std::string table = to_table(three());
  EXPECT_THAT(table, HasSubstr("clock of 8 ns"));
  EXPECT_THAT(table, HasSubstr("0.611"));
  for (size_t at = 0; at < table.size();) {
    const size_t end = table.find('\n', at);
    EXPECT_LE(end - at, 105U) << table.substr(at, end - at);
    at = end + 1;
  }
}

// The lines of `design` in the table of modules: name, variants, instances, um2, "um2", share,
// delay.
std::map<std::string, std::vector<std::string>> module_lines(const std::string& table,
                                                             const std::string& design) {
  std::map<std::string, std::vector<std::string>> lines;
  std::istringstream text(table.substr(table.find("module, without its submodules")));
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("  ")) {
      inside = line == design;
    } else if (inside) {
      std::istringstream words(line);
      std::vector<std::string> values{std::istream_iterator<std::string>(words), {}};
      const std::string name = values.front();
      lines[name] = std::move(values);
    }
  }
  return lines;
}

TEST(Report, TableCountsEveryInstanceOfAModule) {
  const std::string table = to_table(three());
  const auto lines = module_lines(table, "s");
  ASSERT_EQ(lines.size(), 4U) << table;
  // Six PEs of three flip-flops, in each PE two lanes of ten gates; an array without own cells.
  EXPECT_THAT(lines.at("pe"), ElementsAre("pe", "1", "6", "180", "um2", "24.6%", "-"));
  EXPECT_THAT(lines.at("lane"), ElementsAre("lane", "1", "12", "480", "um2", "65.6%", "-"));
  EXPECT_THAT(lines.at("encoder"), ElementsAre("encoder", "1", "2", "72", "um2", "9.8%", "-"));
  EXPECT_THAT(lines.at("array"), ElementsAre("array", "1", "1", "0", "um2", "0.0%", "-"));
  for (const char* design : {"s", "b", "f"}) {
    double shares = 0;
    for (const auto& [name, line] : module_lines(table, design)) shares += std::stod(line.at(5));
    EXPECT_NEAR(shares, 100, 0.2) << design;  // printed with one decimal
  }
}

TEST(Baselines, KeepEverythingButTheFormat) {
  spec::ConfigFields fields;
  fields.name = "mine";
  fields.rows = 4;
  fields.cols = 3;
  fields.weight_bits = 4;
  fields.format.activation_bits = 7;
  fields.format.placements = "0,3";
  fields.accumulator_bits = 28;
  fields.encoder = spec::Encoder::kNone;
  const spec::Config config = spec::resolve(fields, "test").value();
  const auto configs = with_baselines(config);
  ASSERT_EQ(configs.size(), 3U);
  EXPECT_EQ(configs[0], config);
  EXPECT_EQ(configs[1].format.kind, spec::Kind::kInt8);
  EXPECT_EQ(configs[2].format.kind, spec::Kind::kInt4x8);
  for (const spec::Config& each : configs) {
    EXPECT_EQ(each.array, config.array);
    EXPECT_EQ(each.weight_bits, 4);
    EXPECT_EQ(each.format.activation_bits, 7);
    EXPECT_EQ(each.accumulator_bits, 28);
    EXPECT_EQ(each.encoder, spec::Encoder::kNone);
  }
  EXPECT_EQ(with_baselines(configs[1]).size(), 2U);
}

// As many multiplying units: a two-lane one takes twice the depth of a full one.
TEST(Report, ATensorCoresBaselinesHaveAsManyMultipliers) {
  const auto depths = [](spec::ArrayKind kind, spec::Kind format, int depth) {
    spec::ConfigFields fields;
    fields.format.kind = format;
    fields.array_kind = kind;
    fields.depth = depth;
    fields.after_multiply = true;
    std::map<spec::Kind, int> found;
    for (const spec::Config& each : with_baselines(spec::resolve(fields, "test").value())) {
      EXPECT_EQ(each.array.kind, kind);
      EXPECT_TRUE(each.pipeline.after_multiply);
      found[each.format.kind] = each.array.depth;
    }
    return found;
  };
  using enum spec::Kind;
  using Depths = std::map<spec::Kind, int>;
  EXPECT_EQ(depths(spec::ArrayKind::kTensorCore, kSparq, 8),
            (Depths{{kSparq, 8}, {kInt8, 4}, {kInt4x8, 8}}));
  EXPECT_EQ(depths(spec::ArrayKind::kTensorCore, kInt8, 3), (Depths{{kInt8, 3}, {kInt4x8, 6}}));
  EXPECT_EQ(depths(spec::ArrayKind::kSparseTensorCore, kSparq, 16),
            (Depths{{kSparq, 16}, {kInt8, 8}, {kInt4x8, 16}}));
  // int8 would have half a group.
  EXPECT_EQ(depths(spec::ArrayKind::kSparseTensorCore, kSparq, 4),
            (Depths{{kSparq, 4}, {kInt4x8, 4}}));
}

TEST(Report, ADotUnitIsALevelOfItsOwn) {
  Design core = design("core", spec::Kind::kSparq, 2);
  core.dot_unit = std::exchange(core.pe, "");
  core.selection = "encoder";
  core.selection_macs = 4;
  const Report report = make_report(flow(), {core}, {mapped(10, 2)});
  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_EQ(find(report, "core", Level::kDot).macs_per_cycle, 2);
  EXPECT_EQ(find(report, "core", Level::kSelection).macs_per_cycle, 4);
  for (const Row& row : report.rows) EXPECT_NE(row.level, Level::kPe);
}

}  // namespace
}  // namespace sparq::synth
