// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "golden/require.h"
#include "verif/harness/rng.h"

namespace sparq::verif {
namespace {

using Expected = std::vector<std::optional<uint64_t>>;
using Inputs = std::vector<uint64_t>;

int value_of(const gen::EmittedModule& module, const char* parameter) {
  const auto at = std::ranges::find(module.parameters, parameter, &gen::Parameter::name);
  golden::require(at != module.parameters.end(), "a library module has its parameters");
  return at->value;
}

// Each module below states its ports, how wide its inputs are, what it shows while given inputs
// stand, and what a clock edge does to it. Of its inputs reset is the first, or there is none.

class SkewLine {
 public:
  static constexpr bool kResets = false;
  explicit SkewLine(const gen::EmittedModule& m)
      : line_(static_cast<size_t>(value_of(m, "Depth"))), width_(value_of(m, "Width")) {}

  static std::vector<std::string> inputs() { return {"enable_i", "data_i"}; }
  static std::vector<std::string> outputs() { return {"data_o"}; }
  std::vector<int> widths() const { return {1, width_}; }

  Expected shown(const Inputs& in) const { return {line_.empty() ? in[1] : line_.back()}; }
  void clock(const Inputs& in) {
    if (in[0] == 0 || line_.empty()) return;
    line_.pop_back();
    line_.push_front(in[1]);
  }

 private:
  std::deque<std::optional<uint64_t>> line_;
  int width_;
};

class ControlRegister {
 public:
  static constexpr bool kResets = true;
  explicit ControlRegister(const gen::EmittedModule& m) : width_(value_of(m, "Width")) {}

  static std::vector<std::string> inputs() { return {"rst_ni", "enable_i", "data_i"}; }
  static std::vector<std::string> outputs() { return {"data_o"}; }
  std::vector<int> widths() const { return {1, 1, width_}; }

  void reset() { data_ = 0; }
  Expected shown(const Inputs&) const { return {data_}; }
  void clock(const Inputs& in) {
    if (in[1] != 0) data_ = in[2];
  }

 private:
  uint64_t data_ = 0;
  int width_;
};

// What was issued, and how many enabled cycles ago.
class Ages {
 public:
  explicit Ages(int oldest) : oldest_(oldest) {}
  void clear() { ages_.clear(); }
  void pass_cycle(bool issued) {
    for (int& age : ages_) ++age;
    std::erase_if(ages_, [&](int age) { return age > oldest_; });
    if (issued) ages_.push_back(1);
  }
  bool any(int from, int to) const {
    return std::ranges::any_of(ages_, [&](int age) { return from <= age && age <= to; });
  }

 private:
  int oldest_;
  std::vector<int> ages_;
};

class TileGate {
 public:
  static constexpr bool kResets = true;
  explicit TileGate(const gen::EmittedModule& m)
      : rows_(value_of(m, "Rows")), latency_(value_of(m, "Latency")), lasts_(latency_ + rows_) {}

  static std::vector<std::string> inputs() {
    return {"rst_ni", "enable_i", "step_valid_i", "step_first_i", "step_last_i"};
  }
  static std::vector<std::string> outputs() {
    return {"step_ready_o", "load_o",      "issue_o",   "issue_first_o",
            "issue_last_o", "row_valid_o", "row_last_o"};
  }
  std::vector<int> widths() const { return {1, 1, 1, 1, 1}; }

  void reset() {
    held_ = false;
    lasts_.clear();
  }
  Expected shown(const Inputs& in) const {
    return {ready(in),
            in[2] != 0 && ready(in),
            issues(),
            issues() && first_,
            issues() && last_,
            lasts_.any(latency_, latency_ + rows_ - 1),
            lasts_.any(latency_ + rows_ - 1, latency_ + rows_ - 1)};
  }
  void clock(const Inputs& in) {
    if (in[1] == 0) return;
    const bool taken = in[2] != 0 && ready(in);
    const bool issued = issues();
    lasts_.pass_cycle(issued && last_);
    if (issued) held_ = false;
    if (!taken) return;
    held_ = true;
    first_ = in[3] != 0;
    last_ = in[4] != 0;
  }

 private:
  bool issues() const { return held_ && !(last_ && lasts_.any(1, rows_ - 1)); }
  bool ready(const Inputs& in) const { return in[1] != 0 && (!held_ || issues()); }

  int rows_;
  int latency_;
  Ages lasts_;  // last steps issued
  bool held_ = false;
  bool first_ = false;
  bool last_ = false;
};

class WeightGate {
 public:
  static constexpr bool kResets = true;
  explicit WeightGate(const gen::EmittedModule& m)
      : rows_(value_of(m, "Rows")),
        latency_(value_of(m, "Latency")),
        loads_(static_cast<size_t>(rows_), Ages(rows_)),
        swaps_(rows_),
        steps_(latency_) {}

  static std::vector<std::string> inputs() {
    return {"rst_ni", "enable_i", "load_valid_i", "step_valid_i", "step_swap_i"};
  }
  static std::vector<std::string> outputs() {
    return {"load_ready_o", "step_ready_o", "accept_o", "load_o", "swap_o", "result_valid_o"};
  }
  std::vector<int> widths() const { return {1, 1, 1, 1, 1}; }

