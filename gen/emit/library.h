// SPDX-License-Identifier: Apache-2.0
// The hand-written modules of rtl/lib, as emitters instantiate them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gen/verilog/module.h"

namespace sparq::gen {

verilog::Interface skew_line();  // Depth cycles of delay for Width bits
verilog::Interface clock_gate();
verilog::Interface control_register();  // state with reset
verilog::Interface skid_buffer();       // cuts the ready path of a stream of Width bits
verilog::Interface tile_gate();         // admits K steps, announces rows
verilog::Interface weight_gate();       // admits weights and steps, announces results
verilog::Interface stream_packer();     // rows of words -> memory words
verilog::Interface stream_unpacker();   // and back

struct LibraryModule {
  verilog::Interface interface;
  std::string purpose;
  std::optional<int> latency;  // cycles; none where a parameter sets it
  std::vector<std::string> instantiates = {};
};
std::vector<LibraryModule> library_modules();  // children before parents

}  // namespace sparq::gen
