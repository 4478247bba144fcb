// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stream_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "golden/require.h"

namespace sparq::verif {

using golden::require;

std::string_view to_text(StreamFaultKind kind) {
  switch (kind) {
    case StreamFaultKind::kWrongBeat:
      return "wrong beat";
    case StreamFaultKind::kUnexpectedBeat:
      return "a beat that no accepted step explains";
    case StreamFaultKind::kWithdrawnBeat:
      return "a beat withdrawn before it was taken";
    case StreamFaultKind::kChangedBeat:
      return "a beat changed before it was taken";
    case StreamFaultKind::kWrongTime:
      return "wrong time";
    case StreamFaultKind::kWrongReady:
      return "wrong ready";
    case StreamFaultKind::kFollowsInput:
      return "an output that follows an input";
    case StreamFaultKind::kNotHeld:
      return "a handshake while the clock is not enabled";
  }
  return "";
}

// Where a run stands.
struct StreamDriver::Run {
  std::span<const StreamStep> steps;
  std::span<const WeightSet> sets;
  Rng& rng;
  Pauses bubbles;
  Pauses load_bubbles;
  StreamTiming timing;
  bool preload;
  int load_beats;
  StreamRunResult result = {};
  size_t step = 0;  // next to be accepted
  bool offering = false;
  size_t load = 0;  // beats accepted, over all sets
  bool loading = false;
  size_t beat = 0;  // next to be handed over
  bool pending = false;
  std::vector<unsigned char> shown = {};  // the beat that is pending

