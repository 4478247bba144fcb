// SPDX-License-Identifier: Apache-2.0
// Coverage closes for sound arrays, and its absence is noticed.
#include "verif/coverage/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "verif/harness/array_checks.h"
#include "verif/harness/stream_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

std::vector<Check> coverage_of(const std::string& config) {
  const gen::Output output = generated(config);
  auto checks = is_stream(output.config) ? check_stream(output, CheckOptions{})
                                         : check_array(output, CheckOptions{});
  EXPECT_TRUE(checks.has_value());
  if (!checks) return {};
  std::erase_if(*checks, [](const Check& check) { return check.kind != "coverage"; });
  return *checks;
}

class CoverageCloses : public testing::TestWithParam<std::string> {};

TEST_P(CoverageCloses, InEveryInstance) {
  const auto checks = coverage_of(GetParam());
  EXPECT_GE(checks.size(), 4u);
  for (const Check& check : checks)
    EXPECT_TRUE(check.passed) << check.title << "\n" << check.detail;
}

std::string stream_config(const std::string& array, const std::string& format) {
  return R"({"format": )" + format + R"(, "array": {"kind": )" + array + "}}";
}

constexpr const char* kTensorCore = R"("tensor_core", "rows": 2, "cols": 3, "depth": 4)";
constexpr const char* kSparse = R"("sparse_tensor_core", "rows": 1, "cols": 2, "depth": 8)";
constexpr const char* kOneUnit = R"("sparse_tensor_core", "rows": 1, "cols": 1, "depth": 4)";
constexpr const char* kStationary =
    R"("systolic", "dataflow": "weight_stationary", "rows": 3, "cols": 2)";
constexpr const char* k5opt = R"({"placements": "5opt"})";
constexpr const char* k7opt = R"({"placements": "7opt", "rounding": "trim"})";
constexpr const char* kUnpaired = R"({"placements": "3opt", "vsparq": false})";
// More bins in a monitor than Verilator prints at once.
constexpr const char* kWide =
    R"({"activation_bits": 11, "window_bits": 3, "placements": "0,1,2,3,4,5,6,7,8"})";
constexpr const char* kInt8 = R"({"kind": "int8"})";
constexpr const char* kDigits = R"({"kind": "int4x8", "signed_activations": true})";

INSTANTIATE_TEST_SUITE_P(
    Formats, CoverageCloses,
    testing::Values(array_config(k5opt, 3, 2), array_config(k7opt, 3, 2),
                    array_config(kUnpaired, 3, 2), array_config(kInt8, 3, 2),
                    array_config(kDigits, 3, 2), stream_config(kTensorCore, kDigits),
                    stream_config(kTensorCore, k7opt), stream_config(kTensorCore, kUnpaired),
                    stream_config(kSparse, kUnpaired), stream_config(kSparse, kInt8),
                    stream_config(kOneUnit, kWide), stream_config(kStationary, k7opt),
                    stream_config(kStationary, kUnpaired)));

TEST(CoverageBins, AreAsManyAsTheMonitorsHaveAndNotAllReachable) {
  const spec::Format format;
  const Bins pairs = pair_bins(format);
  EXPECT_EQ(pairs.size(), 4u + 2 * 6 * (5 + 1));
  EXPECT_EQ(word_bins(format).size(), 1u + 6 * 5 + 1);
  // Shift 0 drops nothing.
  const auto exact = std::ranges::find_if(
      pairs, [](const Bin& bin) { return bin.name == "first of both, shift 0, up"; });
  ASSERT_NE(exact, pairs.end());
  EXPECT_FALSE(exact->unreachable.empty());
  // 31.5 is the tie above 15 x 2: only there, and it saturates.
  const auto last = std::ranges::find_if(
      pairs, [](const Bin& bin) { return bin.name == "first of both, shift 1, saturated"; });
  ASSERT_NE(last, pairs.end());
  EXPECT_TRUE(last->unreachable.empty());
}

