// SPDX-License-Identifier: Apache-2.0
// The harness of streaming arrays on arrays that are right: hand-written ones.
#include <gtest/gtest.h>

#include "golden/gemm.h"
#include "golden/sparse24.h"
#include "verif/harness/stream_checks.h"
#include "verif/rtl_engine.h"
#include "verif/tests/stream_fixture.h"

namespace sparq::verif {
namespace {

void expect_all_pass(const gen::Output& output) {
  const auto checks = check_stream(output, CheckOptions{});
  if (!checks) host::report(checks.error());
  ASSERT_TRUE(checks.has_value());
  EXPECT_EQ(checks->size(), 6u);
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

// A whole GEMM, bit for bit, and the cycles that its blocks and steps explain.
template <class Check>
void multiply(const gen::Output& output, size_t m, size_t n, size_t k, Check check) {
  const bool sparse = stream_shape(output.config).sparse;
  Rng rng(m * 100 + n * 10 + k);
  golden::Matrix<uint8_t> a(m, k);
  golden::Matrix<int8_t> w(n, k);
  for (auto& x : a.data) x = static_cast<uint8_t>(rng.next());
  for (auto& x : w.data) x = static_cast<int8_t>(rng.next());
  if (sparse) w = golden::prune24(w);
  const auto result = gemm_rtl(a, w, output);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->mismatch, "");
  EXPECT_EQ(result->product, sparse
                                 ? golden::gemm_sparse24_reference(a, w, output.config.format, 32)
                                 : golden::gemm_reference(a, w, output.config.format, 32));
  check(*result);
}

TEST(StreamEngineTest, TensorCores) {
  const gen::Output dense = hand_written(hand_written_config(kTensorCore));  // 2 x 3 x 4
  // 3 x 3 blocks of 3 steps, as many in turn as hide the latency of 2: no step waits.
  multiply(dense, 5, 8, 11, [](const RtlResult& result) {
    EXPECT_EQ(result.cycles, 3u * 3 * 3 + 2);
    EXPECT_DOUBLE_EQ(result.macs_per_cycle, 5.0 * 8 * 11 / 29);
    EXPECT_DOUBLE_EQ(result.utilization, 5.0 * 8 * 11 / 29 / 24);
  });
  // One block alone waits for its sums: a step every third cycle.
  multiply(dense, 1, 1, 40, [](const RtlResult& result) { EXPECT_EQ(result.cycles, 9u * 3 + 3); });
  const gen::Output sparse = hand_written(hand_written_config(kSparseTensorCore));  // 2 x 2 x 8
  multiply(sparse, 7, 6, 50,
           [](const RtlResult& result) { EXPECT_EQ(result.cycles, 4u * 3 * 7 + 3); });
}

TEST(StreamEngineTest, WeightStationary) {
  const gen::Output output = hand_written(hand_written_config(kWeightStationary));  // 3 x 2
  // 9 rows a set: sets are loaded in time; the first takes 3 cycles, of which the first step
  // sees 2.
  multiply(output, 9, 5, 10,
           [](const RtlResult& result) { EXPECT_EQ(result.cycles, 9u * 3 * 4 + 6 + 2); });
  // Two rows only: every set waits until it is loaded, 4 cycles each.
  multiply(output, 2, 5, 10,
           [](const RtlResult& result) { EXPECT_LE(result.cycles, 4u * 3 * 4 + 6 + 3); });
}

TEST(StreamEngineTest, MismatchShowsTheOperands) {
  gen::Output output = hand_written(hand_written_config(kTensorCore));
  replace_in(output.modules.back().text, "x}\n", "x & 8'hfe}\n");
  const golden::Matrix<uint8_t> a(3, 5, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 27, 2});
  const golden::Matrix<int8_t> w(2, 5, {0, 0, 0, 0, 0, 1, 1, 1, -3, 1});
  const auto result = gemm_rtl(a, w, output);
  ASSERT_TRUE(result.has_value());
  for (const char* part : {"wrong beat", "block (1,0)", "C[2,1]: expected ", "(engine fast)",
                           "x 00011011  w -3", "step   3"}) {
    EXPECT_NE(result->mismatch.find(part), std::string::npos) << part << "\n" << result->mismatch;
  }
}

}  // namespace
}  // namespace sparq::verif
