// SPDX-License-Identifier: Apache-2.0
// The program of streaming arrays on emitted ones of every kind of format and option.
#include <gtest/gtest.h>

#include "verif/harness/stream_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

void expect_all_pass(const std::string& config) {
  const auto checks = check_stream(generated(config), CheckOptions{});
  if (!checks) host::report(checks.error());
  ASSERT_TRUE(checks.has_value());
  EXPECT_EQ(checks->size(), 5u);
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

TEST(StreamConfigsTest, TensorCoreBaselines) {
  expect_all_pass(tensor_core("tensor_core", 2, 2, 3, R"({"kind": "int8"})"));
  expect_all_pass(tensor_core("tensor_core", 2, 2, 4, R"({"kind": "int4x8"})"));
  expect_all_pass(tensor_core("sparse_tensor_core", 2, 2, 4,
                              R"({"kind": "int8", "signed_activations": true})"));
  expect_all_pass(tensor_core("sparse_tensor_core", 2, 2, 8, R"({"kind": "int4x8"})"));
}

}  // namespace
}  // namespace sparq::verif
