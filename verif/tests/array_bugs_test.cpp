// SPDX-License-Identifier: Apache-2.0
// Is a fault in an array found? Each test plants one in the emitted text of a small array.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "verif/harness/array_checks.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;

struct Bug {
  const char* name;
  const char* module;  // how its module's name ends
  const char* from;
  const char* to;
  const char* caught_by;  // a test of the program that must fail
  const char* says;       // part of what that test says
};

const gen::Output& sound_array() {
  static const gen::Output output =
      generated(array_config(R"({"kind": "sparq", "placements": "5opt"})", 3, 2));
  return output;
}

gen::Output with_bug(const Bug& bug) {
  gen::Output output = sound_array();
  const auto module = std::ranges::find_if(
      output.modules, [&](const auto& m) { return m.name.ends_with(bug.module); });
  if (module == output.modules.end()) throw std::runtime_error("no such module");
  const size_t at = module->text.find(bug.from);
  if (at == std::string::npos) throw std::runtime_error("the text to be replaced is not there");
  module->text.replace(at, std::string(bug.from).size(), bug.to);
  return output;
}

constexpr const char* kAnnouncement =
    "u_announcement (\n      .clk_i   (clk_i),\n      .rst_ni  (rst_ni";

constexpr Bug kBugs[] = {
    {"RowsAlwaysValid", "skid_buffer", "out_valid_o = full_q || in_valid_i;",
     "out_valid_o = full_q || in_valid_i || 1'b1;", "GEMM shapes", "no accepted tile explains"},
    {"RowsNeverValid", "skid_buffer", "out_valid_o = full_q || in_valid_i;",
     "out_valid_o = (full_q || in_valid_i) && 1'b0;", "GEMM shapes", "no progress"},
    {"LostTileClear", "_pe", "first_q1 ? {", "first_q1 && 1'b0 ? {", "GEMM shapes", "PE("},
    {"SwappedWeights", "_pe", "activation_q1[15] ? weight_1 : weight_0",
     "activation_q1[15] ? weight_0 : weight_1", "GEMM shapes", "lane0"},
    {"ShortSkew", "_array", ".Depth(row)", ".Depth(row == 1 ? 0 : row)", "GEMM shapes", "PE(1,"},
    {"OneDeadElement", "_array", "assign weight = gen_row[row-1].gen_col[col].weight_south;",
     "assign weight = gen_row[row-1].gen_col[col].weight_south & "
     "{2*WeightBits{!(row == 2 && col == 1)}};",
     "GEMM shapes", "PE(2,1)"},
    {"DrainOverrun", "tile_gate", "held_last_q && (spacing_q != None);",
     "held_last_q && (spacing_q != None) && 1'b0;", "short tiles, cycle by cycle", "tile"},
    {"DrainOverrunByOne", "tile_gate", "issue_last_o ? RowCount - One :",
     "issue_last_o ? RowCount - One - One :", "short tiles, cycle by cycle", "tile"},
    {"SpacingTooWide", "tile_gate", "issue_last_o ? RowCount - One :", "issue_last_o ? RowCount :",
     "short tiles, cycle by cycle", "wrong time"},
    {"ReadyBlinks", "tile_gate", "enable_i && (!held_q || !hold_back);",
     "enable_i && (!held_q || !hold_back) && (spacing_q != One);", "throughput",
     "instead of exactly"},
    {"ReadyWaitsForValid", "tile_gate", "enable_i && (!held_q || !hold_back);",
     "enable_i && (!held_q || !hold_back) && step_valid_i;", "stalls on every stream",
     "step_ready_o changes with step_valid_i"},
    {"RowWaitsForReady", "skid_buffer",
     "out_valid_o = full_q || in_valid_i;\n"
     "  assign out_data_o  = full_q ? data_q : in_data_i;\n\n"
     "  sparq_control_register #(\n"
     "      .AsyncReset(AsyncReset)\n"
     "  ) u_full (\n"
     "      .clk_i   (clk_i),\n"
     "      .rst_ni  (rst_ni),\n"
     "      .enable_i(1'b1),\n"
     "      .data_i  (out_valid_o && !out_ready_i),",
     "out_valid_o = (full_q || in_valid_i) && out_ready_i;\n"
     "  assign out_data_o  = full_q ? data_q : in_data_i;\n\n"
     "  sparq_control_register #(\n"
     "      .AsyncReset(AsyncReset)\n"
     "  ) u_full (\n"
     "      .clk_i   (clk_i),\n"
     "      .rst_ni  (rst_ni),\n"
     "      .enable_i(1'b1),\n"
     "      .data_i  ((full_q || in_valid_i) && !out_ready_i),",
     "stalls on every stream", "row_valid_o changes with row_ready_i"},
    {"LastRowFlag", "tile_gate", "rows_left == One;", "rows_left == RowCount;", "GEMM shapes",
     "row_last_o"},
    {"BubblesAreSteps", "_array", "activation_q & {16{issue}};",
     "activation_q | {16{issue && 1'b0}};", "stalls on every stream", "PE("},
    {"SkidLosesRow", "skid_buffer", "if (!full_q) data_q", "if (!full_q || 1'b1) data_q",
     "stalls on every stream", ": wrong row in tile"},
    {"RowWithdrawn", "skid_buffer", "out_valid_o = full_q || in_valid_i;",
     "out_valid_o = full_q ? !again_q : in_valid_i;\n  reg again_q;\n"
     "  always @(posedge clk_i) again_q <= full_q && !again_q;",
     "stalls on every stream", "a row withdrawn"},
    {"StrayRowAfterTheLastTile", "tile_gate", "assign row_valid_o = rows_left != None;",
     "reg [2:0] stray_q;\n  always @(posedge clk_i) stray_q <= rst_ni ? {stray_q[1:0], "
     "row_last_o} : 3'd0;\n  assign row_valid_o = rows_left != None || stray_q == 3'b100;",
     "GEMM shapes", "a row that no accepted tile explains"},
    {"RowsOneCycleLate", "tile_gate", "first_row = last_q[Latency-1];",
     "first_row = late_q;\n  reg late_q;\n  always @(posedge clk_i) late_q <= rst_ni && "
     "last_q[Latency-1];",
     "GEMM shapes", "the row is due in cycle"},
    {"ClockIgnoresStall", "clock_gate", "enable_q <= enable_i;",
     "enable_q <= enable_i || enable_q;", "stalls on every stream", "PE("},
    {"ResetForgetsRows", "tile_gate", kAnnouncement,
     "u_announcement (\n      .clk_i   (clk_i),\n      .rst_ni  (rst_ni || last_q[0]",
     "reset at any time", "no accepted tile explains"},
    {"ResetForgetsSkid", "skid_buffer", ".rst_ni  (rst_ni", ".rst_ni  (rst_ni || 1'b1",
     "reset at any time", "no accepted tile explains"},
    {"StartsFromLuckyValues", "tile_gate", kAnnouncement,
     "u_announcement (\n      .clk_i   (clk_i),\n      .rst_ni  (rst_ni || 1'b1", "GEMM shapes",
     " in tile "},
    {"SaturatesInsteadOfWrapping", "_pe", "accumulator_q2 <= accumulator_d2;",
     "accumulator_q2 <= accumulator_q2[AccumulatorBits-1] && !first_q1 && step_sum[WeightBits+8] "
     "&& "
     "!accumulator_d2[AccumulatorBits-1] ? {1'b1, {(AccumulatorBits-1){1'b0}}} : accumulator_d2;",
     "accumulator wraps", "PE("},
};

