// SPDX-License-Identifier: Apache-2.0
// Is a fault in a streaming array found, by the check that should see it? Each test plants one in a
// hand-written array.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "verif/harness/stream_checks.h"
#include "verif/tests/stream_fixture.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;

struct Bug {
  const char* name;
  const char* array;
  const char* from;
  const char* to;
  const char* caught_by;  // a test of the program that must fail
  StreamFaultKind kind;
  const char* says = "";  // part of what that test says
};

constexpr const char* kSteps = "steps and sets";
constexpr const char* kPauses = "pauses on every stream";
constexpr const char* kResets = "reset at any time";

const Bug kBugs[] = {
    {"SwappedLanes", kTensorCore, "step_activation_i[(r*Depth+k)*",
     "step_activation_i[(r*Depth+(k^1))*", kSteps, StreamFaultKind::kWrongBeat, "unit("},
    {"TransposedUnits", kTensorCore, "c*SliceBits+k*WeightBits",
     "(Cols-1-c)*SliceBits+k*WeightBits", kSteps, StreamFaultKind::kWrongBeat, "w "},
    {"LostAddend", kTensorCore, "sum = step_addend_i[(r*Cols+c)*AccumulatorBits+:AccumulatorBits];",
     "sum = r == 1 && c == 2 ? 0 : step_addend_i[(r*Cols+c)*AccumulatorBits+:AccumulatorBits];",
     kSteps, StreamFaultKind::kWrongBeat, "unit(1,2)"},
    {"SaturatesInsteadOfWrapping", kTensorCore,
     "sums[(r*Cols+c)*AccumulatorBits+:AccumulatorBits] = sum;",
     "sums[(r*Cols+c)*AccumulatorBits+:AccumulatorBits] = "
     "step_addend_i[(r*Cols+c+1)*AccumulatorBits-1] && !sum[AccumulatorBits-1] && "
     "step_addend_i[(r*Cols+c+1)*AccumulatorBits-2] == 0 ? {1'b1, {(AccumulatorBits-1){1'b0}}} : "
     "sum;",
     "operand patterns", StreamFaultKind::kWrongBeat, "addend -2147483648"},
    {"IndexSwap", kSparseTensorCore, "{30'd0, step_weight_i[slot+WeightBits+:2]}",
     "{30'd0, step_weight_i[slot+WeightBits], step_weight_i[slot+WeightBits+1]}", kSteps,
     StreamFaultKind::kWrongBeat, "unit("},
    {"SlotsShareAnIndex", kSparseTensorCore, "{30'd0, step_weight_i[slot+WeightBits+:2]}",
     "{30'd0, step_weight_i[c*SliceBits+k/2*2*SlotBits+WeightBits+:2]}", kSteps,
     StreamFaultKind::kWrongBeat, "unit("},
    {"StuckValid", kTensorCore, "clk_en_i && (full_q || arrives)", "clk_en_i", kSteps,
     StreamFaultKind::kUnexpectedBeat},
    {"NeverValid", kTensorCore, "clk_en_i && (full_q || arrives)", "clk_en_i && 1'b0", kSteps,
     StreamFaultKind::kWrongTime, "not there"},
    {"OneCycleLate", kTensorCore, "arrives = valid_q[Latency-1];",
     "arrives = late_q;\n  reg late_q;\n  always @(posedge clk_i) late_q <= valid_q[Latency-1];",
     kSteps, StreamFaultKind::kWrongTime, "not there"},
    {"OneCycleEarly", kTensorCore, "arrives = valid_q[Latency-1];", "arrives = valid_q[Latency-2];",
     kSteps, StreamFaultKind::kWrongTime, "before it is due"},
    {"BeatDroppedUnderStall", kTensorCore, "full_q <= (full_q || arrives) && !result_ready_i;",
     "full_q <= arrives && !result_ready_i && !full_q;", kPauses, StreamFaultKind::kChangedBeat},
    {"BeatWithdrawnUnderStall", kTensorCore, "clk_en_i && (full_q || arrives);",
     "clk_en_i && (full_q ? !again_q : arrives);\n  reg again_q;\n"
     "  always @(posedge clk_i) again_q <= full_q && !again_q;",
     kPauses, StreamFaultKind::kWithdrawnBeat},
    {"BeatChangesUnderStall", kTensorCore, "assign result_data_o  = full_q ? waiting_q : arriving;",
     "assign result_data_o  = arriving;", kPauses, StreamFaultKind::kChangedBeat},
    {"StepAcceptedAndLost", kTensorCore, "step_ready_o   = clk_en_i && !full_q;",
     "step_ready_o   = clk_en_i;", kPauses, StreamFaultKind::kWrongReady, "step_ready_o is 1"},
    {"ReadyFollowsReady", kTensorCore, "step_ready_o   = clk_en_i && !full_q;",
     "step_ready_o   = clk_en_i && (!full_q || result_ready_i);", kPauses,
     StreamFaultKind::kFollowsInput, "step_ready_o changes with result_ready_i"},
    {"ReadyWaitsForValid", kTensorCore, "step_ready_o   = clk_en_i && !full_q;",
     "step_ready_o   = clk_en_i && !full_q && (step_valid_i || !arrives);", kPauses,
     StreamFaultKind::kWrongReady, "step_ready_o is 0"},
    {"ReadyWhileFrozen", kTensorCore, "step_ready_o   = clk_en_i && !full_q;",
     "step_ready_o   = !full_q;", kPauses, StreamFaultKind::kNotHeld, "step_ready_o"},
    {"MovesWhileFrozen", kTensorCore, "if (clk_en_i && !full_q) begin\n      data_q",
     "if (!full_q) begin\n      data_q", kPauses, StreamFaultKind::kWrongBeat},
    {"ResetLeavesBeats", kTensorCore, "      valid_q <= 0;\n", "      valid_q[0] <= 0;\n", kResets,
     StreamFaultKind::kUnexpectedBeat},
    {"ResetLeavesTheBuffer", kTensorCore, "      full_q  <= 0;\n", "      full_q  <= full_q;\n",
     kResets, StreamFaultKind::kUnexpectedBeat},

    {"SkewOffByOne", kWeightStationary, "arriving = data_q[(Travel-1)*BeatBits+:BeatBits];",
     "arriving = {data_q[(Travel-1)*BeatBits+AccumulatorBits+:AccumulatorBits], "
     "data_q[(Travel-2)*BeatBits+:AccumulatorBits]};",
     kSteps, StreamFaultKind::kWrongBeat, "column 0"},
    {"RowsLoadedUpsideDown", kWeightStationary,
     "next_q <= {next_q[SetBits-Cols*WeightBits-1:0], load_weight_i};",
     "next_q <= {load_weight_i, next_q[SetBits-1:Cols*WeightBits]};", kSteps,
     StreamFaultKind::kWrongBeat, "column"},
    {"SwappedOneStepLate", kWeightStationary, "weights = held_swap_q ? next_q : used_q;",
     "weights = used_q;", kSteps, StreamFaultKind::kWrongBeat, "step 0 of its weights"},
    {"OverwrittenTooEarly", kWeightStationary, "load_ready_o   = advance && !complete;",
     "load_ready_o   = advance;", kSteps, StreamFaultKind::kWrongReady, "load_ready_o is 1"},
    {"SecondSetWritesTheFirst", kWeightStationary, "if (issue && held_swap_q) used_q <= next_q;",
     "if (issue && held_swap_q) used_q <= next_q;\n      else if (load && loaded_q == 1) "
     "used_q[WeightBits-1:0] <= load_weight_i[WeightBits-1:0];",
     kSteps, StreamFaultKind::kWrongBeat, "column 0"},
    {"SwapsBeforeComplete", kWeightStationary, "complete = loaded_q == Rows;",
     "complete = loaded_q + 1 >= Rows;", kSteps, StreamFaultKind::kWrongReady},
    {"LoadResumesLate", kWeightStationary, "if (issue && held_swap_q) loaded_q <= 0;",
     "if (issue && !held_swap_q && complete) loaded_q <= 0;\n        else if (issue && "
     "held_swap_q) "
     "loaded_q <= Rows;",
     kSteps, StreamFaultKind::kWrongReady},
    {"HeldStepLost", kWeightStationary, "held_q  <= accept || (held_q && !issue);",
     "held_q  <= accept;", kSteps, StreamFaultKind::kWrongReady, "step_ready_o is 1"},
    {"ResetKeepsASet", kWeightStationary, "      loaded_q    <= 0;\n", "", kResets,
     StreamFaultKind::kWrongReady},
    {"ResetKeepsTheHeldStep", kWeightStationary, "      held_q      <= 0;\n", "", kResets,
     StreamFaultKind::kWrongTime},
};

