// SPDX-License-Identifier: Apache-2.0
// Streams tiles through an array and checks every row that comes back. Knows the array's ports and
// protocol (docs/array-interface.md), not its arithmetic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "verif/harness/dut.h"
#include "verif/harness/operands.h"
#include "verif/harness/rng.h"
#include "verif/harness/traffic.h"

namespace sparq::verif {

struct TileJob {
  const Panel* activations;
  const Panel* weights;
  bool clear = true;                        // its first step starts new sums
  const unsigned char* expected = nullptr;  // rows x row_bytes(); nullptr: nothing to compare with
  unsigned char* result = nullptr;          // rows x row_bytes() are stored here; nullptr: nowhere
};

enum class FaultKind {
  kWrongRow,       // a row differs from the expected one
  kWrongRowLast,   // row_last_o is wrong
  kUnexpectedRow,  // a row no accepted tile explains
  kWithdrawnRow,   // row_valid_o fell although the row had not been taken
  kWrongTime,      // a row came too early or too late
  kNoProgress,     // nothing accepted and no row for a long time
  kFollowsInput,   // an output changed with an input that it must not depend on
  kNotHeld,        // a ready or valid output is high while clk_en_i is low
};
std::string_view to_text(FaultKind kind);

struct Fault {
  FaultKind kind;
  size_t tile;                     // index of the job
  int row;                         // of the array
  uint64_t cycle;                  // since the driver's reset
  std::vector<unsigned char> got;  // the row, for kWrongRow
  std::string detail;
};

struct StreamResult {
  uint64_t first_accepted = 0;  // cycle in which the first step was accepted
  uint64_t last_row = 0;        // cycle in which the last row was accepted
  uint64_t steps = 0;           // accepted
  uint64_t rows = 0;            // accepted (and compared, where the job says with what)
  uint64_t pauses = 0;          // cycles in which a stream paused
  std::optional<Fault> fault;   // the first; nothing is sent after it

  uint64_t cycles() const { return last_row - first_accepted + 1; }
};

class ArrayDriver {
 public:
  // `dut` is an instance of the emitted array.
  ArrayDriver(Dut& dut, const ArrayShape& shape);

  // Holds reset for that many clock edges, with noise on every other input; an asynchronous one is
  // asserted one edge later, and so for one edge acts without any.
  void reset(int edges, Rng& noise);

  // Streams the jobs and waits for all of their rows, and a little longer for rows that should not
  // come. Where the traffic stalls, one cycle in 16 changes inputs within the cycle and sees the
  // outputs that do not depend on them stay (docs/array-interface.md, Handshake). Where there is a
  // clk_en_i, it falls now and then; such edges are no cycles. `cut_after`: give
  // up after that many cycles instead, as an interrupted user would.
  StreamResult run(std::span<const TileJob> jobs, const Traffic& traffic, Rng& rng,
                   std::optional<uint64_t> cut_after = std::nullopt);

  uint64_t cycle() const { return cycle_; }

  // Called at the start of every cycle, with its number; for waveforms.
  std::function<void(uint64_t)> on_cycle;

 private:
  struct Stream;
  void settle();
  void edge();
  bool take_row(Stream& stream);
  bool stays_put(Stream& stream);
  bool freeze(Stream& stream);
  void present(Stream& stream);
  void idle_inputs(Rng& rng);

  Dut& dut_;
  ArrayShape shape_;
  size_t row_bytes_;
  Port clk_en_;  // only with clock_enable
  Port clk_, rst_n_, valid_, ready_, first_, last_, activation_, weight_, row_valid_, row_ready_,
      row_last_, row_data_;
  uint64_t cycle_ = 0;
};

// Cycles from the first accepted step to the last accepted row, inclusive, of back-to-back tiles
// without any pause: S_0 + sum over i >= 1 of max(S_i, rows) + clusters + pe_latency + rows.
uint64_t unstalled_cycles(std::span<const TileJob> jobs, const ArrayShape& shape);

}  // namespace sparq::verif
