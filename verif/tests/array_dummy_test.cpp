// SPDX-License-Identifier: Apache-2.0
// What the array carries for datapaths that need it: weight encoder, side-sum and finish, through
// the same test program as every other array.
#include <algorithm>

#include "verif/dummy/offset_datapath.h"
#include "verif/harness/array_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

gen::Output dummy_array(int rows, int cols) {
  const spec::Config config = generated(array_config(R"({"kind": "int8"})", rows, cols)).config;
  auto output = gen::generate(config, offset_datapath(config),
                              (*host::data_directory() / "rtl" / "lib").string());
  EXPECT_TRUE(output.has_value());
  return std::move(*output);
}

void expect_all_pass(const gen::Output& output) {
  const auto checks = check_array(output, CheckOptions{});
  ASSERT_TRUE(checks.has_value());
  EXPECT_EQ(std::ranges::count_if(*checks, [](const Check& c) { return c.kind == "random"; }), 9);
  for (const Check& check : *checks) {
    EXPECT_TRUE(check.passed) << check.title << "\n" << check.detail;
    EXPECT_GT(check.cases, 0u) << check.title;
  }
}

TEST(ArrayDummyTest, SideSumsReachFinish) {
  const gen::Output output = dummy_array(3, 4);
  ASSERT_NE(output.find(gen::Role::kSideSum), nullptr);
  ASSERT_NE(output.find(gen::Role::kWeightEncoder), nullptr);
  expect_all_pass(output);
}

TEST(ArrayDummyTest, OneByOne) { expect_all_pass(dummy_array(1, 1)); }

struct Slip {
  const char* name;
  const char* module;  // end of the module's name
  const char* was;
  const char* is;
};

const Slip kSlips[] = {
    {"NotClearedAtTile", "_side_sum", "so_far = first_q1 ? ", "so_far = first_q1 && 1'b0 ? "},
    {"CountsWhileStalled", "_array",
     "u_side_sum (\n          .clk_i        (element_clk),\n          .rst_ni       (rst_ni),\n"
     "          .enable_i     (advance)",
     "u_side_sum (\n          .clk_i        (clk_i),\n          .rst_ni       (rst_ni),\n"
     "          .enable_i     (1'b1)"},
    {"OneCycleLate", "_array", ".Depth((ClusterCols+Cols-1)/ClusterCols),",
     ".Depth((ClusterCols+Cols-1)/ClusterCols+1),"},
};

class ArrayDummySlipTest : public testing::TestWithParam<Slip> {};

TEST_P(ArrayDummySlipTest, IsCaught) {
  gen::Output output = dummy_array(3, 2);
  bool slipped = false;
  for (gen::EmittedModule& module : output.modules) {
    const size_t at = module.text.find(GetParam().was);
    if (!module.name.ends_with(GetParam().module) || at == std::string::npos) continue;
    module.text.replace(at, std::string(GetParam().was).size(), GetParam().is);
    slipped = true;
  }
  ASSERT_TRUE(slipped);
  const auto checks = check_array(output, CheckOptions{});
  ASSERT_TRUE(checks.has_value());
  bool caught = false;
  for (const Check& check : *checks) caught = caught || !check.passed;
  EXPECT_TRUE(caught);
}

INSTANTIATE_TEST_SUITE_P(All, ArrayDummySlipTest, testing::ValuesIn(kSlips),
                         [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace sparq::verif
