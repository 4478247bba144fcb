// SPDX-License-Identifier: Apache-2.0
// Yosys, Icarus and OpenSTA on one small multiply-accumulate unit.
#include "synth/energy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "synth/tests/tiny.h"

namespace sparq::synth {
namespace {

using testing::HasSubstr;

constexpr const char* kOsu018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

// Tiles of eight steps. `mask` keeps bits of the operands.
Operands operands(uint64_t mask) {
  Operands operands;
  operands.ports = {"step_valid_i", "step_first_i", "step_last_i", "step_activation_i",
                    "step_weight_i"};
  operands.result_stream = "row";
  operands.macs_per_step = 1;
  operands.counted_from = 8;
  uint64_t random = 1;
  for (int tile = 0; tile < 9; ++tile) {
    uint64_t sum = 0;
    for (int k = 0; k < 8; ++k) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      const uint64_t a = (random >> 40) & mask;
      const uint64_t w = (random >> 50) & mask;
      operands.steps.push_back(fmt::format("1{:d}{:d}{:04b}{:04b}", k == 0, k == 7, a, w));
      sum += a * w;
    }
    operands.results.push_back(fmt::format("{:010b}", sum & 0x3FF));
  }
  return operands;
}

class EnergyTest : public testing::Test {
 protected:
  void SetUp() override {
    flow_ = prepare_flow(SPARQ_SOURCE_DIR, load_library({kOsu018}, "--liberty").value(), 8).value();
    auto meter = prepare_power_meter(SPARQ_SOURCE_DIR);
    ASSERT_TRUE(meter) << "iverilog and sta are needed";
    meter_ = *std::move(meter);
    std::ifstream stream(SPARQ_TEST_DATA "/one.v");
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    mapped_ = map_design(flow_, "one_array", {{"one.v", text}}, 2, nullptr).value();
  }

  host::Result<Energy> measure(const Operands& operands) {
    return measure_energy(meter_, flow_, "one_array", "one_pe", mapped_, operands, nullptr);
  }

  std::string reason(const Operands& operands) {
    const auto energy = measure(operands);
    return energy ? "" : std::get<host::ToolError>(energy.error()).reason;
  }

  Flow flow_;
  PowerMeter meter_;
  Mapped mapped_;
};

TEST_F(EnergyTest, FollowsTheOperands) {
  const auto busy = measure(operands(15));
  ASSERT_TRUE(busy) << host::to_text(std::get<host::ToolError>(busy.error()));
  EXPECT_EQ(busy->macs, 64);
  EXPECT_GT(busy->logic_pj, 1);
  const auto half = measure(operands(3));
  const auto idle = measure(operands(0));
  ASSERT_TRUE(half && idle);
  EXPECT_LT(half->logic_pj, busy->logic_pj);
  EXPECT_LT(idle->logic_pj, 0.05 * busy->logic_pj);
  // The clock alone: 20 flip-flops at 0.23 to 0.24 pJ, by the library's tables for DFFPOSX1, and
  // the flags that mark tiles.
  EXPECT_GT(idle->registers_pj, 20 * 0.23);
  EXPECT_LT(idle->registers_pj, 20 * 0.24 + 0.5);
  EXPECT_GT(busy->registers_pj, idle->registers_pj);
}

TEST_F(EnergyTest, LogicInFrontOfTheRegistersCounts) {
  std::ifstream stream(SPARQ_TEST_DATA "/one.v");
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  text = replaced(text, "weight_q     <= weight_i;", "product_q <= activation_i * weight_i;");
  text = replaced(text, "activation_q <= activation_i;", "");
  text = replaced(text, "activation_q * weight_q", "product_q");
  text = replaced(text, "reg [3:0] weight_q;", "reg [7:0] product_q;");
  text = replaced(text, "reg [3:0] activation_q;", "");
  const auto behind = measure(operands(15));
  mapped_ = map_design(flow_, "one_array", {{"one.v", text}}, 2, nullptr).value();
  const auto in_front = measure(operands(15));
  ASSERT_TRUE(behind && in_front);
  EXPECT_GT(in_front->logic_pj, 0.7 * behind->logic_pj);
  EXPECT_LT(in_front->logic_pj, 1.4 * behind->logic_pj);
}

TEST_F(EnergyTest, DoesNotDependOnTheClockExceptForLeakage) {
  const auto fast = measure(operands(15));
  flow_.clock_ns = 16;
  const auto slow = measure(operands(15));
  ASSERT_TRUE(fast && slow);
  EXPECT_NEAR(slow->per_mac_pj(), fast->per_mac_pj(), 1e-3 * fast->per_mac_pj());
}

TEST_F(EnergyTest, IsPerMac) {
  Operands two = operands(15);
  two.macs_per_step = 2;
  const auto one_each = measure(operands(15));
  const auto two_each = measure(two);
  ASSERT_TRUE(one_each && two_each);
  EXPECT_EQ(two_each->macs, 128);
  EXPECT_NEAR(two_each->per_mac_pj(), one_each->per_mac_pj() / 2, 1e-6);
}

TEST_F(EnergyTest, ANetlistThatComputesSomethingElseIsNoMeasurement) {
  Operands wrong = operands(15);
  wrong.results[3].back() ^= 1;
  EXPECT_THAT(reason(wrong), HasSubstr("result 3: the netlist gives"));
  Operands more = operands(15);
  more.results.emplace_back("0");
  EXPECT_EQ(reason(more), "the netlist gives 9 results, not 10");
}

TEST_F(EnergyTest, UnknownValuesAreNoMeasurement) {
  Operands early = operands(15);
  early.counted_from = 0;  // registers hold anything
  EXPECT_THAT(reason(early), HasSubstr("is unknown at"));
}

TEST_F(EnergyTest, APinThatOpenStaDoesNotKnowIsAnError) {
  meter_.power = "proc get_pins {pin} { return [::sta::get_pins nowhere/A] }\n" + meter_.power;
  EXPECT_EQ(reason(operands(15)), "did not report the power");
}

}  // namespace
}  // namespace sparq::synth
