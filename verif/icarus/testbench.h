// SPDX-License-Identifier: Apache-2.0
// A self-checking bench in Verilog-2005 for an emitted design: no C++ needed to run it.
#pragma once

#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/harness/check.h"
#include "verif/icarus/bench_vectors.h"

namespace sparq::verif {

struct BenchFile {
  std::string name;  // "sparq_sa16_5opt_array_tb.v"
  std::string text;
};

// What stands in bench/ beside rtl/ and files.f:
//   TOP_tb.v                 clock, reset, the design between its streams; prints PASS or FAIL
//   sparq_bench_source.v     offers a stream's beats
//   sparq_bench_sink.v       compares a stream's beats
//   STREAM.hex               the beats
//   run.sh                   runs it under Icarus; exit status 0 for PASS
host::Result<std::vector<BenchFile>> bench_files(const gen::Output& output,
                                                 const BenchVectors& vectors);

// Runs the bench of `output` under Icarus: a check of kind "icarus".
host::Result<std::vector<Check>> check_icarus(const gen::Output& output,
                                              const CheckOptions& options);

// The same with vectors of the caller's.
host::Result<Check> run_icarus(const gen::Output& output, const BenchVectors& vectors);

}  // namespace sparq::verif
