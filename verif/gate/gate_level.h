// SPDX-License-Identifier: Apache-2.0
// What synthesis makes of a design: every module of the netlist is proved to be the module that was
// written, and units with their logic flattened into them are simulated.
#pragma once

#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "synth/flow.h"
#include "verif/bench/units.h"
#include "verif/harness/check.h"

namespace sparq::verif {

// The module `top` and all below it on the default library, from the cache of `sparq synth` when it
// is there. Flattened as `sparq synth` does it, or every module by itself.
enum class Hierarchy { kKept, kFlattened };
host::Result<synth::Mapped> map_to_cells(const gen::Output& output, const std::string& top,
                                         Hierarchy hierarchy = Hierarchy::kKept);

// One check per module, of kind "gate_level": each variant of it in the netlist, its cells replaced
// by their functions in the library, against its Verilog. Submodules are left out on both sides:
// their outputs are free inputs, their inputs are compared. Registers are matched by name, so that
// equal outputs and next states for every input and state are equality for ever. What cannot be
// proved is named.
host::Result<std::vector<Check>> prove_netlist(const gen::Output& output, const std::string& top,
                                               const synth::Mapped& mapped);

// The flattened netlist `mapped` of `output`, its cells as their functions in the library, in place
// of the Verilog in the bench of `sparq gen --bench`: results must be the golden model's.
host::Result<Check> simulate_netlist(const gen::Output& output, const synth::Mapped& mapped,
                                     uint64_t seed);

// Full level: the whole design, and a small one with the same units flattened. Quick: encoders and
// lanes, or the multiplying units of a design without.
std::vector<Task> gate_level_tasks(const gen::Output& output, const CheckOptions& options);

}  // namespace sparq::verif
