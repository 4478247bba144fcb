// SPDX-License-Identifier: Apache-2.0
// The library's own full and half adders, as Yosys techmap rules.
#pragma once

#include <string>

#include "synth/liberty.h"

namespace sparq::synth {

// Puts the library's cells in place of sparq_fa(a, b, c, sum, carry), of which
// synth/flow/operators.v builds sums and products. A constant input takes a full adder to a half
// adder and that to gates. Without such a cell in the library, gates take its place:
// missing_adders() says so.
std::string adder_cells(const Library& library);

// "full adder", "half adder", "full adder or half adder"; empty when the library has both.
std::string missing_adders(const Library& library);

}  // namespace sparq::synth
