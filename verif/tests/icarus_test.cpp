// SPDX-License-Identifier: Apache-2.0
// Does the emitted bench pass on a sound design, fail on a faulty one, and say where?
#include <algorithm>

#include "verif/icarus/testbench.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

const gen::Output& design() {
  static const gen::Output output =
      generated(array_config(R"({"placements": "5opt"})", 3, 2, R"(, "accumulator_bits": 26)"));
  return output;
}

Check run(const gen::Output& output, const BenchVectors& vectors) {
  auto check = run_icarus(output, vectors);
  if (!check) {
    host::report(check.error());
    throw std::runtime_error("Icarus failed");
  }
  return *check;
}

gen::Output changed(const std::string& module, const std::string& from, const std::string& to,
                    gen::Output output = design()) {
  for (gen::EmittedModule& m : output.modules) {
    if (!m.name.ends_with(module)) continue;
    const size_t at = m.text.find(from);
    if (at == std::string::npos) throw std::runtime_error("not in the text: " + from);
    m.text.replace(at, from.size(), to);
  }
  return output;
}

TEST(Icarus, PassesWithACount) {
  const BenchVectors vectors = bench_vectors(design(), 1);
  const Check check = run(design(), vectors);
  EXPECT_TRUE(check.passed) << check.detail;
  EXPECT_EQ(check.cases, vectors.streams.back().beats.size() * 2);
  EXPECT_GE(check.cases, 90u);
}

TEST(Icarus, EveryFormatPasses) {
  for (const char* format :
       {R"({"placements": "7opt", "rounding": "trim"})", R"({"placements": "6opt"})",
        R"({"kind": "int8"})", R"({"kind": "int4x8"})",
        R"({"activation_bits": 5, "placements": [0, 1]})"}) {
    const gen::Output output = generated(array_config(format, 2, 3));
    const Check check = run(output, bench_vectors(output, 2));
    EXPECT_TRUE(check.passed) << format << check.detail;
  }
  const gen::Output encoded = generated(array_config("{}", 1, 2, R"(, "encoder": "none")"));
  const Check check = run(encoded, bench_vectors(encoded, 3));
  EXPECT_TRUE(check.passed) << check.detail;
}

TEST(Icarus, StreamingArraysPass) {
  for (const char* array :
       {R"("tensor_core", "rows": 2, "cols": 3, "depth": 8)",
        R"("sparse_tensor_core", "rows": 3, "cols": 2, "depth": 16)",
        R"("systolic", "dataflow": "weight_stationary", "rows": 3, "cols": 2)"}) {
    gen::Output output =
        generated(R"({"schema_version": 1, "format": {"placements": "3opt"}, "array": {"kind": )" +
                  std::string(array) + "}}");
    BenchVectors vectors = bench_vectors(output, 4);
    const Check check = run(output, vectors);
    EXPECT_TRUE(check.passed) << array << check.detail;
    vectors.streams.back().beats[7].bits[0] ^= 1;
    EXPECT_NE(run(output, vectors).detail.find("beat 7, row "), std::string::npos);
  }
}

TEST(Icarus, AWrongValueIsNamed) {
  BenchVectors vectors = bench_vectors(design(), 1);
  vectors.streams.back().beats[4].bits[0] ^= 1;  // row 1 of the second tile, column 0
  const Check check = run(design(), vectors);
  EXPECT_FALSE(check.passed);
  for (const char* text : {"FAIL: time ", "beat 4, row 1, column 0: expected ", ", got "}) {
    EXPECT_NE(check.detail.find(text), std::string::npos) << check.detail;
  }
}

TEST(Icarus, FaultyDesignsFail) {
  const struct {
    const char* module;
    const char* from;
    const char* to;
    const char* says;
  } faults[] = {
      {"_trim_round", "fits[2] ? 3'd2", "fits[2] ? 3'd1", "expected"},
      {"_lane", "* $signed(weight_i)", "* $signed({1'b0, weight_i})", "expected"},
      {"_pe", "first_q1 ? {", "first_q1 && 1'b0 ? {", "got x"},
      {"_skid_buffer", "if (!full_q) data_q", "if (1'b1) data_q", "changes or goes away"},
      {"_tile_gate", "assign row_last_o  = rows_left == One;", "assign row_last_o  = 1'b0;",
       "flags"},
      {"_tile_gate", "assign row_valid_o = rows_left != None;", "assign row_valid_o = 1'b1;",
       "beat"},
      {"_tile_gate", "assign step_ready_o  = enable_i && (", "assign step_ready_o  = 1'b0 && (",
       "no progress after 0 of"},
  };
  const BenchVectors vectors = bench_vectors(design(), 1);
  for (const auto& fault : faults) {
    SCOPED_TRACE(std::string(fault.module) + ": " + fault.to);
    const Check check = run(changed(fault.module, fault.from, fault.to), vectors);
    EXPECT_FALSE(check.passed);
    EXPECT_NE(check.detail.find(fault.says), std::string::npos) << check.detail;
  }
}

TEST(Icarus, DesignsThatIgnoreTheClockEnableFail) {
  for (const char* array : {R"("systolic", "rows": 3, "cols": 2)",
                            R"("systolic", "dataflow": "weight_stationary", "rows": 3, "cols": 2)",
                            R"("tensor_core", "rows": 2, "cols": 2, "depth": 4)"}) {
    SCOPED_TRACE(array);
    const gen::Output sound =
        generated(R"({"schema_version": 1, "clock_enable": true, "array": {"kind": )" +
                  std::string(array) + "}}");
    const std::vector<BenchVectors> seeds = {bench_vectors(sound, 1), bench_vectors(sound, 2),
                                             bench_vectors(sound, 3)};
    for (const BenchVectors& vectors : seeds) EXPECT_TRUE(run(sound, vectors).passed);
    const std::string& top = sound.top().name;
    for (const char* term : {"buffer_ready", "buffer_valid", "row_ready_i", "result_ready_i"}) {
      const std::string gated = std::string("clk_en_i && ") + term;
      if (sound.top().text.find(gated) == std::string::npos) continue;
      const gen::Output faulty = changed(top, gated, term, sound);
      EXPECT_TRUE(std::ranges::any_of(seeds, [&](const BenchVectors& vectors) {
        return run(faulty, vectors).detail.find("FAIL: ") != std::string::npos;
      })) << term;
    }
  }
}

TEST(Icarus, NoBeatsAreNoPass) {
  BenchVectors vectors = bench_vectors(design(), 1);
  vectors.streams.back().beats.clear();
  const auto check = run_icarus(design(), vectors);
  EXPECT_FALSE(check && check->passed);
}

}  // namespace
}  // namespace sparq::verif
