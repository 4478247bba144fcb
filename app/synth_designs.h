// SPDX-License-Identifier: Apache-2.0
// What the generator emits, as `sparq synth` takes it.
#pragma once

#include <filesystem>
#include <vector>

#include "gen/generate.h"
#include "synth/curves.h"
#include "synth/report.h"

namespace sparq::app {

synth::Design design_of(const gen::Output& output);

// All of them generated; `data` holds rtl/lib.
spec::Checked<std::vector<synth::Design>> designs_of(const std::vector<spec::Config>& configs,
                                                     const std::filesystem::path& data);

// `config` and its baselines under every setting of `pipeline`, whatever the configuration says,
// each as an array of one row: its units are those of the whole array, in the same proportions.
spec::Checked<std::vector<synth::PipelinedDesigns>> pipelined_designs(
    const spec::Config& config, const std::filesystem::path& data);

}  // namespace sparq::app