class StreamBugsTest : public testing::TestWithParam<Bug> {};

TEST_P(StreamBugsTest, IsCaught) {
  const Bug& bug = GetParam();
  const gen::Output sound = hand_written(hand_written_config(bug.array));
  gen::Output output = sound;
  replace_in(output.modules.back().text, bug.from, bug.to);
  const fs::path directory = fs::path(testing::TempDir()) / ("stream_" + std::string(bug.name));
  fs::create_directories(directory);
  CheckOptions options;
  options.case_dir = directory;
  const auto checks = check_stream(output, options);
  if (!checks) host::report(checks.error());
  ASSERT_TRUE(checks.has_value());
  const auto check =
      std::ranges::find_if(*checks, [&](const Check& one) { return one.title == bug.caught_by; });
  ASSERT_NE(check, checks->end());
  ASSERT_FALSE(check->passed);
  EXPECT_NE(check->detail.find(std::string(": ") + std::string(to_text(bug.kind)) + " at beat"),
            std::string::npos)
      << check->detail;
  EXPECT_NE(check->detail.find(bug.says), std::string::npos) << check->detail;

  // Its case file fails alone, and the sound array passes it.
  ASSERT_FALSE(check->case_file.empty());
  const auto scenario = load_stream_scenario(check->case_file);
  ASSERT_TRUE(scenario.has_value());
  const auto again = rerun_stream_case(output, *scenario, "");
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(again->passed);
  EXPECT_EQ(again->detail, check->detail);
  const auto mended = rerun_stream_case(sound, *scenario, "");
  ASSERT_TRUE(mended.has_value());
  EXPECT_TRUE(mended->passed) << mended->detail;
  fs::remove_all(directory);
}

INSTANTIATE_TEST_SUITE_P(All, StreamBugsTest, testing::ValuesIn(kBugs),
                         [](const auto& named) { return std::string(named.param.name); });

TEST(StreamWaveTest, ShowsTheFailingCycles) {
  gen::Output output = hand_written(hand_written_config(kTensorCore));
  replace_in(output.modules.back().text, kBugs[0].from, kBugs[0].to);
  const auto program = stream_program(output.config, stream_shape(output.config), Level::kQuick, 1);
  const fs::path wave = fs::path(testing::TempDir()) / "a stream's wave.fst";
  fs::remove(wave);
  const auto check = rerun_stream_case(output, program[0].scenarios.back(), wave);
  ASSERT_TRUE(check.has_value());
  EXPECT_FALSE(check->passed);
  EXPECT_GT(fs::file_size(wave), 100u);
}

}  // namespace
}  // namespace sparq::verif
