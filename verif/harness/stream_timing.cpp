// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stream_timing.h"

namespace sparq::verif {

void StreamTiming::edge(const Cycle& cycle) {
  const bool advances = !hold_;  // in the cycle that ends here
  const bool shown = result_valid();
  if (advances) {
    // Cycles of a step's way that are still to come when it has just been accepted or issued.
    const bool issued = issues();
    for (int& left : under_way_) left -= left > 0 ? 1 : 0;
    if (load_beats_ == 0) {
      if (cycle.step) under_way_.push_back(latency_ - 1);
    } else {
      if (issued) under_way_.push_back(latency_ - 2);
      if (issued && held_swap_) set_waits_ = false;
      if (issued || !held_) {
        held_ = cycle.step;
        held_swap_ = cycle.step && cycle.swap;
      }
    }
  }
  if (cycle.load && ++loaded_ == load_beats_) {
    loaded_ = 0;
    set_waits_ = true;
  }
  hold_ = shown && !cycle.taken;
  if (shown && cycle.taken) under_way_.pop_front();
}

}  // namespace sparq::verif
