// SPDX-License-Identifier: Apache-2.0
// The emitted text itself: three tools read it, and refuse what it must refuse.
#pragma once

#include "verif/bench/units.h"

namespace sparq::verif {

// One task per module, two checks of kind "lint":
//   the module as top, with what it instantiates, is clean in `verilator --lint-only -Wall` as
//   Verilog-2005 and in `iverilog -g2005 -Wall`, and passes `hierarchy -check; proc;
//   check -assert` in Yosys
//   the value just below the least legal one of each of its parameters, and an accumulator that
//   one step would fill, is refused by all three, and each of them names the guard's own undefined
//   module: sparq_error_<parameter>_must_be_at_least_<n>
std::vector<Task> lint_tasks(const gen::Output& output);

}  // namespace sparq::verif
