// SPDX-License-Identifier: Apache-2.0
// How often the streams of an array pause, and for how long at a time.
#pragma once

#include "verif/harness/rng.h"

namespace sparq::verif {

// The rate of a stream that pauses in every second cycle, by rule and not by chance.
inline constexpr int kEveryOther = 1000;

// Rates in thousandths of all cycles.
struct Traffic {
  int bubble_permille = 0;  // the step stream has nothing to offer
  int stall_permille = 0;   // results are not taken
  int burst = 1;            // cycles per pause: 1..burst
  int load_permille = 0;    // the load stream has nothing to offer (weight-stationary arrays)
  int freeze_permille = 0;  // clk_en_i is low, where there is one

  bool operator==(const Traffic&) const = default;
};

// On and off times of one stream.
class Pauses {
 public:
  Pauses(int permille, int burst) : permille_(permille), burst_(burst) {}
  bool next(Rng& rng) {
    if (permille_ == 0) return false;
    if (permille_ == kEveryOther) return paused_ = !paused_;
    if (left_ > 0) {
      --left_;
      return true;
    }
    if (!rng.chance(permille_)) return false;
    left_ = static_cast<int>(rng.below(static_cast<uint64_t>(burst_)));
    return true;
  }

 private:
  int permille_;
  int burst_;
  int left_ = 0;
  bool paused_ = false;
};

}  // namespace sparq::verif
