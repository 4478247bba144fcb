// SPDX-License-Identifier: Apache-2.0
// Proof by tags that every element of an array meets exactly its operands.
#pragma once

#include "verif/bench/units.h"

namespace sparq::verif {

// The size that is checked instead of the configuration's own.
struct Size {
  int rows;
  int cols;
};

// The emitted array as it stands, with its multiplying units, encoders and finish steps replaced by
// stubs that check tags, run in Icarus under random pauses. One check of kind "wiring"; its cases
// are the (row, column, k) that were seen to meet.
host::Result<Check> check_wiring(const gen::Output& output, const Size& size);

// The configuration's own size.
std::vector<Task> wiring_tasks(const gen::Output& output);

}  // namespace sparq::verif