  bool done() const { return beat == steps.size(); }
  void fail(StreamFaultKind kind, size_t at, uint64_t cycle, std::string detail) {
    if (!result.fault) result.fault = StreamFault{kind, at, cycle, {}, std::move(detail)};
  }
};

StreamDriver::StreamDriver(Dut& dut, const StreamShape& shape)
    : dut_(dut),
      shape_(shape),
      clk_(dut.port("clk_i")),
      rst_n_(dut.port("rst_ni")),
      step_valid_(dut.port("step_valid_i")),
      step_ready_(dut.port("step_ready_o")),
      activation_(dut.port("step_activation_i")),
      addend_(dut.port("step_addend_i")),
      result_valid_(dut.port("result_valid_o")),
      result_ready_(dut.port("result_ready_i")),
      result_data_(dut.port("result_data_o")) {
  if (shape.clock_enable) clk_en_ = dut.port("clk_en_i");
  if (shape.loads_weights()) {
    swap_ = dut.port("step_swap_i");
    load_valid_ = dut.port("load_valid_i");
    load_ready_ = dut.port("load_ready_o");
    load_weight_ = dut.port("load_weight_i");
  } else {
    weight_ = dut.port("step_weight_i");
  }
  const Port& weights = shape.loads_weights() ? load_weight_ : weight_;
  require(activation_.width() == shape.activation_port_bits(), "step_activation_i");
  require(weights.width() == shape.weight_port_bits(), "the port of the weights");
  require(addend_.width() == shape.result_port_bits(), "step_addend_i");
  require(result_data_.width() == shape.result_port_bits(), "result_data_o");
}

// Inputs have been set: falling edge, so that outputs settle.
void StreamDriver::settle() {
  clk_.set_bit(false);
  dut_.eval();
}

void StreamDriver::edge() {
  clk_.set_bit(true);
  dut_.eval();
  ++cycle_;
}

namespace {

void noise_on(Port& port, Rng& rng) {
  for (int at = 0; at < port.width(); at += 64) {
    port.set(at, std::min(64, port.width() - at), rng.next());
  }
}

}  // namespace

// Wherever the protocol says that nobody looks.
void StreamDriver::noise_on_step(Rng& rng) {
  noise_on(activation_, rng);
  noise_on(addend_, rng);
  if (shape_.loads_weights()) {
    swap_.set_bit(rng.chance(500));
  } else {
    noise_on(weight_, rng);
  }
}

void StreamDriver::noise_on_load(Rng& rng) {
  if (shape_.loads_weights()) noise_on(load_weight_, rng);
}

void StreamDriver::reset(int edges, Rng& noise) {
  if (shape_.clock_enable) clk_en_.set_bit(true);
  // At the very beginning, too, reset and then the clock fall.
  rst_n_.set_bit(true);
  step_valid_.set_bit(false);
  if (shape_.loads_weights()) load_valid_.set_bit(false);
  clk_.set_bit(true);
  dut_.eval();
  rst_n_.set_bit(false);
  dut_.eval();
  for (int i = 0; i < edges; ++i) {
    if (on_cycle) on_cycle(cycle_);
    noise_on_step(noise);
    noise_on_load(noise);
    step_valid_.set_bit(noise.chance(500));
    result_ready_.set_bit(noise.chance(500));
    if (shape_.loads_weights()) load_valid_.set_bit(noise.chance(500));
    if (shape_.clock_enable) clk_en_.set_bit(noise.chance(500));
    settle();
    edge();
  }
  rst_n_.set_bit(true);
  step_valid_.set_bit(false);
  if (shape_.loads_weights()) load_valid_.set_bit(false);
}

// What both input streams show in this cycle. What was offered and not taken stays.
void StreamDriver::offer(Run& run) {
  if (!run.offering) {
    const bool pause = run.bubbles.next(run.rng);
    bool can = run.step < run.steps.size() && !pause;
    if (can && run.steps[run.step].after) can = run.beat > *run.steps[run.step].after;
    if (can && run.preload) can = run.load >= static_cast<size_t>(run.load_beats);
    run.offering = can;
    step_valid_.set_bit(can);
    if (can) {
      const StreamStep& step = run.steps[run.step];
      activation_.load(step.activation);
      addend_.load(step.addend);
      if (shape_.loads_weights()) {
        swap_.set_bit(step.swap);
      } else {
        weight_.load(step.weight);
      }
    } else {
      noise_on_step(run.rng);
    }
  }
  if (shape_.loads_weights() && !run.loading) {
    const auto beats = static_cast<size_t>(run.load_beats);
    run.loading = run.load < run.sets.size() * beats && !run.load_bubbles.next(run.rng);
    load_valid_.set_bit(run.loading);
    if (run.loading) {
      const WeightSet& set = run.sets[run.load / beats];
      load_weight_.load(set.beats + run.load % beats * set.beat_bytes);
    } else {
      noise_on_load(run.rng);
    }
  }
}

// A beat is shown, as it is due. Returns false after a fault.
bool StreamDriver::check_beat(Run& run) {
  const unsigned char* expected = run.steps[run.beat].expected;
  const size_t bytes = result_data_.bytes();
  if (run.pending && std::memcmp(result_data_.data(), run.shown.data(), bytes) != 0) {
    run.fail(StreamFaultKind::kChangedBeat, run.beat, cycle_, "");
    return false;
  }
  if (expected != nullptr && std::memcmp(result_data_.data(), expected, bytes) != 0) {
    run.fail(StreamFaultKind::kWrongBeat, run.beat, cycle_, "");
    run.result.fault->got.resize(bytes);
    result_data_.store(run.result.fault->got.data());
    return false;
  }
  return true;
}

// Everything the array says in this cycle. Returns false after a fault.
bool StreamDriver::check_outputs(Run& run) {
  const bool due = run.timing.result_valid();
  if (result_valid_.bit() && !due) {
    const bool early = run.timing.expects_beats();
    run.fail(early ? StreamFaultKind::kWrongTime : StreamFaultKind::kUnexpectedBeat, run.beat,
             cycle_, early ? "the beat comes before it is due" : "");
  } else if (!result_valid_.bit() && due) {
    run.fail(run.pending ? StreamFaultKind::kWithdrawnBeat : StreamFaultKind::kWrongTime, run.beat,
             cycle_, run.pending ? "" : "the beat is due in this cycle and is not there");
  } else if (due && !check_beat(run)) {
    return false;
  }
  const auto ready = [&](const Port& port, bool expected, const char* name) {
    if (port.bit() == expected) return;
    run.fail(StreamFaultKind::kWrongReady, run.step, cycle_,
             fmt::format("{} is {} instead of {}", name, expected ? 0 : 1, expected ? 1 : 0));
  };
  ready(step_ready_, run.timing.step_ready(), "step_ready_o");
  if (shape_.loads_weights()) ready(load_ready_, run.timing.load_ready(), "load_ready_o");
  return !run.result.fault;
}

// While clk_en_i is low no handshake counts, and none may seem to. Returns false after a fault.
bool StreamDriver::is_frozen(Run& run) {
  const char* output = nullptr;
  if (step_ready_.bit()) output = "step_ready_o";
  if (shape_.loads_weights() && load_ready_.bit()) output = "load_ready_o";
  if (result_valid_.bit()) output = "result_valid_o";
  if (output == nullptr) return true;
  run.fail(StreamFaultKind::kNotHeld, run.beat, cycle_, fmt::format("{} is 1", output));
  return false;
}

// Within a settled cycle: both readys follow no input but clk_en_i, and results none. Leaves
// everything as it was. Returns false after a fault.
bool StreamDriver::stays_put(Run& run) {
  const bool loads = shape_.loads_weights();
  std::vector<Port*> inputs = {&result_ready_, &step_valid_, &activation_, &addend_};
  if (loads) {
    inputs.insert(inputs.end(), {&swap_, &load_valid_, &load_weight_});
  } else {
    inputs.push_back(&weight_);
  }
  std::vector<std::vector<unsigned char>> before;
  for (const Port* port : inputs) port->store(before.emplace_back(port->bytes()).data());
  const bool step_ready = step_ready_.bit();
  const bool load_ready = loads && load_ready_.bit();
  const bool valid = result_valid_.bit();
  std::vector<unsigned char> data(result_data_.bytes());
  result_data_.store(data.data());

  const auto compare = [&](const char* changed, bool in_reset = false) {
    dut_.eval();
    const char* output = nullptr;
    if (step_ready_.bit() != step_ready) output = "step_ready_o";
    if (loads && load_ready_.bit() != load_ready) output = "load_ready_o";
    // Of the results nothing is said while rst_ni is low.
    if (!in_reset && result_valid_.bit() != valid) output = "result_valid_o";
    if (!in_reset && valid && std::memcmp(result_data_.data(), data.data(), data.size()) != 0) {
      output = "result_data_o";
    }
    if (output == nullptr) return;
    run.fail(StreamFaultKind::kFollowsInput, run.beat, cycle_,
             fmt::format("{} changes with {} in the same cycle", output, changed));
  };
  const auto flip = [&](Port& port, const char* name) {
    port.set_bit(!port.bit());
    compare(name);
  };
  flip(result_ready_, "result_ready_i");
  flip(step_valid_, "step_valid_i");
  noise_on_step(run.rng);
  compare("the step");
  if (loads) {
    flip(load_valid_, "load_valid_i");
    noise_on_load(run.rng);
    compare("load_weight_i");
  }
  if (!shape_.asynchronous_reset) {
    rst_n_.set_bit(false);
    compare("rst_ni", true);
    rst_n_.set_bit(true);
  }
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i]->load(before[i].data());
  dut_.eval();
  return !run.result.fault;
}

