// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/array_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "golden/require.h"

namespace sparq::verif {

using golden::require;

std::string_view to_text(FaultKind kind) {
  switch (kind) {
    case FaultKind::kWrongRow:
      return "wrong row";
    case FaultKind::kWrongRowLast:
      return "wrong row_last_o";
    case FaultKind::kUnexpectedRow:
      return "a row that no accepted tile explains";
    case FaultKind::kWithdrawnRow:
      return "a row withdrawn before it was taken";
    case FaultKind::kWrongTime:
      return "wrong time";
    case FaultKind::kNoProgress:
      return "no progress";
    case FaultKind::kFollowsInput:
      return "an output that follows an input";
    case FaultKind::kNotHeld:
      return "a handshake while the clock is not enabled";
  }
  return "";
}

uint64_t unstalled_cycles(std::span<const TileJob> jobs, const ArrayShape& shape) {
  uint64_t cycles = static_cast<uint64_t>(shape.clusters + shape.signature.pe_latency + shape.rows);
  for (size_t i = 0; i < jobs.size(); ++i) {
    const uint64_t steps = jobs[i].activations->steps;
    cycles += i == 0 ? steps : std::max(steps, static_cast<uint64_t>(shape.rows));
  }
  return cycles;
}

// Where a run stands.
struct ArrayDriver::Stream {
  std::span<const TileJob> jobs;
  Rng& rng;
  StreamResult result = {};
  size_t tile = 0;  // of the next step to be accepted
  size_t step = 0;
  bool offering = false;
  size_t row_tile = 0;  // of the next row
  int row = 0;
  bool row_pending = false;           // shown, not yet taken
  uint64_t last_progress = 0;         // cycle
  bool exact_times = false;           // no stalls: every row's cycle is known
  std::vector<uint64_t> issued = {};  // cycle in which a tile's last step counts as accepted

