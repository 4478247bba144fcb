// SPDX-License-Identifier: Apache-2.0
// Are false claims disproved? Every specification has faults planted in the emitted text it is
// compared with, one at a time.
#include "verif/tests/proofs_fixture.h"

namespace sparq::verif {
namespace {

const std::vector<Fault>& faults() {
  static const std::vector<Fault> list = {
      {"WrongShiftCode",
       sparq_5opt,
       "_trim_round",
       {{"fits[2] ? 3'd2", "fits[2] ? 3'd1"}},
       "trim_round",
       "wrong_code",
       "activation_i=0x"},
      {"TiesAwayFromZero",
       sparq_5opt,
       "_trim_round",
       {{"(sticky || trimmed[0])", "1'b1"}},
       "trim_round",
       "wrong_digit",
       "activation_i=0x"},
      {"OverflowLeavesTheWindow",
       sparq_5opt,
       "_trim_round",
       {{" && !(&trimmed)", ""}},
       "trim_round",
       "wrong_digit",
       "activation_i=0x"},
      {"StickyBitMissed",
       sparq_6opt,
       "_trim_round",
       {{"|activation_i[3:0]", "|activation_i[3:1]"}},
       "pair_encoder",
       "wrong_digit",
       "first_i=0x"},
      {"SwappedSelect",
       sparq_5opt,
       "_pair_encoder",
       {{"{second_alone, first_alone,", "{first_alone, second_alone,"}},
       "pair_encoder",
       "wrong_select",
       "second_i=0x"},
      {"SurvivorInLowWindow",
       sparq_6opt,
       "_pair_encoder",
       {{"(survivor_code == 2'd1) ? 3'd4", "(survivor_code == 2'd1) ? 3'd3"}},
       "pair_encoder",
       "wrong_code_1",
       "first_i=0x"},
      {"SwappedDigits",
       int4x8,
       "_static4_encoder",
       {{"activation_o[3:0]", "activation_o[x]"},
        {"activation_o[7:4]", "activation_o[3:0]"},
        {"activation_o[x]", "activation_o[7:4]"}},
       "static4_properties",
       "wrong_digit",
       "first_i=0x"},
      {"FinishShiftsShort",
       int4x8,
       "_finish",
       {{"{accumulator_i[AccumulatorBits-5:0], 4'd0}",
         "{1'b0, accumulator_i[AccumulatorBits-5:0], 3'd0}"}},
       "static4_finish",
       "wrong_result",
       "sum_i=0x"},
      {"SignLost",
       sparq_5opt,
       "_lane",
       {{"* $signed(weight_i)", "* $signed({1'b0, weight_i})"}},
       "lane",
       "wrong_product",
       "weight_i=0x"},
      {"ShiftOneShort",
       sparq_5opt,
       "_lane",
       {{"<< code_i[1:0]", "<< code_i[0]"}},
       "lane",
       "wrong_product",
       "code_i=0x"},
      {"WordDoubled",
       sparq_5opt,
       "sparq_skid_buffer",
       {{".data_i  (out_valid_o && !out_ready_i)",
         ".data_i  (out_valid_o && (!out_ready_i || (full_q && in_valid_i)))"}},
       "skid_buffer",
       "",
       "out_ready_i="},
      {"WordOverwritten",
       sparq_5opt,
       "sparq_skid_buffer",
       {{"if (!full_q) data_q", "if (!full_q || in_valid_i) data_q"}},
       "skid_buffer",
       "",
       "in_data_i=0x"},
      {"ResetForgotten",
       sparq_5opt,
       "sparq_control_register",
       {{"end else begin : gen_synchronous\n      always @(posedge clk_i) begin\n"
         "        if (!rst_ni) data_q",
         "end else begin : gen_synchronous\n      always @(posedge clk_i) begin\n"
         "        if (1'b0) data_q"}},
       "skid_buffer",
       "",
       "cycle 1"},
      {"LineTooShort",
       sparq_5opt,
       "sparq_skew_line",
       {{"assign data_o = gen_stage[Depth-1]", "assign data_o = gen_stage[0]"}},
       "skew_line",
       "wrong_word",
       "follow_i=1"},
      {"LineIgnoresEnable",
       sparq_5opt,
       "sparq_skew_line",
       {{"if (enable) data_q <= data_i", "data_q <= data_i"}},
       "skew_line",
       "wrong_word",
       "enable_i=0"},
      {"TilesTooClose",
       sparq_5opt,
       "sparq_tile_gate",
       {{"issue_last_o ? RowCount - One", "issue_last_o ? RowCount - One - One"}},
       "tile_gate",
       "",
       "step_last_i=1"},
      {"RowAnnouncedTwice",
       sparq_5opt,
       "sparq_tile_gate",
       {{"row_valid_o ? rows_left - One", "row_valid_o && !row_last_o ? rows_left - One"},
        {": None, last_d", ": row_last_o ? One : None, last_d"}},
       "tile_gate",
       "wrong_row",
       "step_last_i=1"},
      {"PackedOneBitLow",
       sparq_5opt,
       "sparq_stream_packer",
       {{"(word << count_kept)", "(word << (count_kept - (count_kept > Memory)))"}},
       "stream_packer",
       "wrong_",
       "word_data_i=0x"},
      {"PaddingNotCleared",
       sparq_5opt,
       "sparq_stream_packer",
       {{"count_kept == None ? {Capacity{1'b0}}\n                                  : give",
         "give"}},
       "stream_packer",
       "wrong_",
       "word_data_i=0x"},
      {"RowsRunTogether",
       sparq_5opt,
       "sparq_stream_packer",
       {{"!last_q && (count_q < Memory + Word)", "(count_q < Memory + Word)"}},
       "stream_packer",
       "wrong_word_ready",
       "word_last_i=1"},
      {"PaddingKept",
       sparq_5opt,
       "sparq_stream_unpacker",
       {{": last ? None : count_q - Word", ": count_q - Word"}},
       "stream_unpacker",
       "wrong_",
       "memory_data_i=0x"},
      {"NextRowTaken",
       sparq_5opt,
       "sparq_stream_unpacker",
       {{"(last ? Word : Word + Word)", "(Word + Word)"}},
       "stream_unpacker",
       "wrong_memory_ready",
       "word_ready_i="},
      {"WordOfAnotherWidth",
       sparq_5opt,
       "5opt_stream_unpacker",
       {{".WordBits(16)", ".WordBits(15)"}},
       "stream_unpacker",
       "wrong_",
       "memory_data_i=0x"}};
  return list;
}

class ProofFaults : public testing::TestWithParam<Fault> {};

TEST_P(ProofFaults, AreDisprovedWithTheirInputs) {
  const Fault& fault = GetParam();
  const gen::Output broken = changed(fault.design(), fault.module, fault.changes);
  // Which of several sizes shows a fault is the fault's affair.
  int disproved = 0;
  for (const Claim& claim : claims_of(broken, fault.properties)) {
    const Check check = checked(broken, claim);
    EXPECT_GT(check.cases, 0u);
    if (check.passed) continue;
    ++disproved;
    EXPECT_NE(check.detail.find("disproved: " + std::string(fault.broken)), std::string::npos)
        << check.detail;
    EXPECT_NE(check.detail.find(fault.inputs), std::string::npos) << check.detail;
  }
  EXPECT_GT(disproved, 0);
}

INSTANTIATE_TEST_SUITE_P(Planted, ProofFaults, testing::ValuesIn(faults()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(ProofFaults, OfSelectionAreDisproved) {
  const struct {
    Changes changes;
    const char* broken;
  } planted[] = {{{{"(index1_i == 2'd1)", "(index1_i == 2'd0)"}}, "wrong_second"},
                 {{{"& {8{used0_i}}", "| {8{1'b0}}"}}, "wrong_first"}};
  for (const auto& fault : planted) {
    const gen::Output broken = changed(sparse_core(), "_selection", fault.changes);
    const Check check = checked(broken, claims_of(broken, "selection").front());
    EXPECT_FALSE(check.passed);
    EXPECT_NE(check.detail.find("disproved: " + std::string(fault.broken)), std::string::npos)
        << check.detail;
  }
}

}  // namespace
}  // namespace sparq::verif
