// SPDX-License-Identifier: Apache-2.0
// The harness of streaming arrays on arrays that are right: hand-written ones.
#include <gtest/gtest.h>

#include <filesystem>

#include "verif/harness/stream_checks.h"
#include "verif/tests/stream_fixture.h"

namespace sparq::verif {
namespace {

void expect_all_pass(const gen::Output& output) {
  const auto checks = check_stream(output, CheckOptions{});
  if (!checks) host::report(checks.error());
  ASSERT_TRUE(checks.has_value());
  EXPECT_EQ(checks->size(), 5u);
  for (const Check& check : *checks) {
    EXPECT_TRUE(check.passed) << check.title << "\n" << check.detail;
    EXPECT_GT(check.cases, 0u) << check.title;
  }
}

TEST(StreamHarnessTest, TensorCore) {
  expect_all_pass(hand_written(hand_written_config(kTensorCore)));
}

TEST(StreamHarnessTest, SparseTensorCore) {
  expect_all_pass(hand_written(hand_written_config(kSparseTensorCore)));
}

TEST(StreamHarnessTest, WeightStationary) {
  expect_all_pass(hand_written(hand_written_config(kWeightStationary)));
}

// Four cycles of latency more, and sums that wrap all the time.
TEST(StreamHarnessTest, PipelinedAndNarrow) {
  constexpr const char* kMore =
      R"(, "pipeline": {"after_multiply": true, "after_reduce": true}, "weight_bits": 5,
         "accumulator_bits": 17)";
  expect_all_pass(hand_written(hand_written_config(kTensorCore, kMore)));
  expect_all_pass(hand_written(hand_written_config(kWeightStationary, kMore)));
}

TEST(StreamScenarioTest, ComesBackFromItsFile) {
  const gen::Output output = hand_written(hand_written_config(kWeightStationary));
  const std::string path = testing::TempDir() + "/stream scenario test.json";
  for (const StreamTest& test :
       stream_program(output.config, stream_shape(output.config), Level::kQuick, 5)) {
    for (const StreamScenario& scenario : test.scenarios) {
      std::ofstream(path) << scenario_json(scenario, "m", "d", spec::canonical_json(output.config));
      const auto back = load_stream_scenario(path);
      ASSERT_TRUE(back.has_value());
      EXPECT_EQ(*back, scenario);
    }
  }
}

TEST(StreamScenarioTest, BadFilesAreTheUsersProblem) {
  const std::string path = testing::TempDir() + "/bad stream scenario.json";
  EXPECT_FALSE(load_stream_scenario(path + ".missing").has_value());
  for (const char* text : {"", "{", "[]", R"({"schema_version": 2})", R"({"schema_version": 1})"}) {
    std::ofstream(path) << text;
    EXPECT_FALSE(load_stream_scenario(path).has_value()) << text;
  }
}

}  // namespace
}  // namespace sparq::verif
