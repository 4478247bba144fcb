// SPDX-License-Identifier: Apache-2.0
// Is a fault in a unit found, by the check that should find it? Each test plants one in the emitted
// text and sees it reported, kept as a case, and gone once the text is mended.
#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "app/host/output.h"
#include "verif/bench/units.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;

struct Bug {
  const char* name;
  const char* module;  // how its module's name ends
  std::vector<std::pair<std::string, std::string>> changes;
  const char* caught_by;  // part of the title of a check that must fail
};

constexpr const char* kProducts = "different encoded words x";

const std::vector<Bug>& bugs() {
  static const std::vector<Bug> list = {
      {"WrongShiftCode", "_trim_round", {{"fits[2] ? 3'd2", "fits[2] ? 3'd1"}}, "activations"},
      {"TiesAwayFromZero", "_trim_round", {{"trimmed[0])", "1'b1)"}}, "activations"},
      {"MovesUpOnOverflow",
       "_trim_round",
       {{"assign code_o =",
         "wire over;\n  wire [2:0] code;\n  assign code_o = code + {2'd0, over};\n"
         "  assign code ="},
        {" && !(&trimmed);", ";\n  assign over = round_up && (&trimmed) && code != 3'd4;"},
        {"digit_o = trimmed + {3'd0, round_up}",
         "digit_o = over ? 4'd8 : trimmed + {3'd0, round_up && !(&trimmed)}"}},
       "activations"},
      {"SwappedSelect",
       "_pair_encoder",
       {{"{second_alone, first_alone,", "{first_alone, second_alone,"}},
       "pairs of activations"},
      {"SignLost",
       "_lane",
       {{"* $signed(weight_i)", "* $signed({1'b0, weight_i})"}},
       "digits x shifts"},
      {"SwappedLaneWeights",
       "_pe",
       {{"activation_q1[15] ? weight_1 : weight_0", "activation_q1[15] ? weight_0 : weight_1"}},
       kProducts},
      {"NotCleared", "_pe", {{"first_q1 ? {", "first_q1 && 1'b0 ? {"}}, "first clears the sum"},
      {"EnableIgnored",
       "_pe",
       {{"if (enable) begin\n          activation_q",
         "if (enable || 1'b1) begin\n          activation_q"}},
       "enable low freezes"},
      {"CarryLostAtBit16",
       "_pe",
       {{"accumulator_q2 <= accumulator_d2;",
         "accumulator_q2 <= {(so_far[AccumulatorBits-1:16] + "
         "{(AccumulatorBits-16){step_sum[WeightBits+8]}}) | "
         "(accumulator_d2[AccumulatorBits-1:16] & {(AccumulatorBits-16){1'b0}}), "
         "accumulator_d2[15:0]};"}},
       "carry runs through every bit"},
      {"ResetShowsLast", "_pe", {{"last_q2 <= 1'b0;", "last_q2 <= 1'b1;"}}, "reset drops"},
      {"SkidBufferOverwrites",
       "_skid_buffer",
       {{"if (!full_q) data_q", "if (!full_q || in_valid_i) data_q"}},
       "words at random"},
      {"SkidBufferDoubles",
       "_skid_buffer",
       {{"(out_valid_o && !out_ready_i)",
         "(out_valid_o && (!out_ready_i || (full_q && in_valid_i)))"}},
       "words at random"},
      {"SkewLineIgnoresStalls",
       "sparq_skew_line",
       {{"if (enable) data_q <= data_i", "if (enable || 1'b1) data_q <= data_i"}},
       "requests and stalls"},
      {"ResetWaitsForEnable",
       "sparq_control_register",
       {{"end else begin : gen_synchronous\n      always @(posedge clk_i) begin\n        if "
         "(!rst_ni)",
         "end else begin : gen_synchronous\n      always @(posedge clk_i) begin\n        if "
         "(!rst_ni "
         "&& enable_i)"}},
       "requests and stalls"},
      {"RowsOfTilesOverlap",
       "sparq_tile_gate",
       {{"issue_last_o ? RowCount - One", "issue_last_o ? RowCount - One - One"}},
       "requests and stalls"},
      {"PackerGivesUnasked",
       "_stream_packer",
       {{"memory_valid_o && memory_ready_i", "memory_valid_o && (memory_ready_i || last_q)"}},
       "valid and ready"},
      {"PackerTrustsUnresetBits",
       "_stream_packer",
       {{"count_kept == None ?", "count_kept == None && last_q ?"}},
       "valid and ready"},
      {"PackerLeavesPadding",
       "_stream_packer",
       {{"memory_last_o ? None", "memory_last_o ? Word"}},
       "valid and ready"},
      {"UnpackerKeepsPadding",
       "_stream_unpacker",
       {{"last ? None : count_q - Word", "count_q - Word"}},
       "valid and ready"},
      {"UnpackerFetchesTheNextRow",
       "_stream_unpacker",
       {{"(last ? Word : Word + Word)", "(Word + Word)"}},
       "valid and ready"},
      {"NeighbourDropped",
       "_pe",
       {{"result_a_i | result_b_i |", "result_a_i | (result_b_i & {AccumulatorBits{last_q2}}) |"}},
       "results of both neighbours"}};
  return list;
}

