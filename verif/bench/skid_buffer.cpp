// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/skid_buffer.h"

#include <array>
#include <deque>

#include "verif/harness/rng.h"

namespace sparq::verif {

Vectors skid_buffer_vectors(int width, int cycles, uint64_t seed) {
  Vectors vectors({"clk_i", "rst_ni", "in_valid_i", "in_data_i", "out_ready_i"},
                  {"in_ready_o", "out_valid_o", "out_data_o"}, false);
  Rng rng(seed);
  std::deque<uint64_t> inside;  // words taken and not yet handed over
  const auto word = [&] { return rng.next() >> (64 - width); };
  // One evaluation. Until the first reset nothing is known of the module.
  const auto evaluate = [&](bool clock, bool known, bool reset, bool valid, uint64_t data,
                            bool ready) {
    std::array<std::optional<uint64_t>, 3> expected;
    if (known) {
      const bool shown = !inside.empty() || valid;
      expected[0] = inside.empty() ? 1 : 0;
      expected[1] = shown ? 1 : 0;
      if (shown) expected[2] = inside.empty() ? data : inside.front();
    }
    vectors.add(std::array<uint64_t, 5>{clock, !reset, valid, data, ready}, expected);
  };

  int valid_permille = 500;
  int ready_permille = 500;
  bool offering = false;
  uint64_t data = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    if (cycle % 64 == 0) {
      valid_permille = static_cast<int>(rng.below(11)) * 100;
      ready_permille = static_cast<int>(rng.below(11)) * 100;
    }
    const bool known = cycle > 0;
    const bool reset = cycle == 0 || rng.chance(10);
    if (!offering) {
      offering = rng.chance(valid_permille);
      data = word();
    }
    const bool ready = rng.chance(ready_permille);
    if (rng.chance(250)) {  // other inputs first: nothing may be left of them
      evaluate(false, known, false, !offering, word(), !ready);
      evaluate(false, known, false, offering, data, !ready);
    }
    evaluate(false, known, reset, offering, data, ready);

    const bool taken = offering && inside.empty();
    if (taken) inside.push_back(data);
    if (!inside.empty() && ready) inside.pop_front();
    if (reset) inside.clear();
    evaluate(true, true, reset, offering, data, ready);
    if (taken || reset) offering = false;
  }
  return vectors;
}

}  // namespace sparq::verif
