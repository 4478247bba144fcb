// SPDX-License-Identifier: Apache-2.0
// From one design's Verilog to its mapped netlist: Yosys, run with synth/flow's scripts, on each
// module by itself. A module's netlist depends on nothing but that module, the library, the clock
// and the tools: not on the design around it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/host/cache.h"
#include "app/host/failure.h"
#include "app/host/tool.h"
#include "synth/liberty.h"
#include "synth/netlist.h"
#include "synth/scratch.h"

namespace sparq::synth {

// What every design of a comparison shares.
struct Flow {
  host::Tool yosys;
  std::string elaborate;  // flow/elaborate.ys, its placeholders not yet filled in
  std::string script;     // flow/map.ys, likewise
  std::string mapping;    // flow/map.abc
  std::string operators;  // flow/operators.v
  std::string barriers;   // flow/barriers.v
  Library library;
  double clock_ns = 0;
  bool flatten = true;  // logic into the units that hold it, as in isolate.h
};

// Finds Yosys and reads the scripts from `data_directory`/synth/flow.
host::Result<Flow> prepare_flow(const std::filesystem::path& data_directory, Library library,
                                double clock_ns);

struct Mapped {
  std::vector<SourceFile> scripts;  // as they ran; in that of each module stands its name
  Netlist netlist;
  std::string verilog;
  std::string log;
  std::string structures = {};  // Structures as JSON: to be read when there is need
};

// Synthesizes `top` and all below it, at most `jobs` modules at a time. What was synthesized
// before, a design or a module, with the same library, scripts and version of Yosys, comes from the
// cache, when there is one.
host::Result<Mapped> map_design(const Flow& flow, const std::string& top,
                                const std::vector<SourceFile>& sources, int jobs,
                                host::Cache* cache);

}  // namespace sparq::synth
