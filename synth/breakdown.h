// SPDX-License-Identifier: Apache-2.0
// What an array's area is spent on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synth/netlist.h"

namespace sparq::synth {

struct Design;

// um2 of the whole array by what it is for, every module mapped by itself (`netlist`, with its
// kept cells): multipliers, shifters, selects, accumulators, registers of the units, encoders, and
// what stands around the units. Where the library has no full adder that would tell multipliers
// apart (`tells_products`), the units' gates are one part, logic. Parts without area are left out.
std::vector<std::pair<std::string, double>> breakdown(const Design& design, const Netlist& netlist,
                                                      bool tells_products);

}  // namespace sparq::synth