  void reset() {
    held_ = complete_ = false;
    loaded_ = 0;
    for (Ages& target : loads_) target.clear();
    swaps_.clear();
    steps_.clear();
  }
  Expected shown(const Inputs& in) const {
    uint64_t load = in[2] != 0 && takes_load(in) ? 1 : 0;
    uint64_t swap = issues() && swap_ ? 1 : 0;
    for (int row = 1; row < rows_; ++row) {
      // A load passes every row above the one that it is for.
      for (int target = row; target < rows_; ++target) {
        if (loads_[static_cast<size_t>(target)].any(row, row)) load |= uint64_t{1} << row;
      }
      if (swaps_.any(row, row)) swap |= uint64_t{1} << row;
    }
    return {takes_load(in), ready(in), in[3] != 0 && ready(in),
            load,           swap,      steps_.any(latency_, latency_)};
  }
  void clock(const Inputs& in) {
    if (in[1] == 0) return;
    const bool load = in[2] != 0 && takes_load(in);
    const bool taken = in[3] != 0 && ready(in);
    const bool issued = issues();
    steps_.pass_cycle(issued);
    swaps_.pass_cycle(issued && swap_);
    for (int target = 0; target < rows_; ++target) {
      loads_[static_cast<size_t>(target)].pass_cycle(load && target == rows_ - 1 - loaded_);
    }
    if (issued && swap_) complete_ = false;
    if (load) ++loaded_;
    if (loaded_ == rows_) {
      complete_ = true;
      loaded_ = 0;
    }
    if (issued) held_ = false;
    if (!taken) return;
    held_ = true;
    swap_ = in[4] != 0;
  }

 private:
  bool issues() const { return held_ && !(swap_ && !complete_); }
  bool ready(const Inputs& in) const { return in[1] != 0 && (!held_ || issues()); }
  bool takes_load(const Inputs& in) const { return in[1] != 0 && !complete_; }

  int rows_;
  int latency_;
  std::vector<Ages> loads_;  // under way, by the row they are for
  Ages swaps_;
  Ages steps_;
  int loaded_ = 0;  // rows of the set under way
  bool complete_ = false;
  bool held_ = false;
  bool swap_ = false;
};

// Both halves of every cycle are compared; until the first reset nothing is known of a module.
template <class Module>
UnitVectors exercise(const gen::EmittedModule& m, int cycles, uint64_t seed) {
  Module module(m);
  const bool at_once = Module::kResets && value_of(m, "AsyncReset") != 0;
  const std::vector<int> widths = module.widths();
  std::vector<std::string> names = Module::inputs();
  names.insert(names.begin(), "clk_i");
  Vectors vectors(names, Module::outputs(), /*clocked=*/false);
  Rng rng(seed);
  std::vector<int> permille(widths.size());
  bool known = !Module::kResets;
  const auto evaluate = [&](bool clock, const Inputs& in) {
    Inputs row = in;
    row.insert(row.begin(), clock ? 1 : 0);
    vectors.add(row, known ? module.shown(in) : Expected(Module::outputs().size()));
  };
  for (int cycle = 0; cycle < cycles; ++cycle) {
    if (cycle % 64 == 0) {
      for (int& rate : permille) rate = static_cast<int>(rng.below(11)) * 100;
    }
    Inputs in;
    for (size_t i = 0; i < widths.size(); ++i) {
      in.push_back(widths[i] == 1 ? rng.chance(permille[i]) : rng.next() >> (64 - widths[i]));
    }
    // Not from the start: reset has to fall for what it resets at once.
    if (Module::kResets) in[0] = cycle == 0 || (cycle != 1 && !rng.chance(10));
    const bool reset = Module::kResets && in[0] == 0;
    if constexpr (Module::kResets) {
      known = known || (reset && at_once);
      if (reset && at_once) module.reset();
    }
    evaluate(false, in);
    if constexpr (Module::kResets) {
      known = known || reset;
      if (reset) module.reset();
    }
    if (!reset) module.clock(in);
    evaluate(true, in);
  }
  return {std::move(vectors), false,
          fmt::format("{} cycles of requests and stalls{} at random", cycles,
                      Module::kResets ? ", resets" : "")};
}

// enable_i changes at any time but together with the clock; only its value at the falling edge
// counts.
UnitVectors clock_gate_vectors(int cycles, uint64_t seed) {
  Vectors vectors({"clk_i", "enable_i"}, {"clk_o"}, /*clocked=*/false);
  Rng rng(seed);
  bool clock = true;
  bool enable = true;
  std::optional<uint64_t> open;  // until the clock has fallen nothing is known
  for (int i = 0; i < 4 * cycles; ++i) {
    if (i > 0 && rng.chance(500)) {
      clock = !clock;
      if (!clock) open = enable ? 1 : 0;
    } else {
      enable = rng.chance(500);
    }
    const std::array<uint64_t, 2> inputs = {clock, enable};
    const std::array<std::optional<uint64_t>, 1> outputs = {clock ? open : 0};
    vectors.add(inputs, outputs);
  }
  return {std::move(vectors), false,
          fmt::format("{} changes of clock and enable at random: whole pulses only", 4 * cycles)};
}

}  // namespace

std::optional<UnitVectors> library_vectors(const gen::EmittedModule& module, int cycles,
                                           uint64_t seed) {
  if (module.name == "sparq_skew_line") return exercise<SkewLine>(module, cycles, seed);
  if (module.name == "sparq_control_register") {
    return exercise<ControlRegister>(module, cycles, seed);
  }
  if (module.name == "sparq_clock_gate") return clock_gate_vectors(cycles, seed);
  if (module.name == "sparq_tile_gate") return exercise<TileGate>(module, cycles, seed);
  if (module.name == "sparq_weight_gate") return exercise<WeightGate>(module, cycles, seed);
  return std::nullopt;
}

}  // namespace sparq::verif
