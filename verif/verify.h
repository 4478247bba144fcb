// SPDX-License-Identifier: Apache-2.0
// Everything `sparq verify` does with a generated design.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/host/failure.h"
#include "app/host/output.h"
#include "gen/generate.h"
#include "verif/bench/units.h"
#include "verif/certificate.h"
#include "verif/harness/check.h"

namespace sparq::verif {

// Called as each of `total` independent tasks ends, one call at a time.
using OnProgress = std::function<void(size_t done, size_t total)>;

// Every check as a task, the longest first: the array's is the first of them. `output` and
// `options` must outlive them.
std::vector<Task> check_tasks(const gen::Output& output, const CheckOptions& options);

// All of them; options.jobs tasks at a time, the longest first. A module that cannot be
// simulated because its text is refused is a failed check, not a failed tool.
host::Result<Report> run_checks(const gen::Output& output, const CheckOptions& options,
                                const OnProgress& on_progress);

// Runs a case file of this design alone; problems name the file. `wave`, unless empty, receives an
// FST waveform.
host::Result<Check> rerun_case(const gen::Output& output, const std::filesystem::path& path,
                               const std::filesystem::path& wave);

// A table, one line per check.
std::string summary(const Report& report);

// verify.json, verify.xml (JUnit), certificate.json and manifest.json, beside cases/.
spec::Checked<void> write_results(host::OutputDirectory& directory, const gen::Output& output,
                                  const CheckOptions& options, const Report& report);

}  // namespace sparq::verif
