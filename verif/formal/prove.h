// SPDX-License-Identifier: Apache-2.0
// One claim about an emitted module, decided by Yosys and its ABC.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/harness/check.h"

namespace sparq::verif {

// The outputs of `properties`, a module of verif/formal/*.v around the emitted one, are never 1:
// for every input, and with registers for every initial state of those that nothing resets.
struct Claim {
  std::string module;      // the emitted module; the macro DUT
  std::string properties;  // "lane_properties"
  std::vector<std::pair<std::string, std::string>> parameters = {};  // values as in Verilog
  std::vector<std::string> macros = {};                              // defined beside DUT
  int cycles = 0;          // so many from the beginning; 0: for all time
  std::string title = {};  // what it says in words, without method and bound
};

// A check of kind "proof". `cases` counts the outputs; none, or no module, is a failed check. A
// claim that is false comes back with the name of an output and the inputs that raise it; one
// that none of the methods decides, each within `limit`, has failed as unproven. One that was
// proved before, with the same gates, is known from the build cache.
host::Result<Check> prove(const gen::Output& output, const Claim& claim,
                          std::chrono::seconds limit);

}  // namespace sparq::verif