// A group of 2:4 weights that leaves a slot empty offers its encoder a zero there.
TEST(CoverageBins, CrossedWithSlotsKnowWhatAnEmptySlotRulesOut) {
  const spec::Format format;
  const Bins pairs = pair_bins(format);
  const Bins crossed = cross(pairs, cross(moves(), slots_in_use()));
  ASSERT_EQ(crossed.size(), pairs.size() * 2 * 25);
  std::map<std::string, std::string> why;
  for (const Bin& bin : crossed) why[bin.name] = bin.unreachable;
  ASSERT_EQ(why.size(), crossed.size());
  EXPECT_EQ(why.at("second survivor, shift 0, exact; held; slot 1 alone, weight 2"), "");
  EXPECT_EQ(why.at("both zero; passes; empty group"), "");
  EXPECT_EQ(why.at("first of both, shift 1, saturated; held; weights 3 and 0"), "");
  for (const char* name :
       {"second survivor, shift 0, exact; held; slot 0 alone, weight 2",
        "first of both, shift 1, saturated; passes; slot 0 alone, weight 3",
        "both nonzero; held; slot 1 alone, weight 0", "first is zero; held; empty group"}) {
    EXPECT_EQ(why.at(name), "an empty slot is a zero activation") << name;
  }
  EXPECT_EQ(why.at("both zero; held; weights 2 and 2"), "two weights do not share a place");
}

// Without the pair rule a zero beside an empty slot has a window of its own.
TEST(CoverageBins, WithoutPairsAnEmptySlotIsAnExactZero) {
  const spec::Format format = generated(array_config(kUnpaired, 1, 1)).config.format;
  std::map<std::string, std::string> why;
  for (const Bin& bin : cross(pair_bins(format), slots_in_use())) why[bin.name] = bin.unreachable;
  EXPECT_EQ(why.at("second of both, shift 0, exact; slot 0 alone, weight 2"), "");
  EXPECT_EQ(why.at("first of both, shift 2, up; slot 0 alone, weight 2"), "");
  EXPECT_EQ(why.at("second of both, shift 2, up; slot 0 alone, weight 2"),
            "an empty slot is a zero activation");
}

// A positive tie above the digit 7 saturates; below -7 it rounds to -8, which nothing is below.
TEST(CoverageBins, OfSignedDigitsEndAt7AndMinus8) {
  const spec::Format format = generated(array_config(kDigits, 1, 1)).config.format;
  std::map<std::string, bool> reachable;
  for (const Bin& bin : digit_bins(format)) reachable[bin.name] = bin.unreachable.empty();
  EXPECT_EQ(reachable.size(), 24u);
  EXPECT_EQ(std::ranges::count_if(reachable, [](const auto& bin) { return bin.second; }), 22);
  EXPECT_TRUE(reachable.at("second, not negative, saturated"));
  EXPECT_FALSE(reachable.at("first, negative, saturated"));
}

// Stimulus that never shows a lone activation leaves bins unreached, by name.
TEST(CoverageTest, NamesWhatWasNotSeen) {
  const gen::Output output = generated(array_config("{}", 2, 2));
  Coverage coverage(output);
  auto simulator = Simulator::open();
  ASSERT_TRUE(simulator.has_value());
  const auto model = simulator->build(coverage.instrumented(), output.top().name);
  ASSERT_TRUE(model.has_value());
  Dut dut = model->make(1);
  dut.eval();
  coverage.collect(dut);
  for (const Check& check : coverage.checks()) {
    EXPECT_FALSE(check.passed) << check.title;
    EXPECT_NE(check.detail.find("unreached TOP."), std::string::npos) << check.detail;
  }
}

// The quick program without some of its scenarios.
template <class LeftOut>
std::string unreached(const std::string& config, LeftOut left_out) {
  const gen::Output output = generated(config);
  Coverage coverage(output);
  auto simulator = Simulator::open();
  const auto model = simulator->build(coverage.instrumented(), output.top().name);
  StreamUnderTest array = {output.top().name, output.config, stream_shape(output.config),
                           golden_datapath(output.config), &coverage};
  for (const StreamTest& test : stream_program(output.config, array.shape, Level::kQuick, 1)) {
    for (const StreamScenario& scenario : test.scenarios) {
      if (left_out(scenario)) continue;
      EXPECT_FALSE(run_scenario(*model, array, scenario).failure) << scenario.test;
    }
  }
  std::string detail;
  for (const Check& check : coverage.checks()) {
    EXPECT_EQ(check.passed, check.detail.empty());
    detail += check.detail;
  }
  return detail;
}

