// SPDX-License-Identifier: Apache-2.0
// How fast a mapped module is: OpenSTA, run with synth/flow/timing.tcl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "app/host/cache.h"
#include "app/host/failure.h"
#include "app/host/tool.h"
#include "synth/flow.h"

namespace sparq::synth {

struct Timer {
  host::Tool sta;
  std::string script;  // flow/timing.tcl, its placeholder not yet filled in
  std::string port_register;
  std::string buffer;
};

// Finds OpenSTA, reads the script from `data_directory`/synth/flow, and the cells that stand around
// a module out of `library`, which is refused when it lacks them.
host::Result<Timer> prepare_timer(const std::filesystem::path& data_directory,
                                  const Library& library);

// Of one module between registers (see scalar_netlist.h), all below it included.
struct Timing {
  double slack_ns = 0;  // of the longest path from register to register; negative: too slow
  // The registers it runs between, as the Verilog names them with the instances they are in. A bit
  // of a port stands for the register outside.
  std::string from;
  std::string to;
  std::string path;     // the path as OpenSTA prints it
  int64_t buffers = 0;  // added for large fan-outs: in no area figure
};

double fmax_mhz(double clock_ns, double slack_ns);

// Times the module `key` of `mapped`; from the cache, when there is one that has it.
host::Result<Timing> time_module(const Timer& timer, const Flow& flow, const Mapped& mapped,
                                 const std::string& key, host::Cache* cache);

}  // namespace sparq::synth
