// SPDX-License-Identifier: Apache-2.0
// The emitted text itself: three tools read it, and refuse what it must refuse.
#pragma once

#include "verif/bench/units.h"

namespace sparq::verif {

// One task per module, two checks of kind "lint":
//   the module as top, with what it instantiates, is clean in `verilator --lint-only -Wall` as
//   Verilog-2005 and in `iverilog -g2005 -Wall`, and passes `hierarchy -check; proc;
//   check -assert` in Yosys
//   an illegal value of any of its parameters is refused by all three, and an undefined module
//   sparq_error_* names the fault (a tool may stumble over a consequence first)
std::vector<Task> lint_tasks(const gen::Output& output);

}  // namespace sparq::verif