StreamRunResult StreamDriver::run(std::span<const StreamStep> steps,
                                  std::span<const WeightSet> sets, const Traffic& traffic, Rng& rng,
                                  bool preload, std::optional<uint64_t> cut_after) {
  const auto swaps = std::ranges::count_if(steps, [](const StreamStep& s) { return s.swap; });
  require(static_cast<size_t>(swaps) == sets.size(), "a set for every swap");
  Run run{.steps = steps,
          .sets = sets,
          .rng = rng,
          .bubbles = Pauses(traffic.bubble_permille, traffic.burst),
          .load_bubbles = Pauses(traffic.load_permille, traffic.burst),
          .timing = StreamTiming(shape_),
          .preload = preload,
          .load_beats = shape_.load_beats};
  run.shown.resize(result_data_.bytes());
  Pauses stalls(traffic.stall_permille, traffic.burst);
  Pauses freezes(shape_.clock_enable ? traffic.freeze_permille : 0, traffic.burst);
  const bool pauses = traffic != Traffic{};
  // Long enough for a stray beat to come out of anything.
  uint64_t quiet_left = 2 * static_cast<uint64_t>(shape_.result_latency) + 8;
  const uint64_t start = cycle_;

  while (!run.done() || quiet_left-- > 0) {
    if (cut_after && cycle_ - start >= *cut_after) break;
    if (on_cycle) on_cycle(cycle_);
    const bool frozen = freezes.next(rng);
    if (shape_.clock_enable) clk_en_.set_bit(!frozen);
    offer(run);
    result_ready_.set_bit(!stalls.next(rng));
    settle();
    if (frozen) {
      if (!is_frozen(run)) break;
      edge();
      continue;
    }
    if (pauses && rng.chance(63) && !stays_put(run)) break;
    if (!check_outputs(run)) break;

    StreamTiming::Cycle cycle;
    cycle.step = run.offering && step_ready_.bit();
    if (cycle.step) {
      cycle.swap = steps[run.step].swap;
      if (run.step == 0) run.result.first_accepted = cycle_;
      ++run.step;
      run.offering = false;
    }
    cycle.load = run.loading && load_ready_.bit();
    if (cycle.load) {
      ++run.load;
      run.loading = false;
    }
    cycle.taken = result_ready_.bit();
    if (result_valid_.bit()) {
      run.pending = !cycle.taken;
      if (run.pending) {
        result_data_.store(run.shown.data());
      } else {
        if (steps[run.beat].result != nullptr) result_data_.store(steps[run.beat].result);
        run.result.last_beat = cycle_;
        ++run.result.beats;
        ++run.beat;
      }
    }
    run.timing.edge(cycle);
    edge();
  }
  step_valid_.set_bit(false);
  if (shape_.loads_weights()) load_valid_.set_bit(false);
  return std::move(run.result);
}

}  // namespace sparq::verif
