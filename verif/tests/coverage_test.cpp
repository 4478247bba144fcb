// SPDX-License-Identifier: Apache-2.0
// Coverage closes for sound arrays, and its absence is noticed.
#include "verif/coverage/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "verif/harness/array_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

std::vector<Check> coverage_of(const std::string& config) {
  const gen::Output output = generated(config);
  auto checks = check_array(output, CheckOptions{});
  EXPECT_TRUE(checks.has_value());
  if (!checks) return {};
  std::erase_if(*checks, [](const Check& check) { return check.kind != "coverage"; });
  return *checks;
}

class CoverageCloses : public testing::TestWithParam<const char*> {};

TEST_P(CoverageCloses, InEveryInstance) {
  const auto checks = coverage_of(array_config(GetParam(), 3, 2));
  EXPECT_GE(checks.size(), 4u);
  for (const Check& check : checks)
    EXPECT_TRUE(check.passed) << check.title << "\n" << check.detail;
}

INSTANTIATE_TEST_SUITE_P(Formats, CoverageCloses,
                         testing::Values(R"({"placements": "5opt"})",
                                         R"({"placements": "7opt", "rounding": "trim"})",
                                         R"({"placements": "3opt", "vsparq": false})",
                                         R"({"kind": "int8"})"));

TEST(CoverageBins, AreAsManyAsTheMonitorsHaveAndNotAllReachable) {
  const spec::Format format;
  const Bins pairs = pair_bins(format);
  EXPECT_EQ(pairs.size(), 4u + 2 * 6 * (5 + 1));
  EXPECT_EQ(word_bins(format).size(), 1u + 6 * 5);
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

}  // namespace
}  // namespace sparq::verif
