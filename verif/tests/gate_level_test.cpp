// SPDX-License-Identifier: Apache-2.0
// Is a netlist that differs from its Verilog told from one that does not, and by module?
#include "verif/gate/gate_level.h"

#include <algorithm>

#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

const gen::Output& design() {
  static const gen::Output output = generated(array_config(
      R"({"placements": "3opt"})", 2, 2, R"(, "weight_bits": 3, "accumulator_bits": 14)"));
  return output;
}

const synth::Mapped& netlist() {
  static const synth::Mapped mapped = [] {
    auto result = map_to_cells(design(), design().top().name);
    if (!result) throw std::runtime_error("the design cannot be mapped");
    return std::move(*result);
  }();
  return mapped;
}

std::vector<Check> prove(const synth::Mapped& mapped) {
  auto checks = prove_netlist(design(), design().top().name, mapped);
  if (!checks) throw std::runtime_error("Yosys failed");
  return std::move(*checks);
}

// The netlist with `from` replaced once by `to` inside the module whose name ends so.
synth::Mapped corrupted(const std::string& module, const std::string& from, const std::string& to) {
  synth::Mapped mapped = netlist();
  size_t at = mapped.verilog.find("module ");
  while (mapped.verilog.substr(at, mapped.verilog.find('(', at) - at).find(module) ==
         std::string::npos) {
    at = mapped.verilog.find("\nmodule ", at) + 1;
    if (at == 0) throw std::runtime_error("no such module: " + module);
  }
  const size_t place = mapped.verilog.find(from, at);
  if (place == std::string::npos || place > mapped.verilog.find("endmodule", at)) {
    throw std::runtime_error("not in the netlist: " + from);
  }
  mapped.verilog.replace(place, from.size(), to);
  return mapped;
}

// The modules whose check failed.
std::vector<std::string> blamed(const std::vector<Check>& checks) {
  std::vector<std::string> names;
  for (const Check& check : checks) {
    if (!check.passed) names.push_back(check.module);
    EXPECT_EQ(check.passed, check.detail.empty());
  }
  return names;
}

TEST(GateLevel, EveryModuleOfTheNetlistIsProved) {
  const auto checks = prove(netlist());
  // Stream packer and unpacker, each with its library module, stand beside the array's netlist.
  const auto beside = std::ranges::count_if(design().modules, [](const gen::EmittedModule& m) {
    return m.name.find("stream_") != std::string::npos;
  });
  EXPECT_EQ(beside, 4);
  EXPECT_EQ(checks.size() + static_cast<size_t>(beside), design().modules.size());
  for (const Check& check : checks) {
    EXPECT_TRUE(check.passed) << check.module << check.detail;
    EXPECT_GT(check.cases, 0u) << check.module;
  }
}

TEST(GateLevel, AnotherGateIsFound) {
  const std::string own = "sparq_" + design().config.name;
  for (const std::string module : {"_lane", "_trim_round", "_pair_encoder", "_pe"}) {
    SCOPED_TRACE(module);
    EXPECT_EQ(blamed(prove(corrupted(own + module, "NOR2X1 ", "NAND2X1 "))),
              std::vector{own + module});
  }
}

TEST(GateLevel, AFlattenedNetlistIsSimulated) {
  auto mapped = map_to_cells(design(), design().top().name, Hierarchy::kFlattened);
  ASSERT_TRUE(mapped);
  // The lanes' gates are the elements' own.
  EXPECT_EQ(mapped->verilog.find("_lane \\u_lane_0"), std::string::npos);
  EXPECT_NE(netlist().verilog.find("u_lane_0"), std::string::npos);
  auto check = simulate_netlist(design(), *mapped, 1);
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->passed) << check->detail;
  EXPECT_GT(check->cases, 50u);
  const size_t element = mapped->verilog.find("_pe (");
  const size_t gate = mapped->verilog.find("FAX1 ", element);
  ASSERT_NE(gate, std::string::npos);
  const size_t carry = mapped->verilog.find(".YC(", gate);
  mapped->verilog.replace(carry, 4, ".YS(");
  const size_t sum = mapped->verilog.find(".YS(", carry + 4);
  mapped->verilog.replace(sum, 4, ".YC(");
  check = simulate_netlist(design(), *mapped, 1);
  ASSERT_TRUE(check);
  EXPECT_FALSE(check->passed);
}

TEST(GateLevel, AWrongWireOfTheArrayIsFound) {
  const std::string array = "sparq_" + design().config.name + "_array";
  EXPECT_EQ(blamed(prove(corrupted(array, ".result_a_i(14'h0000)", ".result_a_i(14'h0001)"))),
            std::vector{array});
}

TEST(GateLevel, AnotherRegisterIsFound) {
  EXPECT_EQ(blamed(prove(corrupted("sparq_control_register", "DFFPOSX1 ", "DFFNEGX1 "))),
            std::vector<std::string>{"sparq_control_register"});
}

TEST(GateLevel, AnotherClockIsFound) {
  EXPECT_EQ(blamed(prove(corrupted("sparq_skid_buffer", ".CLK(clk_i)", ".CLK(rst_ni)"))),
            std::vector<std::string>{"sparq_skid_buffer"});
}

TEST(GateLevel, AMissingModuleIsNoProof) {
  EXPECT_FALSE(
      blamed(prove(corrupted("sparq_control_register", "DFFPOSX1 ", "sparq_nothing "))).empty());
}

}  // namespace
}  // namespace sparq::verif
