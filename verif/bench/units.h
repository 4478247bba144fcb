// SPDX-License-Identifier: Apache-2.0
// Every unit of a generated design against the golden model.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/bench/case_file.h"
#include "verif/harness/check.h"
#include "verif/harness/model.h"

namespace sparq::verif {

// Checks that run together because they share a compiled model. Tasks are independent of each
// other and may run on different threads.
struct Task {
  std::string label;  // "sparq_sa16_5opt_pe"
  std::function<host::Result<std::vector<Check>>()> run;
};

// One task per unit; `output` and `options` must outlive them.
//   trim-and-round, encoder, lane, finish: exhaustive where inputs total at most 20 bits
//   pe: its product path in bulk, and its behaviour over time from two sets of initial values
//   weight-stationary pe: corner weights times every word, loads, swaps, sums and stalls
//   dot-product unit: every word with corner weights at every multiplier, then random ones
//   selection: every pattern of indices and empty slots
//   skid buffer: random words, valid and ready
//   skew line, control register, gates: random requests, stalls and resets
//   stream packer, unpacker: every pattern of stalls, random rows, to the cycle
// And one that fails when a module has no check of its own and is not listed as covered by the
// array's checks.
std::vector<Task> unit_tasks(const gen::Output& output, const CheckOptions& options);

// All of them, one after the other.
host::Result<std::vector<Check>> check_units(const gen::Output& output,
                                             const CheckOptions& options);

// Runs a case file alone. `wave`, unless empty, receives an FST waveform.
host::Result<Check> rerun_unit_case(const gen::Output& output, const CaseFile& contents,
                                    const std::filesystem::path& wave);

}  // namespace sparq::verif