class ArrayBugsTest : public testing::TestWithParam<Bug> {};

TEST_P(ArrayBugsTest, IsCaught) {
  const Bug& bug = GetParam();
  const gen::Output output = with_bug(bug);
  const fs::path directory = fs::path(testing::TempDir()) / ("array_" + std::string(bug.name));
  fs::create_directories(directory);
  CheckOptions options;
  options.case_dir = directory;
  const auto checks = check_array(output, options);
  ASSERT_TRUE(checks.has_value());
  const auto check =
      std::ranges::find_if(*checks, [&](const Check& one) { return one.title == bug.caught_by; });
  ASSERT_NE(check, checks->end());
  EXPECT_FALSE(check->passed);
  EXPECT_NE(check->detail.find(bug.says), std::string::npos) << check->detail;

  // Its case file fails alone, and the sound array passes it.
  ASSERT_FALSE(check->case_file.empty());
  const auto scenario = load_scenario(check->case_file);
  ASSERT_TRUE(scenario.has_value());
  const auto again = rerun_array_case(output, *scenario, "");
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(again->passed);
  // Where the fault shows may depend on initial values, which another model draws in another order.
  EXPECT_FALSE(again->detail.empty());
  const auto sound = rerun_array_case(sound_array(), *scenario, "");
  ASSERT_TRUE(sound.has_value());
  EXPECT_TRUE(sound->passed) << sound->detail;
  fs::remove_all(directory);
}

