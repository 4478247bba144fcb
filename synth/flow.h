// SPDX-License-Identifier: Apache-2.0
// From one design's Verilog to its mapped netlist: Yosys, run with synth/flow's script.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/host/cache.h"
#include "app/host/failure.h"
#include "app/host/tool.h"
#include "synth/liberty.h"
#include "synth/netlist.h"

namespace sparq::synth {

struct SourceFile {
  std::string name;  // "sparq_sa16_5opt_pe.v"
  std::string text;
};

// What every design of a comparison shares.
struct Flow {
  host::Tool yosys;
  std::string script;   // flow/synth.ys, its placeholders not yet filled in
  std::string mapping;  // flow/map.abc
  Library library;
  double clock_ns = 0;
};

// Finds Yosys and reads the scripts from `data_directory`/synth/flow.
host::Result<Flow> prepare_flow(const std::filesystem::path& data_directory, Library library,
                                double clock_ns);

struct Mapped {
  std::string script;  // as it ran
  Netlist netlist;
  std::string verilog;
  std::string log;
};

// Synthesizes `top` and all below it. The same design with the same library, scripts and version of
// Yosys comes from the cache, when there is one.
host::Result<Mapped> map_design(const Flow& flow, const std::string& top,
                                const std::vector<SourceFile>& sources, host::Cache* cache);

}  // namespace sparq::synth
