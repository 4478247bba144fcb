// SPDX-License-Identifier: Apache-2.0
// When things happen in a streaming array, from its interface document alone: what both readys and
// result_valid_o must be in every cycle.
#pragma once

#include <cstddef>
#include <deque>

#include "verif/harness/stream_shape.h"

namespace sparq::verif {

class StreamTiming {
 public:
  explicit StreamTiming(const StreamShape& shape)
      : load_beats_(shape.load_beats), latency_(shape.result_latency) {}

  // Of the current cycle, while clk_en_i is high; while it is low no handshake counts.
  bool step_ready() const { return !hold_ && (!held_ || issues()); }
  bool load_ready() const { return !hold_ && !set_waits_; }
  bool result_valid() const { return !under_way_.empty() && under_way_.front() == 0; }
  // Steps accepted whose beat was not handed over yet, and cycles until the next beat is due; only
  // meaningful where it is not held back by a missing set.
  bool expects_beats() const { return held_ || !under_way_.empty(); }

  // The rising edge that ends the cycle: what was offered and taken in it.
  struct Cycle {
    bool step = false;   // accepted
    bool swap = false;   // with the step
    bool load = false;   // accepted
    bool taken = false;  // result_ready_i is high
  };
  void edge(const Cycle& cycle);

 private:
  bool issues() const { return held_ && (!held_swap_ || set_waits_); }

  int load_beats_;
  int latency_;
  bool hold_ = false;          // a beat waits in the output buffer
  bool held_ = false;          // weight-stationary: a step stands in the edge register,
  bool held_swap_ = false;     // and it takes a new set into use
  bool set_waits_ = false;     // a complete set waits for its swap
  int loaded_ = 0;             // beats of the set being loaded
  std::deque<int> under_way_;  // cycles until each beat is shown
};

}  // namespace sparq::verif