INSTANTIATE_TEST_SUITE_P(All, ArrayBugsTest, testing::ValuesIn(kBugs),
                         [](const auto& named) { return std::string(named.param.name); });

TEST(ArrayWaveTest, ShowsTheFailingCyclesOnly) {
  const gen::Output output = with_bug(kBugs[2]);
  const auto program = array_program(output.config, array_shape(output.config), Level::kQuick, 1);
  const fs::path wave = fs::path(testing::TempDir()) / "a wave.fst";
  fs::remove(wave);
  const auto check = rerun_array_case(output, program[0].scenarios.back(), wave);
  ASSERT_TRUE(check.has_value());
  EXPECT_FALSE(check->passed);
  EXPECT_GT(fs::file_size(wave), 100u);
}

TEST(ArrayWaveTest, ReplacesAnOldFile) {
  const auto program =
      array_program(sound_array().config, array_shape(sound_array().config), Level::kQuick, 1);
  const fs::path wave = fs::path(testing::TempDir()) / "an old wave.fst";
  std::ofstream(wave) << "old";
  const auto check = rerun_array_case(sound_array(), program[0].scenarios[0], wave);
  ASSERT_TRUE(check.has_value());
  EXPECT_TRUE(check->passed);
  EXPECT_GT(fs::file_size(wave), 100u);
  fs::remove(wave);
}

// A waveform of a file that stays as it was is no success.
TEST(ArrayWaveTest, ADirectoryInItsPlaceIsTheUsersProblem) {
  const auto program =
      array_program(sound_array().config, array_shape(sound_array().config), Level::kQuick, 1);
  const fs::path wave = fs::path(testing::TempDir()) / "a directory.fst";
  fs::create_directories(wave);
  const auto check = rerun_array_case(sound_array(), program[0].scenarios[0], wave);
  ASSERT_FALSE(check.has_value());
  EXPECT_TRUE(std::holds_alternative<spec::Problems>(check.error()));
  fs::remove(wave);
}

TEST(ArrayWaveTest, UnwritableIsTheUsersProblem) {
  const auto program =
      array_program(sound_array().config, array_shape(sound_array().config), Level::kQuick, 1);
  const auto check =
      rerun_array_case(sound_array(), program[0].scenarios[0], "/nowhere at all/a.fst");
  ASSERT_FALSE(check.has_value());
  EXPECT_TRUE(std::holds_alternative<spec::Problems>(check.error()));
}

TEST(ModelTest, LintIsAnError) {
  gen::Output output = sound_array();
  std::string& text = output.modules.back().text;
  text.insert(text.rfind("endmodule"), "  wire [3:0] never_used = 5'd1;\n");
  auto simulator = Simulator::open();
  ASSERT_TRUE(simulator.has_value());
  const auto model = simulator->build(output, output.top().name);
  ASSERT_FALSE(model.has_value());
  const auto* error = std::get_if<host::ToolError>(&model.error());
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->tool, "verilator");
  EXPECT_NE(error->lines.find("never_used"), std::string::npos) << error->lines;
}

}  // namespace
}  // namespace sparq::verif
