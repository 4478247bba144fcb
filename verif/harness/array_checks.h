// SPDX-License-Identifier: Apache-2.0
// The test program of an emitted output-stationary array.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/harness/check.h"
#include "verif/harness/scenario_run.h"

namespace sparq::verif {

// Scenarios that one check consists of.
struct ArrayTest {
  std::string title;
  std::vector<Scenario> scenarios;
};

// The program: a pure function of its arguments.
//   GEMM shapes: M, N or K of 1, odd K, edges that do not fill the array
//   short tiles: 1, rows - 1, rows and rows + 1 steps, back to back, to the cycle
//   stalls: every stream pauses at random, singly and in bursts; no output follows an input that it
//     must not depend on
//   continued sums: tiles that do not clear
//   reset: in mid-tile, while results leave, and while they wait; mostly of one clock edge, as is
//     the first reset of every scenario
//   operand patterns: extremes, corners, sparse, one-hot, every window and rounding
//   wrap: sums beyond P bits, where a tile of reasonable length can reach them
//   throughput: at least 16 tiles of K >= 512, at least 97 % of the peak
std::vector<ArrayTest> array_program(const spec::Config& config, const ArrayShape& shape,
                                     Level level, uint64_t seed);

// Runs the program on the array of `output`, with coverage monitors in it: where everything passes,
// what they saw is checked too. Every scenario runs from two sets of initial values
// of the registers that reset does not touch, and takes the same cycles from both.
host::Result<std::vector<Check>> check_array(const gen::Output& output,
                                             const CheckOptions& options);

// The same for an array whose arithmetic is stated by `datapath`.
host::Result<std::vector<Check>> check_array(const gen::Output& output, const Datapath& datapath,
                                             const CheckOptions& options);

// The tests of the program at the quick level, each as a question to a model of the array of
// `output`, however it is built.
std::vector<Passes> array_tests(const gen::Output& output, uint64_t seed);

// Runs a case file alone. `wave`, unless empty, receives an FST waveform of the failing cycles, or
// of everything when nothing fails.
host::Result<Check> rerun_array_case(const gen::Output& output, const Scenario& scenario,
                                     const std::filesystem::path& wave);

}  // namespace sparq::verif
