// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/library.h"

namespace sparq::gen {

using verilog::Interface;
using verilog::Num;

Interface skew_line() {
  const Num width = Num::symbol("Width");
  return {"sparq_skew_line",
          {{"Width", 8, 1, ""}, {"Depth", 1, 0, ""}, {"ClockGating", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"enable_i", true, 1},
           {"data_i", true, width},
           {"data_o", false, width}}};
}

Interface clock_gate() {
  return {"sparq_clock_gate", {}, {{"clk_i", true, 1}, {"enable_i", true, 1}, {"clk_o", false, 1}}};
}

Interface control_register() {
  const Num width = Num::symbol("Width");
  return {"sparq_control_register",
          {{"Width", 1, 1, ""}, {"AsyncReset", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"rst_ni", true, 1},
           {"enable_i", true, 1},
           {"data_i", true, width},
           {"data_o", false, width}}};
}

Interface skid_buffer() {
  const Num width = Num::symbol("Width");
  return {"sparq_skid_buffer",
          {{"Width", 8, 1, ""}, {"AsyncReset", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"rst_ni", true, 1},
           {"in_valid_i", true, 1},
           {"in_ready_o", false, 1},
           {"in_data_i", true, width},
           {"out_valid_o", false, 1},
           {"out_ready_i", true, 1},
           {"out_data_o", false, width}}};
}

Interface tile_gate() {
  return {"sparq_tile_gate",
          {{"Rows", 16, 1, ""}, {"Latency", 18, 1, ""}, {"AsyncReset", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"rst_ni", true, 1},
           {"enable_i", true, 1},
           {"step_valid_i", true, 1},
           {"step_ready_o", false, 1},
           {"step_first_i", true, 1},
           {"step_last_i", true, 1},
           {"load_o", false, 1},
           {"issue_o", false, 1},
           {"issue_first_o", false, 1},
           {"issue_last_o", false, 1},
           {"row_valid_o", false, 1},
           {"row_last_o", false, 1}}};
}

Interface weight_gate() {
  const Num rows = Num::symbol("Rows");
  return {"sparq_weight_gate",
          {{"Rows", 16, 1, ""}, {"Latency", 32, 1, ""}, {"AsyncReset", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"rst_ni", true, 1},
           {"enable_i", true, 1},
           {"load_valid_i", true, 1},
           {"load_ready_o", false, 1},
           {"step_valid_i", true, 1},
           {"step_ready_o", false, 1},
           {"step_swap_i", true, 1},
           {"accept_o", false, 1},
           {"load_o", false, rows},
           {"swap_o", false, rows},
           {"result_valid_o", false, 1}}};
}

Interface stream_packer() {
  return {"sparq_stream_packer",
          {{"WordBits", 16, 1, ""}, {"MemoryBits", 32, 8, ""}, {"AsyncReset", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"rst_ni", true, 1},
           {"word_valid_i", true, 1},
           {"word_ready_o", false, 1},
           {"word_last_i", true, 1},
           {"word_data_i", true, Num::symbol("WordBits")},
           {"memory_valid_o", false, 1},
           {"memory_ready_i", true, 1},
           {"memory_last_o", false, 1},
           {"memory_data_o", false, Num::symbol("MemoryBits")}}};
}

Interface stream_unpacker() {
  return {"sparq_stream_unpacker",
          {{"WordBits", 16, 1, ""},
           {"MemoryBits", 32, 8, ""},
           {"LengthBits", 16, 1, ""},
           {"AsyncReset", 0, 0, ""}},
          {{"clk_i", true, 1},
           {"rst_ni", true, 1},
           {"row_words_i", true, Num::symbol("LengthBits")},
           {"memory_valid_i", true, 1},
           {"memory_ready_o", false, 1},
           {"memory_data_i", true, Num::symbol("MemoryBits")},
           {"word_valid_o", false, 1},
           {"word_ready_i", true, 1},
           {"word_last_o", false, 1},
           {"word_data_o", false, Num::symbol("WordBits")}}};
}

std::vector<LibraryModule> library_modules() {
  const std::string state = control_register().name;
  return {
      {skew_line(), "a word delayed by Depth cycles", std::nullopt},
      {clock_gate(), "a clock that rests while it is not enabled", std::nullopt},
      {control_register(), "control state with reset", 1},
      {skid_buffer(), "a valid/ready stage that cuts the ready path", 0, {state}},
      {tile_gate(), "admits K steps to the array and announces its rows", std::nullopt, {state}},
      {weight_gate(),
       "admits weights and steps to the array and announces its results",
       std::nullopt,
       {state}},
      {stream_packer(), "rows of words, packed into memory words", 1, {state}},
      {stream_unpacker(), "memory words, unpacked into rows of words", 1, {state}}};
}

}  // namespace sparq::gen
