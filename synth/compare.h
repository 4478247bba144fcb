// SPDX-License-Identifier: Apache-2.0
// A configuration, its baselines, and the whole comparison in one call.
#pragma once

#include <functional>
#include <vector>

#include "golden/spec/config.h"
#include "synth/report.h"

namespace sparq::synth {

// The configuration itself, then the baselines int8 and int4x8 with the same array, weights,
// accumulator, activations, encoder and options; a configuration that is one of them stands once.
// A tensor core's baselines have as many multiplying units: half its depth for int8, its depth for
// int4x8. A baseline that would be illegal is left out.
std::vector<spec::Config> with_baselines(const spec::Config& config);

struct Comparison {
  std::vector<Design> designs;
  std::vector<Mapped> mapped;  // of designs[i]
  Report report;
};

// Synthesizes all designs, at most `jobs` at a time. `on_done` is called as each ends, one call at
// a time.
host::Result<Comparison> compare(const Flow& flow, std::vector<Design> designs, int jobs,
                                 host::Cache* cache, const std::function<void()>& on_done = {});

// Beyond, a row keeps no timing: OpenSTA would take minutes.
inline constexpr int64_t kMaxTimedCells = 1'000'000;

// Adds the timing of every row, at most `jobs` of them at a time. `on_done` as above.
host::Result<void> add_timing(const Timer& timer, const Flow& flow, int jobs, host::Cache* cache,
                              Comparison& comparison, const std::function<void()>& on_done = {});

// A part of the design of that name: a smaller array of the same units.
struct EnergyRun {
  Design part;
  Operands operands;
};

// Adds the energy of the units of `runs`. `on_done` as above.
host::Result<void> add_energy(const PowerMeter& meter, const Flow& flow,
                              const std::vector<EnergyRun>& runs, host::Cache* cache,
                              Comparison& comparison, const std::function<void()>& on_done = {});

}  // namespace sparq::synth
