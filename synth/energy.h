// SPDX-License-Identifier: Apache-2.0
// What a multiply-accumulate costs: a mapped array is simulated on operands, and OpenSTA turns how
// often each pin of a unit toggles into power.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/host/cache.h"
#include "app/host/failure.h"
#include "app/host/tool.h"
#include "synth/flow.h"

namespace sparq::synth {

struct PowerMeter {
  host::Tool iverilog;
  host::Tool sta;
  std::string cells;  // flow/cells.ys
  std::string power;  // flow/power.tcl, its placeholders not yet filled in
};

host::Result<PowerMeter> prepare_power_meter(const std::filesystem::path& data_directory);

// What an array is fed (docs/array-interface.md, docs/weight-stationary-interface.md,
// docs/tensor-core-interface.md).
struct Operands {
  // That each cycle sets, the first with its leftmost digits. A valid's array has to be ready.
  std::vector<std::string> ports;
  std::vector<std::string> steps;  // by cycle, binary digits
  // Before this step nothing is counted: registers hold anything. From it on every cycle is one.
  size_t counted_from = 0;
  int macs_per_step = 0;             // of all its units
  std::string result_stream;         // "row": the ports row_valid_o, row_ready_i, row_data_o
  std::vector<std::string> results;  // of each beat of it, binary digits
};

struct Energy {
  double registers_pj = 0;  // per MAC
  double logic_pj = 0;
  int64_t macs = 0;  // counted

  double per_mac_pj() const { return registers_pj + logic_pj; }
};

// The energy in the units `unit` (a module's name) of an array: `array` and `mapped`. The simulated
// results must be those of `operands`: anything else is a ToolError.
host::Result<Energy> measure_energy(const PowerMeter& meter, const Flow& flow,
                                    const std::string& array, const std::string& unit,
                                    const Mapped& mapped, const Operands& operands,
                                    host::Cache* cache);

}  // namespace sparq::synth
