// SPDX-License-Identifier: Apache-2.0
// Units that multiply, whose netlists no comparison of everything at once gets done with. The proof
// takes two steps, both by ABC's `cec`: each multiplication of the unit by itself, as Yosys builds
// `*` and as the flow does (synth/flow/operators.v); and the unit's netlist against its Verilog
// with products built like the flow's, everything else by Yosys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"

namespace sparq::verif {

// Operands that are beyond the first step, which takes 20 s for 8 x 8 bits and 15 s for 6 x 16.
constexpr bool beyond_proof(int a_bits, int b_bits) {
  return a_bits + b_bits > 16 && std::min(a_bits, b_bits) > 6;
}

// The units that multiply, by their place in a list of modules, and what becomes of them. In
// neither set: those whose registers' cells complement, for asynchronous resets. Only the slower
// comparison by states gets over that.
struct Multiplying {
  std::set<size_t> in_two_steps;
  std::set<size_t> beyond_proof;
};
Multiplying multiplying(const gen::Output& output, const std::vector<std::string>& modules);

// Files that the scripts need beside the design.
host::Result<void> write_product_rules(const std::filesystem::path& directory);

// Yosys scripts that write what `compare_products` reads: from unit `index` after `proc`, and from
// its netlist, cells as their functions.
std::string unit_script(size_t index);
std::string netlist_script(size_t index);

struct Compared {
  uint64_t outputs = 0;  // and next states
  std::string detail;    // why they are not proved equal; empty when they are
};
host::Result<Compared> compare_products(const std::filesystem::path& directory, size_t index);

}  // namespace sparq::verif
