// SPDX-License-Identifier: Apache-2.0
// The array's test program on small arrays of every kind of format.
#include <algorithm>

#include "verif/harness/array_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

void expect_all_pass(const gen::Output& output, size_t tests) {
  const auto checks = check_array(output, CheckOptions{});
  if (!checks) host::report(checks.error());
  ASSERT_TRUE(checks.has_value());
  const auto of_kind = [&](const char* kind) {
    return std::ranges::count(*checks, kind, &Check::kind);
  };
  EXPECT_EQ(of_kind("random"), static_cast<ptrdiff_t>(tests));
  EXPECT_GE(of_kind("coverage"), 4);
  for (const Check& check : *checks) {
    EXPECT_TRUE(check.passed) << check.title << "\n" << check.detail;
    EXPECT_GT(check.cases, 0u) << check.title;
  }
}

void expect_all_pass(const std::string& config, size_t tests) {
  expect_all_pass(generated(config), tests);
}

constexpr const char* k5opt = R"({"kind": "sparq", "placements": "5opt"})";
constexpr const char* kInt8 = R"({"kind": "int8"})";
constexpr const char* kInt4x8 = R"({"kind": "int4x8"})";

TEST(ArrayConfigsTest, Sparq3x2) { expect_all_pass(array_config(k5opt, 3, 2), 9); }

TEST(ArrayConfigsTest, OneByOne) { expect_all_pass(array_config(k5opt, 1, 1), 9); }

TEST(ArrayConfigsTest, TallAndWide) {
  expect_all_pass(array_config(k5opt, 5, 1), 9);
  expect_all_pass(array_config(k5opt, 1, 5), 9);
}

TEST(ArrayConfigsTest, Baselines) {
  expect_all_pass(array_config(kInt8, 2, 3), 9);
  expect_all_pass(array_config(kInt4x8, 3, 3), 9);
}

TEST(ArrayConfigsTest, ActivationsArriveEncoded) {
  expect_all_pass(array_config(k5opt, 3, 2, R"(, "encoder": "none")"), 9);
}

TEST(ArrayConfigsTest, NarrowAccumulatorWraps) {
  expect_all_pass(array_config(k5opt, 2, 2, R"(, "accumulator_bits": 19)"), 9);
}

// 2^63 is out of reach, so there is nothing to say about wrapping.
TEST(ArrayConfigsTest, WideAccumulator) {
  expect_all_pass(array_config(k5opt, 2, 2, R"(, "accumulator_bits": 64)"), 8);
}

// The text of one configuration with the parameters of another, as an integrator sets them, is that
// other array. Only the array's own defaults are touched: what it instantiates must follow.
TEST(ArrayConfigsTest, OverriddenParameters) {
  gen::Output small = generated(
      R"({"format": {"placements": "5opt"}, "array": {"rows": 3, "cols": 5, "cluster_cols": 2},
          "weight_bits": 5, "accumulator_bits": 20})");
  // An array whose elements have enables instead of a clock that rests.
  for (gen::Parameter& p : small.modules.back().parameters) {
    if (p.name == "ClockGating") p.value = 0;
  }
  gen::Output output = generated(array_config(k5opt, 16, 16));
  gen::EmittedModule& top = output.modules.back();
  const gen::EmittedModule& wanted = small.top();
  ASSERT_EQ(top.parameters.size(), 6u);
  ASSERT_EQ(wanted.parameters.size(), top.parameters.size());
  for (size_t i = 0; i < top.parameters.size(); ++i) {
    const gen::Parameter& from = top.parameters[i];
    const gen::Parameter& to = wanted.parameters[i];
    ASSERT_EQ(from.name, to.name);
    ASSERT_NE(from.value, to.value);
    const size_t name = top.text.find("parameter " + from.name + ' ');
    ASSERT_NE(name, std::string::npos);
    const std::string value = "= " + std::to_string(from.value);
    const size_t at = top.text.find(value, name);
    ASSERT_LT(at, top.text.find('\n', name));
    top.text.replace(at, value.size(), "= " + std::to_string(to.value));
  }
  top.parameters = wanted.parameters;
  top.ports = wanted.ports;
  output.config = small.config;
  output.signature = small.signature;
  expect_all_pass(output, 9);
}

// Every pair of options meets in one of these.
TEST(ArrayConfigsTest, PipelineResetClockEnableZeroGating) {
  const auto options = [](bool multiply, bool reduce, const char* reset, bool enable, bool gating) {
    const auto text = [](bool b) { return std::string(b ? "true" : "false"); };
    return R"(, "pipeline": {"after_multiply": )" + text(multiply) + R"(, "after_reduce": )" +
           text(reduce) + R"(}, "reset": ")" + reset + R"(", "clock_enable": )" + text(enable) +
           R"(, "zero_gating": )" + text(gating);
  };
  expect_all_pass(array_config(k5opt, 3, 2, options(true, false, "asynchronous", true, true)), 9);
  expect_all_pass(array_config(kInt8, 2, 3, options(true, true, "synchronous", false, true)), 9);
  expect_all_pass(array_config(kInt4x8, 2, 2, options(false, true, "asynchronous", true, true)), 9);
  expect_all_pass(array_config(k5opt, 1, 1, options(false, false, "synchronous", true, true)), 9);
  expect_all_pass(array_config(k5opt, 2, 2, options(true, true, "asynchronous", false, false)), 9);
}

TEST(ArrayConfigsTest, WideOperands) {
  expect_all_pass(array_config(R"({"kind": "sparq", "activation_bits": 12, "window_bits": 5,
                                   "placements": "0,3,7", "rounding": "trim", "vsparq": false})",
                               2, 3, R"(, "weight_bits": 11, "accumulator_bits": 40)"),
                  9);
}

}  // namespace
}  // namespace sparq::verif