  bool all_sent() const { return tile == jobs.size(); }
  bool all_received() const { return row_tile == jobs.size(); }
  void fail(FaultKind kind, size_t at, int at_row, uint64_t cycle, std::string detail) {
    result.fault = Fault{kind, at, at_row, cycle, {}, std::move(detail)};
  }
};

ArrayDriver::ArrayDriver(Dut& dut, const ArrayShape& shape)
    : dut_(dut),
      shape_(shape),
      row_bytes_(shape.row_bytes()),
      clk_(dut.port("clk_i")),
      rst_n_(dut.port("rst_ni")),
      valid_(dut.port("step_valid_i")),
      ready_(dut.port("step_ready_o")),
      first_(dut.port("step_first_i")),
      last_(dut.port("step_last_i")),
      activation_(dut.port("step_activation_i")),
      weight_(dut.port("step_weight_i")),
      row_valid_(dut.port("row_valid_o")),
      row_ready_(dut.port("row_ready_i")),
      row_last_(dut.port("row_last_o")),
      row_data_(dut.port("row_data_o")) {
  require(activation_.width() == shape.rows * shape.activation_slice(), "step_activation_i");
  require(weight_.width() == shape.cols * shape.weight_slice(), "step_weight_i");
  require(row_data_.width() == shape.cols * shape.signature.accumulator_bits, "row_data_o");
  if (!shape.clock_enable) return;
  clk_en_ = dut.port("clk_en_i");
  clk_en_.set_bit(true);
}

// Inputs have been set: falling edge, so that outputs settle.
void ArrayDriver::settle() {
  clk_.set_bit(false);
  dut_.eval();
}

void ArrayDriver::edge() {
  clk_.set_bit(true);
  dut_.eval();
  ++cycle_;
}

// Noise wherever the protocol says that nobody looks.
void ArrayDriver::idle_inputs(Rng& rng) {
  first_.set_bit(rng.chance(500));
  last_.set_bit(rng.chance(500));
  for (Port* port : {&activation_, &weight_}) {
    for (int at = 0; at < port->width(); at += 64) {
      port->set(at, std::min(64, port->width() - at), rng.next());
    }
  }
}

void ArrayDriver::reset(int edges, Rng& noise) {
  // At the very beginning, too, reset and then the clock fall.
  rst_n_.set_bit(true);
  clk_.set_bit(true);
  dut_.eval();
  rst_n_.set_bit(false);
  dut_.eval();
  if (shape_.asynchronous_reset) --edges;
  for (int i = 0; i < edges; ++i) {
    if (on_cycle) on_cycle(cycle_);
    idle_inputs(noise);
    if (shape_.clock_enable) clk_en_.set_bit(noise.chance(500));
    valid_.set_bit(noise.chance(500));
    row_ready_.set_bit(noise.chance(500));
    settle();
    edge();
  }
  rst_n_.set_bit(true);
  valid_.set_bit(false);
  if (shape_.clock_enable) clk_en_.set_bit(true);
}

void ArrayDriver::present(Stream& stream) {
  const TileJob& job = stream.jobs[stream.tile];
  first_.set_bit(stream.step == 0 && job.clear);
  last_.set_bit(stream.step + 1 == job.activations->steps);
  activation_.load(job.activations->step(stream.step));
  weight_.load(job.weights->step(stream.step));
}

// A row is shown: is it the one to come next? Returns false after a fault.
bool ArrayDriver::take_row(Stream& stream) {
  const size_t tile = stream.row_tile;
  if (tile >= stream.tile) {
    stream.fail(FaultKind::kUnexpectedRow, tile, stream.row, cycle_,
                "row_valid_o is high, but every accepted tile has given all of its rows");
    return false;
  }
  if (!stream.row_pending && stream.exact_times) {
    const uint64_t due = stream.issued[tile] + static_cast<uint64_t>(shape_.first_row_latency()) +
                         static_cast<uint64_t>(stream.row);
    if (cycle_ != due) {
      stream.fail(FaultKind::kWrongTime, tile, stream.row, cycle_,
                  fmt::format("the row is due in cycle {}", due));
      return false;
    }
  }
  const TileJob& job = stream.jobs[tile];
  const size_t offset = static_cast<size_t>(stream.row) * row_bytes_;
  if (job.expected != nullptr &&
      std::memcmp(row_data_.data(), job.expected + offset, row_bytes_) != 0) {
    stream.fail(FaultKind::kWrongRow, tile, stream.row, cycle_, "");
    stream.result.fault->got.resize(row_bytes_);
    row_data_.store(stream.result.fault->got.data());
    return false;
  }
  if (row_last_.bit() != (stream.row + 1 == shape_.rows)) {
    stream.fail(FaultKind::kWrongRowLast, tile, stream.row, cycle_,
                fmt::format("row_last_o is {}", row_last_.bit() ? 1 : 0));
    return false;
  }
  stream.row_pending = !row_ready_.bit();
  if (stream.row_pending) return true;
  if (job.result != nullptr) row_data_.store(job.result + offset);
  stream.result.last_row = cycle_;
  ++stream.result.rows;
  stream.last_progress = cycle_;
  if (++stream.row == shape_.rows) {
    stream.row = 0;
    ++stream.row_tile;
  }
  return true;
}

// Within a settled cycle: step_ready_o follows no input, the row stream neither row_ready_i nor a
// step. Leaves everything as it was. Returns false after a fault.
bool ArrayDriver::stays_put(Stream& stream) {
  const bool ready = ready_.bit();
  const bool row_valid = row_valid_.bit();
  const bool row_last = row_last_.bit();
  std::vector<unsigned char> row(row_data_.bytes());
  row_data_.store(row.data());
  const bool valid = valid_.bit();
  const bool first = first_.bit();
  const bool last = last_.bit();
  const bool row_ready = row_ready_.bit();
  std::vector<unsigned char> activation(activation_.bytes());
  std::vector<unsigned char> weight(weight_.bytes());
  activation_.store(activation.data());
  weight_.store(weight.data());

  const auto fault = [&](const char* changed, const char* output) {
    stream.fail(FaultKind::kFollowsInput, std::min(stream.row_tile, stream.jobs.size() - 1),
                stream.row, cycle_,
                fmt::format("{} changes with {} in the same cycle", output, changed));
  };
  const auto compare = [&](const char* changed, bool in_reset = false) {
    dut_.eval();
    if (stream.result.fault) return;
    if (ready_.bit() != ready) {
      fault(changed, "step_ready_o");
    } else if (in_reset) {
      return;  // of the row stream nothing is said while rst_ni is low
    } else if (row_valid_.bit() != row_valid) {
      fault(changed, "row_valid_o");
    } else if (row_last_.bit() != row_last) {
      fault(changed, "row_last_o");
    } else if (std::memcmp(row_data_.data(), row.data(), row.size()) != 0) {
      fault(changed, "row_data_o");
    }
  };
  row_ready_.set_bit(!row_ready);
  compare("row_ready_i");
  row_ready_.set_bit(row_ready);
  valid_.set_bit(!valid);
  compare("step_valid_i");
  idle_inputs(stream.rng);
  compare("the step");
  valid_.set_bit(valid);
  compare("the step");
  if (!shape_.asynchronous_reset) {
    rst_n_.set_bit(false);
    compare("rst_ni", true);
    rst_n_.set_bit(true);
  }
  first_.set_bit(first);
  last_.set_bit(last);
  activation_.load(activation.data());
  weight_.load(weight.data());
  dut_.eval();
  return !stream.result.fault;
}

// Clock edges that are none, with handshakes offered on both streams. Returns false after a fault.
bool ArrayDriver::freeze(Stream& stream) {
  const bool valid = valid_.bit();
  const bool row_ready = row_ready_.bit();
  clk_en_.set_bit(false);
  for (uint64_t edges = 1 + stream.rng.below(3); edges > 0; --edges) {
    valid_.set_bit(stream.rng.chance(500));
    row_ready_.set_bit(stream.rng.chance(500));
    settle();
    if (ready_.bit() || row_valid_.bit()) {
      stream.fail(FaultKind::kNotHeld, std::min(stream.row_tile, stream.jobs.size() - 1),
                  stream.row, cycle_,
                  fmt::format("{} is high", ready_.bit() ? "step_ready_o" : "row_valid_o"));
      return false;
    }
    clk_.set_bit(true);
    dut_.eval();
  }
  clk_en_.set_bit(true);
  valid_.set_bit(valid);
  row_ready_.set_bit(row_ready);
  settle();
  return true;
}

StreamResult ArrayDriver::run(std::span<const TileJob> jobs, const Traffic& traffic, Rng& rng,
                              std::optional<uint64_t> cut_after) {
  for (const TileJob& job : jobs) {
    require(job.activations->steps > 0 && job.activations->steps == job.weights->steps,
            "as many steps of activations as of weights");
    require(job.activations->step_bytes == activation_.bytes() &&
                job.weights->step_bytes == weight_.bytes(),
            "panels packed for this array");
  }
  Stream stream{.jobs = jobs, .rng = rng};
  Pauses bubbles(traffic.bubble_permille, traffic.burst);
  Pauses stalls(traffic.stall_permille, traffic.burst);
  stream.exact_times = traffic.stall_permille == 0;
  stream.issued.reserve(jobs.size());
  const auto edges = static_cast<uint64_t>(shape_.rows + shape_.cols);
  const uint64_t patience = 1000 + 10 * edges + 10 * static_cast<uint64_t>(traffic.burst);
  // Long enough for a stray row to come out of anything.
  uint64_t quiet_left = 2 * edges + 16;
  const uint64_t start = cycle_;
  stream.last_progress = cycle_;

  while (!stream.all_received() || quiet_left-- > 0) {
    if (cut_after && cycle_ - start >= *cut_after) break;
    if (on_cycle) on_cycle(cycle_);
    if (!stream.offering) {
      const bool pause = stream.all_sent() || bubbles.next(rng);
      stream.offering = !pause;
      valid_.set_bit(!pause);
      if (pause) {
        idle_inputs(rng);
        if (!stream.all_sent()) ++stream.result.pauses;
      } else {
        present(stream);
      }
    }
    const bool stall = stalls.next(rng);
    row_ready_.set_bit(!stall);
    if (stall) ++stream.result.pauses;
    settle();
    if (shape_.clock_enable && rng.chance(150) && !freeze(stream)) break;
    if (traffic.stall_permille > 0 && rng.chance(63) && !stays_put(stream)) break;

    if (row_valid_.bit()) {
      if (!take_row(stream)) break;
    } else if (stream.row_pending) {
      stream.fail(FaultKind::kWithdrawnRow, stream.row_tile, stream.row, cycle_, "");
      break;
    }
    if (stream.offering && ready_.bit()) {
      stream.offering = false;
      stream.last_progress = cycle_;
      if (stream.result.steps++ == 0) stream.result.first_accepted = cycle_;
      if (++stream.step == stream.jobs[stream.tile].activations->steps) {
        // The drain takes as many cycles as there are rows; a last step that comes too soon waits.
        const uint64_t free_at =
            stream.tile == 0 ? 0 : stream.issued.back() + static_cast<uint64_t>(shape_.rows);
        stream.issued.push_back(std::max(cycle_, free_at));
        stream.step = 0;
        ++stream.tile;
      }
    }
    if (!stream.all_received() && cycle_ - stream.last_progress > patience) {
      stream.fail(
          FaultKind::kNoProgress, std::min(stream.row_tile, jobs.size() - 1), stream.row, cycle_,
          fmt::format("for {} cycles; {} of {} tiles sent", patience, stream.tile, jobs.size()));
      break;
    }
    edge();
  }
  valid_.set_bit(false);
  return std::move(stream.result);
}

}  // namespace sparq::verif