// Small weights and sums make every check a matter of milliseconds.
const gen::Output& sound() {
  static const gen::Output output = generated(array_config(
      R"({"placements": "5opt"})", 2, 2, R"(, "weight_bits": 4, "accumulator_bits": 20)"));
  return output;
}

gen::Output with(const Bug& bug) {
  gen::Output output = sound();
  const auto module = std::ranges::find_if(
      output.modules, [&](const auto& m) { return m.name.ends_with(bug.module); });
  for (const auto& [from, to] : bug.changes) {
    const size_t at = module->text.find(from);
    if (at == std::string::npos) throw std::runtime_error("not in the text: " + from);
    module->text.replace(at, from.size(), to);
  }
  return output;
}

std::vector<Check> check_module(const gen::Output& output, const std::string& ending,
                                const fs::path& cases) {
  CheckOptions options;
  options.jobs = 2;
  options.case_dir = cases;
  for (const Task& task : unit_tasks(output, options)) {
    if (!task.label.ends_with(ending)) continue;
    auto checks = task.run();
    if (!checks) {
      host::report(checks.error());
      throw std::runtime_error("the module cannot be built");
    }
    return *checks;
  }
  throw std::runtime_error("no such module");
}

class UnitBugs : public testing::TestWithParam<Bug> {};

TEST_P(UnitBugs, IsCaughtAndReproduced) {
  const Bug& bug = GetParam();
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  const gen::Output broken = with(bug);
  const std::vector<Check> checks = check_module(broken, bug.module, cases.path());
  const auto caught = std::ranges::find_if(checks, [&](const Check& check) {
    return !check.passed && check.title.find(bug.caught_by) != std::string::npos;
  });
  ASSERT_NE(caught, checks.end());
  EXPECT_NE(caught->detail.find("expected 0b"), std::string::npos) << caught->detail;
  EXPECT_NE(caught->detail.find("seed 1"), std::string::npos) << caught->detail;
  ASSERT_TRUE(fs::exists(caught->case_file));

  const auto contents = load_case(caught->case_file);
  ASSERT_TRUE(contents);
  const fs::path wave = cases.path() / "failure.fst";
  const auto again = rerun_unit_case(broken, *contents, wave);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->passed);
  EXPECT_NE(again->detail.find("expected 0b"), std::string::npos);
  EXPECT_GT(fs::file_size(wave), 0u);
  const auto mended = rerun_unit_case(sound(), *contents, "");
  ASSERT_TRUE(mended);
  EXPECT_TRUE(mended->passed) << mended->detail;
}

// The run that a case was cut from may have left in a register what its seed does not begin with.
TEST(CasesOfUnitBugs, ACaseIsTriedWithOtherContentsOfRegisters) {
  const gen::Output broken =
      with({"ResetForgotten",
            "sparq_control_register",
            {{"end else begin : gen_synchronous\n      always @(posedge clk_i) begin\n        if "
              "(!rst_ni)",
              "end else begin : gen_synchronous\n      always @(posedge clk_i) begin\n        if "
              "(!rst_ni && enable_i)"}},
            ""});
  Vectors vectors({"rst_ni", "enable_i", "data_i"}, {"data_o"}, true);
  vectors.add(std::array<uint64_t, 3>{0, 0, 0}, std::array<std::optional<uint64_t>, 1>{});
  vectors.add(std::array<uint64_t, 3>{1, 0, 0}, std::array{std::optional<uint64_t>(0)});
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const CaseFile contents = {"sparq_control_register", "", seed, vectors};
    const auto again = rerun_unit_case(broken, contents, "");
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->passed) << "seed " << seed;
    const auto mended = rerun_unit_case(sound(), contents, "");
    ASSERT_TRUE(mended);
    EXPECT_TRUE(mended->passed) << mended->detail;
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, UnitBugs, testing::ValuesIn(bugs()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(UnitBugs, ALostCarryIsNotSeenByProductsAlone) {
  const Bug& bug = *std::ranges::find_if(
      bugs(), [](const Bug& b) { return std::string_view(b.name) == "CarryLostAtBit16"; });
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  for (const Check& check : check_module(with(bug), bug.module, cases.path())) {
    const bool products = check.title.find(kProducts) != std::string::npos;
    EXPECT_TRUE(check.passed || !products);
  }
}

}  // namespace
}  // namespace sparq::verif
