// SPDX-License-Identifier: Apache-2.0
// A mapped design as structural Verilog of single bits: what OpenSTA reads.
#pragma once

#include <cstdint>
#include <string>

#include "synth/liberty.h"
#include "synth/structure.h"

namespace sparq::synth {

struct ScalarNetlist {
  std::string verilog;
  int64_t buffers = 0;  // that were added to carry large fan-outs
};

inline constexpr int kMaxFanout = 16;  // input pins that one cell drives

// Bit `bit` of a port of a module is a port of its own; the clock keeps its name.
std::string port_name(const Pin& port, size_t bit);

// `top` and all below it, each module under its own name. Nets with more than kMaxFanout loads,
// through all levels of the hierarchy, get trees of the library's smallest buffer; the clock,
// `clk_i` in every module, is left alone. Instances have the names that Structure gives. `library`
// must have a buffer and a flip-flop.
ScalarNetlist scalar_netlist(const Structures& structures, const std::string& top,
                             const Library& library);

// The same inside the module `timed`, which has one port, `clk_i`, and holds `top` as `u_unit`
// between registers: every port bit of `top` is driven by, or drives, one plain flip-flop named
// after it.
ScalarNetlist timed_netlist(const Structures& structures, const std::string& top,
                            const Library& library);

}  // namespace sparq::synth
