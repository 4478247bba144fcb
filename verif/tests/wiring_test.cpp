// SPDX-License-Identifier: Apache-2.0
// Wiring at every size, and miswired arrays that must be noticed.
#include "verif/wiring/wiring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

void expect_wired(const gen::Output& output, const Size& size) {
  const auto check = check_wiring(output, size);
  ASSERT_TRUE(check.has_value());
  EXPECT_TRUE(check->passed) << output.config.name << " " << size.rows << " x " << size.cols << "\n"
                             << check->detail;
  // Six tiles or steps at the least.
  EXPECT_GE(check->cases, static_cast<uint64_t>(6 * size.rows * size.cols));
}

class WiringSizes : public testing::TestWithParam<std::tuple<const char*, int>> {};

TEST_P(WiringSizes, EveryElementMeetsItsOperands) {
  const auto& [json, rows] = GetParam();
  const gen::Output output = generated(json);
  for (const int cols : {1, 2, 3, 4, 5, 8, 16}) expect_wired(output, {rows, cols});
}

INSTANTIATE_TEST_SUITE_P(
    All, WiringSizes,
    testing::Combine(testing::Values("{}", R"({"array": {"dataflow": "weight_stationary"}})",
                                     R"({"array": {"kind": "tensor_core"}})",
                                     R"({"array": {"kind": "sparse_tensor_core"}})"),
                     testing::Values(1, 2, 3, 4, 5, 8, 16)));

TEST(WiringTest, EveryFormatAndOption) {
  for (const char* format : {R"("kind": "int8")", R"("kind": "int4x8")", R"("placements": "2opt")",
                             R"("placements": "7opt", "vsparq": false)"}) {
    expect_wired(generated(std::string(R"({"format": {)") + format + "}}"), {3, 4});
  }
  const std::string stationary = R"({"array": {"dataflow": "weight_stationary"}, )";
  for (const char* rest :
       {R"("format": {"kind": "int8"}})", R"("format": {"kind": "int4x8"}})",
        R"("format": {"placements": "6opt"}})", R"("format": {"signed_activations": true}})",
        R"("weight_bits": 2, "accumulator_bits": 16, "format": {"kind": "int8"}})",
        R"("encoder": "none"})",
        R"("pipeline": {"after_multiply": true, "after_reduce": true}, "zero_gating": true,
           "clock_enable": true, "reset": "asynchronous"})"}) {
    expect_wired(generated(stationary + rest), {5, 3});
  }
  for (const char* kind : {"tensor_core", "sparse_tensor_core"}) {
    for (const char* format : {R"("kind": "int8")", R"("kind": "int4x8")",
                               R"("placements": "6opt")", R"("signed_activations": true)"}) {
      expect_wired(generated(std::string(R"({"array": {"kind": ")") + kind + R"("}, "format": {)" +
                             format + "}}"),
                   {2, 3});
    }
  }
  expect_wired(generated(R"({"array": {"kind": "tensor_core", "depth": 6}, "encoder": "none",
                             "pipeline": {"after_multiply": true, "after_reduce": true},
                             "clock_enable": true, "reset": "asynchronous"})"),
               {3, 2});
  expect_wired(generated(R"({"pipeline": {"after_multiply": true}, "clock_enable": true})"),
               {3, 2});
  expect_wired(generated(R"({"encoder": "none"})"), {4, 3});
  expect_wired(generated(R"({"weight_bits": 2, "format": {"kind": "int8"}})"), {5, 2});
}

struct Miswiring {
  const char* json;
  const char* module;  // ending of its name
  const char* from;
  const char* to;
};

void PrintTo(const Miswiring& bug, std::ostream* out) { *out << bug.module << ": " << bug.to; }

class WiringBugs : public testing::TestWithParam<Miswiring> {};

TEST_P(WiringBugs, IsNoticed) {
  const Miswiring& bug = GetParam();
  gen::Output output = generated(bug.json);
  const auto module = std::ranges::find_if(
      output.modules, [&](const auto& m) { return m.name.ends_with(bug.module); });
  ASSERT_NE(module, output.modules.end());
  const size_t at = module->text.find(bug.from);
  ASSERT_NE(at, std::string::npos) << module->text;
  module->text.replace(at, std::string(bug.from).size(), bug.to);
  const auto check = check_wiring(output, {3, 4});
  ASSERT_TRUE(check.has_value());
  EXPECT_FALSE(check->passed);
  EXPECT_NE(check->detail.find("MISWIRED"), std::string::npos) << check->detail;
}

