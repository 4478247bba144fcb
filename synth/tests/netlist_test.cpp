// SPDX-License-Identifier: Apache-2.0
#include "synth/netlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Library library() {
  Library library;
  library.name = "hand";
  library.cells["NAND2"] = {
      .area = 4, .kind = CellKind::kCombinational, .dont_use = false, .nand2 = true};
  library.cells["DFF"] = {.area = 10, .kind = CellKind::kFlipFlop};
  library.cells["LATCH"] = {.area = 0, .kind = CellKind::kLatch};
  library.cells["PAD"] = {.area = 0, .kind = CellKind::kCombinational};
  return library;
}

Json cell(const std::string& type) { return {{"type", type}}; }
Json flop(const std::string& width) {
  return {{"type", "$dff"}, {"parameters", {{"WIDTH", width}}}};
}

// A top of two PEs of one kind, each of two NANDs and a flip-flop, and one NAND of its own.
constexpr const char* kPeKey = "$paramod$01ff\\pe";

Json elaborated() {
  Json json;
  json["modules"]["top"]["cells"] = {{"u0", cell(kPeKey)}, {"u1", cell(kPeKey)}};
  json["modules"][kPeKey]["cells"] = {{"q", flop("00000000000000000000000000000001")},
                                      {"a", cell("$and")}};
  json["modules"][kPeKey]["parameter_default_values"] = {
      {"Width", "00000000000000000000000000010001"}, {"Text", "hello"}};
  return json;
}

Json mapped() {
  Json json;
  json["modules"]["NAND2"]["attributes"]["blackbox"] = "1";
  json["modules"]["NAND2"]["cells"] = Json::object();
  json["modules"]["top"]["cells"] = {
      {"u0", cell(kPeKey)}, {"u1", cell(kPeKey)}, {"g", cell("NAND2")}};
  json["modules"][kPeKey]["cells"] = {
      {"a", cell("NAND2")}, {"b", cell("NAND2")}, {"q", cell("DFF")}};
  return json;
}

constexpr const char* kPeLog =
    "9.1. Extracting gate netlist of module `$paramod$01ff\\pe' to `<abc-temp-dir>/input.blif'..\n"
    "ABC: WireLoad = \"none\"  Gates = 2 ( 4.0 %)  Area = 8.00 ( 93.4 %)   Delay =  2162.19 ps  "
    "(x)\n";
constexpr const char* kTopLog = "Don't call ABC as there is nothing to map.\n";

Netlist read(const Json& elaborated, const Json& mapped) {
  Netlist netlist;
  for (const std::string key : {"top", kPeKey}) {
    const auto module =
        read_module(key, elaborated.at("modules").at(key), mapped, key == "top" ? kTopLog : kPeLog);
    EXPECT_TRUE(module) << module.error();
    netlist[key] = module.value_or(Module{});
  }
  return netlist;
}

TEST(Netlist, SumsOverTheHierarchy) {
  const Netlist netlist = read(elaborated(), mapped());
  EXPECT_EQ(netlist.at(kPeKey).name, "pe");
  EXPECT_EQ(netlist.at(kPeKey).parameters.at("Width"), 17);
  EXPECT_EQ(netlist.at(kPeKey).parameters.size(), 1U);

  const RolledUp sums = roll_up(netlist, "top", library());
  EXPECT_THAT(sums.faults, IsEmpty());
  const Figures& pe = sums.modules.at(kPeKey);
  EXPECT_EQ(pe.area_um2, 18);
  EXPECT_EQ(pe.sequential_area_um2, 10);
  EXPECT_EQ(pe.cells, 3);
  EXPECT_EQ(pe.instances, 2);
  EXPECT_DOUBLE_EQ(pe.delay_ns.value(), 2.16219);
  const Figures& top = sums.modules.at("top");
  EXPECT_EQ(top.area_um2, 40);
  EXPECT_EQ(top.own_area_um2, 4);
  EXPECT_EQ(top.sequential_area_um2, 20);
  EXPECT_EQ(top.cells, 7);
  EXPECT_EQ(top.flip_flops, 2);
  EXPECT_EQ(top.register_bits, 2);
  EXPECT_EQ(top.instances, 1);
  EXPECT_EQ(top.delay_ns, std::nullopt);
  EXPECT_EQ(count_inside(netlist, "top", "pe"), 2);
  EXPECT_THAT(keys_of(netlist, "pe"), ElementsAre(kPeKey));
}

TEST(Netlist, SurvivesItsOwnJson) {
  const Netlist netlist = read(elaborated(), mapped());
  const Netlist again = netlist_from(Json::parse(to_json(netlist).dump()));
  EXPECT_EQ(to_json(again), to_json(netlist));
  EXPECT_EQ(roll_up(again, "top", library()).modules.at("top").area_um2, 40);
}

std::vector<std::string> faults_with(const std::string& type) {
  Json json = mapped();
  json["modules"]["top"]["cells"]["x"] = cell(type);
  return roll_up(read(elaborated(), json), "top", library()).faults;
}

TEST(Netlist, RefusesWhatHasNoHonestArea) {
  EXPECT_THAT(faults_with("LATCH"),
              ElementsAre("top: 1 of LATCH, a latch; latches are not allowed"));
  EXPECT_THAT(faults_with("$_DFFE_PP_"),
              ElementsAre("top: 1 of $_DFFE_PP_ could not be mapped to the library"));
  EXPECT_THAT(faults_with("PAD"), ElementsAre("top: 1 of PAD, a cell without area"));
  EXPECT_THAT(faults_with("NAND2"), IsEmpty());
}

TEST(Netlist, NoticesAnInstanceThatSynthesisRemoved) {
  Json json = mapped();
  json["modules"]["top"]["cells"].erase("u1");
  const Netlist netlist = read(elaborated(), json);
  EXPECT_THAT(roll_up(netlist, "top", library()).faults,
              ElementsAre("top: has 2 instances of pe as written, but 1 after synthesis"));
}

TEST(Netlist, AnUnknownFormIsAnError) {
  Json json = mapped();
  json["modules"]["top"].erase("cells");
  const auto module = read_module("top", elaborated()["modules"]["top"], json, "");
  ASSERT_FALSE(module);
  EXPECT_THAT(module.error(), HasSubstr("unknown form"));
  EXPECT_FALSE(load_yosys_json("/nonexistent/mapped.json"));
}

}  // namespace
}  // namespace sparq::synth
