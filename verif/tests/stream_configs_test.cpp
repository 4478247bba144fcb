// SPDX-License-Identifier: Apache-2.0
// The program of streaming arrays on emitted ones of every kind of format and option.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/host/output.h"
#include "verif/harness/stream_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

void expect_all_pass(const std::string& config) {
  const auto checks = check_stream(generated(config), CheckOptions{});
  if (!checks) host::report(checks.error());
  ASSERT_TRUE(checks.has_value());
  EXPECT_EQ(std::ranges::count(*checks, "random", &Check::kind), 6);
  EXPECT_GE(std::ranges::count(*checks, "coverage", &Check::kind), 5);
  for (const Check& check : *checks) {
    EXPECT_TRUE(check.passed) << check.title << "\n" << check.detail;
    EXPECT_GT(check.cases, 0u) << check.title;
  }
}

std::string tensor_core(const std::string& kind, int rows, int cols, int depth,
                        const std::string& format, const std::string& more = "") {
  return R"({"format": )" + format + R"(, "array": {"kind": ")" + kind + R"(", "rows": )" +
         std::to_string(rows) + R"(, "cols": )" + std::to_string(cols) + R"(, "depth": )" +
         std::to_string(depth) + "}" + more + "}";
}

constexpr const char* k5opt = R"({"placements": "5opt"})";
constexpr const char* kEveryOption =
    R"(, "pipeline": {"after_multiply": true, "after_reduce": true}, "reset": "asynchronous",
       "clock_enable": true)";

TEST(StreamConfigsTest, TensorCore) { expect_all_pass(tensor_core("tensor_core", 2, 3, 6, k5opt)); }

TEST(StreamConfigsTest, TensorCoreOfOneUnit) {
  expect_all_pass(tensor_core("tensor_core", 1, 1, 2, R"({"placements": "7opt"})"));
}

TEST(StreamConfigsTest, TensorCoreWithEveryOption) {
  expect_all_pass(tensor_core("tensor_core", 2, 2, 8, R"({"placements": "6opt"})", kEveryOption));
}

TEST(StreamConfigsTest, TensorCoreSigned) {
  expect_all_pass(
      tensor_core("tensor_core", 2, 2, 4, R"({"placements": "3opt", "signed_activations": true})"));
}

TEST(StreamConfigsTest, TensorCoreEncoded) {
  expect_all_pass(tensor_core("tensor_core", 2, 1, 4, k5opt, R"(, "encoder": "none")"));
}

TEST(StreamConfigsTest, TensorCoreWide) {
  expect_all_pass(tensor_core("tensor_core", 1, 3, 10,
                              R"({"activation_bits": 12, "window_bits": 5, "placements": "0,3,7",
                                  "rounding": "trim", "vsparq": false})",
                              R"(, "weight_bits": 11, "accumulator_bits": 61)"));
}

TEST(StreamConfigsTest, SparseTensorCore) {
  expect_all_pass(tensor_core("sparse_tensor_core", 2, 3, 8, k5opt));
}

TEST(StreamConfigsTest, SparseTensorCoreWithEveryOption) {
  expect_all_pass(tensor_core("sparse_tensor_core", 1, 2, 12,
                              R"({"placements": "7opt", "signed_activations": true})",
                              kEveryOption));
}

// Words and steps of zeros, which hold what is behind them: one word, an odd number of them, two
// for a group.
TEST(StreamConfigsTest, ZeroGating) {
  const auto gated = [](const char* stages) {
    return std::string(R"(, "zero_gating": true, "pipeline": {)") + stages + "}";
  };
  const std::string multiply = gated(R"("after_multiply": true)");
  const std::string reduce = gated(R"("after_reduce": true)");
  const std::string both = gated(R"("after_multiply": true, "after_reduce": true)");
  expect_all_pass(tensor_core("tensor_core", 2, 2, 6, k5opt, both));
  expect_all_pass(tensor_core("tensor_core", 1, 2, 1, R"({"kind": "int8"})", multiply));
  expect_all_pass(tensor_core("tensor_core", 2, 1, 4, R"({"kind": "int4x8"})",
                              reduce + R"(, "clock_enable": true)"));
  expect_all_pass(tensor_core("sparse_tensor_core", 1, 2, 4, k5opt, both));
  expect_all_pass(tensor_core("sparse_tensor_core", 2, 1, 8, R"({"kind": "int8"})", both));
  expect_all_pass(tensor_core("sparse_tensor_core", 1, 2, 12,
                              R"({"placements": "7opt", "signed_activations": true})", multiply));
}

