// SPDX-License-Identifier: Apache-2.0
// The test program of an emitted tensor core, sparse tensor core or weight-stationary array.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/harness/check.h"
#include "verif/harness/stream_run.h"

namespace sparq::verif {

// Scenarios that one check consists of.
struct StreamTest {
  std::string title;
  std::vector<StreamScenario> scenarios;
};

// The program: a pure function of its arguments. In every scenario both readys and result_valid_o
// are compared in every cycle with what the interface document says.
//   steps and sets: runs of 1 to 2 * Rows + 2 steps, back to back, with and without weights in
//   place pauses on every stream: singly and in bursts, alone and together, clk_en_i among them; no
//   output
//     follows an input that it must not depend on
//   reset at any time: mostly of one clock edge, with none where it is asynchronous
//   operand patterns: extremes, corners, sparse, one-hot
//   throughput: exactly the stated cycles
std::vector<StreamTest> stream_program(const spec::Config& config, const StreamShape& shape,
                                       Level level, uint64_t seed);

// Runs the program on the array of `output`, every scenario from two sets of initial values of the
// registers that reset does not touch.
host::Result<std::vector<Check>> check_stream(const gen::Output& output,
                                              const CheckOptions& options);

// The tests of the program at the quick level, each as a question to a model of the array of
// `output`, however it is built.
std::vector<Passes> stream_tests(const gen::Output& output, uint64_t seed);

// Runs a case file alone. `wave`, unless empty, receives an FST waveform of the failing cycles, or
// of everything when nothing fails.
host::Result<Check> rerun_stream_case(const gen::Output& output, const StreamScenario& scenario,
                                      const std::filesystem::path& wave);

}  // namespace sparq::verif
