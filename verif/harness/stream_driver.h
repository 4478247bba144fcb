// SPDX-License-Identifier: Apache-2.0
// Streams steps through a tensor core or a weight-stationary array and checks, in every cycle, its
// handshakes and every beat that comes back. Knows ports, protocol and timing as the interface
// documents state them, not the arithmetic.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "verif/harness/dut.h"
#include "verif/harness/rng.h"
#include "verif/harness/stream_shape.h"
#include "verif/harness/stream_timing.h"
#include "verif/harness/traffic.h"

namespace sparq::verif {

struct StreamStep {
  const unsigned char* activation;
  const unsigned char* weight;              // of a tensor core; else nullptr
  const unsigned char* addend;              // read when the step is offered
  const unsigned char* expected = nullptr;  // nullptr: nothing to compare with
  unsigned char* result = nullptr;          // stored here; nullptr: nowhere
  bool swap = false;                        // takes the next set of weights into use
  std::optional<size_t> after = {};         // offered only when that step's result was handed over
};

// A set of weights, load_beats beats in the order of loading.
struct WeightSet {
  const unsigned char* beats;
  size_t beat_bytes;
};

enum class StreamFaultKind {
  kWrongBeat,       // a beat differs from the expected one
  kUnexpectedBeat,  // a beat that no accepted step explains
  kWithdrawnBeat,   // result_valid_o fell although the beat had not been taken
  kChangedBeat,     // result_data_o changed although the beat had not been taken
  kWrongTime,       // a beat came too early, too late or never
  kWrongReady,      // a ready that the interface does not explain
  kFollowsInput,    // an output changed with an input that it must not depend on
  kNotHeld,         // a ready or valid is high while clk_en_i is low
};
std::string_view to_text(StreamFaultKind kind);

struct StreamFault {
  StreamFaultKind kind;
  size_t step;                     // of the beat due, or of the step offered
  uint64_t cycle;                  // since the driver's reset
  std::vector<unsigned char> got;  // the beat, for kWrongBeat
  std::string detail;
};

struct StreamRunResult {
  uint64_t first_accepted = 0;  // cycle in which the first step was accepted
  uint64_t last_beat = 0;       // cycle in which the last beat was handed over
  uint64_t beats = 0;           // handed over (and compared, where the step says with what)
  std::optional<StreamFault> fault;

  uint64_t cycles() const { return last_beat - first_accepted + 1; }
};

class StreamDriver {
 public:
  StreamDriver(Dut& dut, const StreamShape& shape);

  // Holds reset for that many clock edges, with noise on every other input. No edge at all is
  // enough where the reset is asynchronous.
  void reset(int edges, Rng& noise);

  // Streams steps and sets and waits for all beats, and a little longer for beats that should not
  // come. The steps that swap use the sets in order. `preload`: the first step waits until the
  // first set is loaded. Where the traffic pauses, one cycle in 16 changes inputs within the cycle
  // and sees the outputs that do not depend on them stay. `cut_after`: give up after that many
  // cycles.
  StreamRunResult run(std::span<const StreamStep> steps, std::span<const WeightSet> sets,
                      const Traffic& traffic, Rng& rng, bool preload = false,
                      std::optional<uint64_t> cut_after = std::nullopt);

  uint64_t cycle() const { return cycle_; }

  // Called at the start of every cycle, with its number; for waveforms and progress.
  std::function<void(uint64_t)> on_cycle;

 private:
  struct Run;
  void noise_on_step(Rng& rng);
  void noise_on_load(Rng& rng);
  void offer(Run& run);
  bool check_outputs(Run& run);
  bool check_beat(Run& run);
  bool stays_put(Run& run);
  bool is_frozen(Run& run);
  void settle();
  void edge();

  Dut& dut_;
  StreamShape shape_;
  Port clk_, rst_n_, clk_en_, step_valid_, step_ready_, swap_, activation_, weight_, addend_,
      load_valid_, load_ready_, load_weight_, result_valid_, result_ready_, result_data_;
  uint64_t cycle_ = 0;
};

}  // namespace sparq::verif