TEST(StreamConfigsTest, TensorCoreBaselines) {
  expect_all_pass(tensor_core("tensor_core", 2, 2, 3, R"({"kind": "int8"})"));
  expect_all_pass(tensor_core("tensor_core", 2, 2, 4, R"({"kind": "int4x8"})"));
  expect_all_pass(tensor_core("sparse_tensor_core", 2, 2, 4,
                              R"({"kind": "int8", "signed_activations": true})"));
  expect_all_pass(tensor_core("sparse_tensor_core", 2, 2, 8, R"({"kind": "int4x8"})"));
}

std::string weight_stationary(const std::string& format, int rows, int cols,
                              const std::string& more = "") {
  return R"({"format": )" + format +
         R"(, "array": {"kind": "systolic", "dataflow": "weight_stationary", "rows": )" +
         std::to_string(rows) + R"(, "cols": )" + std::to_string(cols) + "}" + more + "}";
}

TEST(StreamConfigsTest, WeightStationary) {
  expect_all_pass(weight_stationary(k5opt, 3, 2));
  expect_all_pass(weight_stationary(R"({"placements": "6opt"})", 2, 3, kEveryOption));
}

TEST(StreamConfigsTest, WeightStationaryBaselines) {
  expect_all_pass(weight_stationary(R"({"kind": "int8"})", 1, 3));
  expect_all_pass(weight_stationary(R"({"kind": "int4x8"})", 2, 1));
}

// A fault in an emitted weight-stationary array.
struct Bug {
  const char* name;
  const char* module;  // how its module's name ends
  const char* from;
  const char* to;
  const char* caught_by;  // a test of the program that must fail
  StreamFaultKind kind;
};

const Bug kBugs[] = {
    {"SwappedOneStepLate", "_ws_pe", "if (enable && swap_i)", "if (enable && swap_q1)",
     "steps and sets", StreamFaultKind::kWrongBeat},
    {"ShadowOverwrittenEarly", "_weight_gate", "enable_i && !complete_q;", "enable_i;",
     "steps and sets", StreamFaultKind::kWrongReady},
    {"LostAddend", "_array", "(addend_q)", "(col == 1 ? {AccumulatorBits{1'b0}} : addend_q)",
     "steps and sets", StreamFaultKind::kWrongBeat},
    {"LoadDroppedBesideAStep", "_weight_gate", "assign load_o[row]  = load;",
     "assign load_o[row]  = load && !issue;", "steps and sets", StreamFaultKind::kWrongBeat}};

class StreamBugsInEmittedTest : public testing::TestWithParam<Bug> {};

TEST_P(StreamBugsInEmittedTest, IsCaught) {
  const Bug& bug = GetParam();
  gen::Output output = generated(weight_stationary(k5opt, 3, 2));
  const auto module = std::ranges::find_if(
      output.modules, [&](const auto& m) { return m.name.ends_with(bug.module); });
  ASSERT_NE(module, output.modules.end());
  const size_t at = module->text.find(bug.from);
  ASSERT_NE(at, std::string::npos);
  module->text.replace(at, std::string(bug.from).size(), bug.to);
  const host::Temporary cases = host::Temporary::directory_in(testing::TempDir());
  CheckOptions options;
  options.case_dir = cases.path();
  const auto checks = check_stream(output, options);
  ASSERT_TRUE(checks.has_value());
  const auto check =
      std::ranges::find_if(*checks, [&](const Check& one) { return one.title == bug.caught_by; });
  ASSERT_NE(check, checks->end());
  EXPECT_FALSE(check->passed);
  EXPECT_NE(check->detail.find(std::string(to_text(bug.kind)) + " at beat"), std::string::npos)
      << check->detail;
}

INSTANTIATE_TEST_SUITE_P(All, StreamBugsInEmittedTest, testing::ValuesIn(kBugs),
                         [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace sparq::verif