bool pauses(const StreamScenario& scenario) { return scenario.traffic != Traffic{}; }
bool varied(const StreamScenario& scenario) { return scenario.stimulus != Stimulus::kExtremes; }
bool in_turn(const StreamScenario& scenario) { return scenario.stimulus == Stimulus::kClasses; }

TEST(CoverageNames, WindowsThatATensorCoreWasNotShown) {
  const std::string detail = unreached(stream_config(kTensorCore, k5opt), varied);
  EXPECT_NE(detail.find("gen_cover_word[0]: first of both, shift 1, saturated"), std::string::npos)
      << detail;
}

TEST(CoverageNames, SumsThatATensorCoreWasNotShown) {
  const std::string detail = unreached(stream_config(kTensorCore, k5opt), in_turn);
  EXPECT_NE(detail.find("gen_cover_row[1].gen_cover_col[2]: the sum wraps upwards"),
            std::string::npos)
      << detail;
}

TEST(CoverageNames, StallsThatATensorCoreWasNotShown) {
  const std::string detail = unreached(stream_config(kTensorCore, k5opt), pauses);
  EXPECT_NE(detail.find("core: stage 2: a step is held"), std::string::npos) << detail;
  EXPECT_NE(detail.find("core: waiting"), std::string::npos) << detail;
  EXPECT_NE(detail.find("gen_cover_word[0]: first of both, shift 1, saturated; held"),
            std::string::npos)
      << detail;
}

TEST(CoverageNames, WhatASparseTensorCoreWasNotShown) {
  const std::string windows = unreached(stream_config(kSparse, k5opt), varied);
  EXPECT_NE(windows.find("gen_cover_group[0]: both zero; passes; slot 0 alone, weight 0"),
            std::string::npos)
      << windows;
  const std::string held = unreached(stream_config(kSparse, k5opt), pauses);
  EXPECT_NE(held.find("gen_cover_group[0]: both zero; held; empty group"), std::string::npos)
      << held;
}

TEST(CoverageNames, WhatAWeightStationaryArrayWasNotShown) {
  const std::string detail = unreached(stream_config(kStationary, k5opt), pauses);
  EXPECT_NE(detail.find("gen_cover_row[2].gen_cover_col[1]: held at a load"), std::string::npos)
      << detail;
  EXPECT_NE(detail.find("both nonzero, lane 0 at shift 2; later step of a set; held"),
            std::string::npos)
      << detail;
}

// Two weights in one place, which no stimulus may offer.
TEST(CoverageNames, WhatShouldBeImpossible) {
  const gen::Output output = generated(stream_config(kSparse, kInt8));
  Coverage coverage(output);
  auto simulator = Simulator::open();
  const auto model = simulator->build(coverage.instrumented(), output.top().name);
  ASSERT_TRUE(model.has_value());
  Dut dut = model->make(1);
  for (int cycle = 0; cycle < 6; ++cycle) {
    dut.port("rst_ni").set_bit(cycle > 0);
    dut.port("step_valid_i").set_bit(cycle > 0);
    dut.port("result_ready_i").set_bit(true);
    dut.port("step_weight_i").set(0, 20, 7 << 10 | 5);
    for (const bool clock : {false, true}) {
      dut.port("clk_i").set_bit(clock);
      dut.eval();
    }
  }
  coverage.collect(dut);
  std::string detail;
  for (const Check& check : coverage.checks()) detail += check.detail;
  const size_t at = detail.find("impossible, but seen TOP.");
  ASSERT_NE(at, std::string::npos) << detail;
  EXPECT_NE(detail.find("gen_cover_col[0].gen_cover_group[0]: weights 0 and 0", at),
            std::string::npos)
      << detail;
}

}  // namespace
}  // namespace sparq::verif