constexpr const char* kClusters = R"({"array": {"cluster_cols": 2}})";

INSTANTIATE_TEST_SUITE_P(
    OutputStationary, WiringBugs,
    testing::Values(
        Miswiring{"{}", "_array", "step_activation_i[16*row +: 16]",
                  "step_activation_i[16*(Rows-1-row) +: 16]"},
        Miswiring{kClusters, "_array", ".Depth(col/ClusterCols)",
                  ".Depth(col == 2 ? 0 : col/ClusterCols)"},
        Miswiring{kClusters, "_array", "(col%ClusterCols) != 0", "(col%ClusterCols) != 1"},
        Miswiring{"{}", "_array", "gen_row[row-1].gen_col[col].weight_south",
                  "gen_row[row-1].gen_col[col == 2 ? 1 : col].weight_south"},
        Miswiring{"{}", "sparq_tile_gate", "rows_left == One", "rows_left == One + One"},
        Miswiring{kClusters, "_array", "-(col/ClusterCols)", "-(col/ClusterCols)+(col == 1)"},
        Miswiring{"{}", "sparq_tile_gate", "rows_left != None", "rows_left != None && 1'b0"}));

constexpr const char* kStationary = R"({"array": {"dataflow": "weight_stationary"}})";

INSTANTIATE_TEST_SUITE_P(
    WeightStationary, WiringBugs,
    testing::Values(
        Miswiring{kStationary, "_array", "step_activation_i[16*row +: 16]",
                  "step_activation_i[16*(Rows-1-row) +: 16]"},
        Miswiring{kStationary, "_array", ".Depth(col)", ".Depth(col == 2 ? 1 : col)"},
        Miswiring{kStationary, "_array", ".Depth(col+1)", ".Depth(col == 2 ? 2 : col+1)"},
        Miswiring{kStationary, "_array", ".Depth(row)", ".Depth(row == 2 ? 1 : row)"},
        Miswiring{kStationary, "_array", "gen_row[row-1].gen_col[col].weight_south",
                  "gen_row[row-1].gen_col[col == 2 ? 1 : col].weight_south"},
        Miswiring{kStationary, "_array", "gen_row[row-1].gen_col[col].sum_south",
                  "gen_row[row-1].gen_col[Cols-1-col].sum_south"},
        Miswiring{kStationary, "_array", "= swap[row]", "= swap[row == 2 ? 1 : row]"},
        Miswiring{kStationary, "_array", "Cols-col-1", "Cols-col-1+(col == 1)"},
        Miswiring{kStationary, "sparq_weight_gate", "RowCount - One - loads_q", "loads_q"},
        Miswiring{kStationary, "sparq_weight_gate", "(gen_row[row-1].rows_to_pass != None)",
                  "1'b1"},
        Miswiring{kStationary, "sparq_weight_gate", "held_swap_q && !complete_q",
                  "held_swap_q && 1'b0"}));

constexpr const char* kDense = R"({"array": {"kind": "tensor_core"}})";
constexpr const char* kSparse = R"({"array": {"kind": "sparse_tensor_core"}})";

INSTANTIATE_TEST_SUITE_P(
    TensorCore, WiringBugs,
    testing::Values(
        Miswiring{kDense, "_tensor_core", "gen_north[col].", "gen_north[col == 1 ? 2 : col]."},
        Miswiring{kDense, "_tensor_core", "gen_west[row].", "gen_west[0]."},
        Miswiring{kDense, "_tensor_core", "addend[AccumulatorBits*col +: AccumulatorBits]",
                  "addend[AccumulatorBits*(Cols-1-col) +: AccumulatorBits]"},
        Miswiring{kDense, "_tensor_core", "step_activation[16*word +: 16]",
                  "step_activation[16*(3-word) +: 16]"},
        Miswiring{kSparse, "_tensor_core", "{|value_1, index_1, |value_0, index_0}",
                  "{|value_1, index_0, |value_0, index_1}"},
        Miswiring{kSparse, "_tensor_core", "value_q2 <= value_q1", "value_q2 <= value_d1"}));

}  // namespace
}  // namespace sparq::verif
