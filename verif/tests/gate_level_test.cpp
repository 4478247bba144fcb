// SPDX-License-Identifier: Apache-2.0
// Is a netlist that differs from its Verilog told from one that does not, and by module?
#include "verif/gate/gate_level.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "app/host/output.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "verif/gate/product_proof.h"
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

// ------------------------------------------------------------ units that multiply
const gen::Output& multiplier() {
  static const gen::Output output =
      generated(array_config(R"({"kind": "int8"})", 2, 2,
                             R"(, "weight_bits": 3, "accumulator_bits": 14, "clock_enable": true,
                                "pipeline": {"after_multiply": true})"));
  return output;
}

synth::Mapped mapped_unit(const gen::Output& output, const std::string& unit) {
  auto mapped = map_to_cells(output, unit);
  if (!mapped) throw std::runtime_error("the unit cannot be mapped");
  return std::move(*mapped);
}

std::vector<Check> prove_unit(const gen::Output& output, const std::string& unit,
                              const synth::Mapped& mapped) {
  auto checks = prove_netlist(output, unit, mapped);
  if (!checks) throw std::runtime_error("Yosys or ABC failed");
  return std::move(*checks);
}

TEST(GateLevelOfMultipliers, IsProvedAndAnotherGateIsFound) {
  const std::string pe = multiplier().find(gen::Role::kPe)->name;
  const synth::Mapped mapped = mapped_unit(multiplier(), pe);
  const auto sound = prove_unit(multiplier(), pe, mapped);
  for (const Check& check : sound) EXPECT_TRUE(check.passed) << check.detail;
  EXPECT_GT(sound.front().cases, 40u);  // outputs and next states
  for (const auto& [from, to] : {std::pair{"NOR2X1 ", "NAND2X1 "}, {"DFFPOSX1 ", "DFFNEGX1 "}}) {
    synth::Mapped other = mapped;
    const size_t at = other.verilog.find(from, other.verilog.find(pe));
    ASSERT_NE(at, std::string::npos);
    other.verilog.replace(at, std::string(from).size(), to);
    EXPECT_EQ(blamed(prove_unit(multiplier(), pe, other)), std::vector{pe}) << to;
  }
  // A pin that nothing drives.
  synth::Mapped open = mapped;
  const size_t at = open.verilog.find(".A(", open.verilog.find("NOR2X1 ", open.verilog.find(pe)));
  open.verilog.replace(at, open.verilog.find(')', at) - at, ".A(");
  EXPECT_EQ(blamed(prove_unit(multiplier(), pe, open)), std::vector{pe});
}

// Products as rows need one step; with asynchronous resets that of states.
TEST(GateLevelOfMultipliers, RowsAreProvedWithEitherReset) {
  for (const std::string reset : {"synchronous", "asynchronous"}) {
    SCOPED_TRACE(reset);
    const gen::Output output = generated(ws_config(
        R"({"kind": "int8", "activation_bits": 10})", 1, 1,
        R"(, "weight_bits": 7, "pipeline": {"after_multiply": true}, "reset": ")" + reset + '"'));
    const std::string pe = output.find(gen::Role::kPe)->name;
    const synth::Mapped mapped = mapped_unit(output, pe);
    const auto sound = prove_unit(output, pe, mapped);
    EXPECT_EQ(blamed(sound), std::vector<std::string>{});
    EXPECT_GT(sound.front().cases, 100u);
    for (const auto& [from, to] : {std::pair{"OAI21X1 ", "AOI21X1 "}, {"NOR2X1 ", "NAND2X1 "}}) {
      synth::Mapped other = mapped;
      const size_t at = other.verilog.find(from, other.verilog.find(pe));
      ASSERT_NE(at, std::string::npos);
      other.verilog.replace(at, std::string(from).size(), to);
      EXPECT_EQ(blamed(prove_unit(output, pe, other)), std::vector{pe}) << from;
    }
  }
}

// Sums whose lowest bit is a product register's: the netlist has such bits under the sums' names.
TEST(GateLevelOfMultipliers, SumsOfRegisteredProductsAreProved) {
  const gen::Output output = generated(
      R"({"format": {"kind": "int8", "activation_bits": 5}, "weight_bits": 4,
          "array": {"kind": "tensor_core", "rows": 1, "cols": 1, "depth": 4},
          "pipeline": {"after_multiply": true}})");
  const std::string unit = output.find(gen::Role::kDotUnit)->name;
  const auto checks = prove_unit(output, unit, mapped_unit(output, unit));
  EXPECT_EQ(blamed(checks), std::vector<std::string>{});
  EXPECT_GT(checks.front().cases, 100u);
}

TEST(GateLevelOfMultipliers, LargeOnesAreSkipped) {
  const gen::Output output = generated(
      array_config(R"({"kind": "int8", "activation_bits": 10})", 1, 1, R"(, "weight_bits": 7)"));
  const std::string pe = output.find(gen::Role::kPe)->name;
  const synth::Mapped mapped = mapped_unit(output, pe);
  const auto checks = prove_unit(output, pe, mapped);
  ASSERT_FALSE(checks.empty());
  EXPECT_FALSE(checks.front().passed);
  EXPECT_NE(checks.front().skipped.find("beyond a proof"), std::string::npos);
  // What is found without a proof is a failure.
  synth::Mapped other = mapped;
  other.verilog.replace(other.verilog.find("DFFPOSX1 "), 9, "DFFNEGX1 ");
  const auto failed = prove_unit(output, pe, other);
  EXPECT_EQ(blamed(failed), std::vector{pe});
  EXPECT_TRUE(failed.front().skipped.empty());
}

// A rule of the flow that makes wrong products would make them on both sides.
TEST(GateLevelOfMultipliers, AWrongRuleIsFound) {
  const auto yosys = host::find_tool(host::ToolName::kYosys);
  ASSERT_TRUE(yosys);
  const host::Temporary directory =
      host::Temporary::directory_in(std::filesystem::temp_directory_path());
  const auto compared = [&] {
    const std::string read = "read_verilog unit.v\nhierarchy -top unit\nproc\n";
    EXPECT_TRUE(
        host::run({.argv = {yosys->path.string(), "-qp",
                            read + netlist_script(0) + "design -reset\n" + read + unit_script(0)},
                   .cwd = directory.path(),
                   .env = {},
                   .log = {},
                   .timeout = std::chrono::minutes(1)})
            .ok());
    const auto result = compare_products(directory.path(), 0);
    EXPECT_TRUE(result);
    return result ? *result : Compared{};
  };
  ASSERT_TRUE(write_product_rules(directory.path()));
  ASSERT_TRUE(host::write_file(directory.path() / "unit.v", "",
                               "module unit (input [3:0] a, input signed [2:0] b,\n"
                               "             output signed [6:0] y);\n"
                               "  assign y = $signed({1'b0, a}) * b;\nendmodule\n"));
  const Compared sound = compared();
  EXPECT_EQ(sound.detail, "");
  EXPECT_EQ(sound.outputs, 7u);
  std::ifstream in(directory.path() / "operators.v");
  std::string rule{std::istreambuf_iterator<char>(in), {}};
  const std::string row = "{B_WIDTH{A[i]}} & B";
  ASSERT_NE(rule.find(row), std::string::npos);
  rule.replace(rule.find(row), row.size(), "{B_WIDTH{A[i]}} | B");
  ASSERT_TRUE(host::write_file(directory.path() / "operators.v", "", rule));
  EXPECT_NE(compared().detail.find("a product of the flow is not proved"), std::string::npos);
}

}  // namespace
}  // namespace sparq::verif
