// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "verif/coverage/bins.h"
#include "verif/harness/stream_checks.h"

namespace sparq::verif {
namespace {

class Program {
 public:
  Program(const spec::Config& config, const StreamShape& shape, Level level, uint64_t seed)
      : config_(config),
        rows_(config.array.rows),
        shape_(shape),
        full_(level == Level::kFull),
        seed_(seed),
        rng_(seed) {}

  std::vector<StreamTest> tests() {
    add("steps and sets", steps_and_sets());
    add("pauses on every stream", pauses());
    add("reset at any time", resets());
    add("operand patterns", patterns());
    add("classes of activations, at set boundaries and held", classes());
    add("throughput", throughput());
    return std::move(tests_);
  }

 private:
  void add(std::string title, std::vector<StreamScenario> scenarios) {
    for (size_t i = 0; i < scenarios.size(); ++i) {
      scenarios[i].test = title;
      scenarios[i].seed = derive(seed_, tests_.size() + 1, i);
    }
    tests_.push_back({std::move(title), std::move(scenarios)});
  }

  int pick(int least, int most) {
    return least + static_cast<int>(rng_.below(static_cast<uint64_t>(most - least + 1)));
  }
  int times(int quick, int full) const { return full_ ? full : quick; }

  std::vector<StepRun> runs(int count, int least_steps, int most_steps) {
    std::vector<StepRun> all;
    for (int i = 0; i < count; ++i) {
      all.push_back({.name = rng_.below(1000), .steps = pick(least_steps, most_steps)});
    }
    return all;
  }
  static StreamScenario one_phase(std::vector<StepRun> all) {
    StreamScenario scenario;
    scenario.phases = {{std::move(all), std::nullopt}};
    return scenario;
  }

  std::vector<StreamScenario> steps_and_sets() {
    std::vector<StreamScenario> all;
    for (const int steps : {1, 2, rows_ - 1, rows_, rows_ + 1, 2 * rows_}) {
      if (steps < 1) continue;
      all.push_back(one_phase(runs(6, steps, steps)));
      all.back().preload = rng_.chance(500);
    }
    for (int i = 0; i < times(6, 100); ++i) {
      all.push_back(one_phase(runs(8, 1, 2 * rows_ + 2)));
      all.back().preload = i % 2 == 0;
    }
    return all;
  }

  // {bubbles, stalls, burst, loads, frozen}
  static constexpr Traffic kTraffics[] = {
      {500, 0, 1, 0, 0},     {0, 500, 1, 0, 0},       {0, 0, 1, 500, 0},   {300, 300, 1, 300, 0},
      {900, 0, 1, 0, 0},     {0, 900, 1, 0, 0},       {0, 0, 1, 900, 0},   {50, 50, 40, 50, 0},
      {900, 900, 3, 900, 0}, {0, 30, 100, 0, 0},      {30, 0, 100, 30, 0}, {0, 0, 1, 0, 500},
      {0, 300, 3, 300, 300}, {300, 300, 2, 300, 300}, {0, 0, 30, 0, 100},
  };

  std::vector<StreamScenario> pauses() {
    std::vector<StreamScenario> all;
    for (int i = 0; i < times(2, 30); ++i) {
      for (const Traffic& traffic : kTraffics) {
        if (traffic.freeze_permille > 0 && !shape_.clock_enable) continue;
        all.push_back(one_phase(runs(8, 1, i % 2 == 0 ? rows_ + 2 : 3 * rows_)));
        all.back().traffic = traffic;
      }
    }
    return all;
  }

  std::vector<StreamScenario> resets() {
    std::vector<StreamScenario> all;
    for (int i = 0; i < times(10, 120); ++i) {
      StreamScenario scenario;
      for (int p = 0; p < 5; ++p) {
        // While weights load, while steps are under way, while beats wait, after everything.
        const int longest = 2 * shape_.load_beats + 2 * shape_.result_latency + 4;
        const auto cut = static_cast<uint64_t>(pick(1, longest));
        scenario.phases.push_back({runs(3, 1, rows_ + 2), cut});
      }
      scenario.phases.push_back({runs(4, 1, rows_ + 2), std::nullopt});
      if (i % 2 == 1) scenario.traffic = kTraffics[rng_.below(std::size(kTraffics))];
      all.push_back(std::move(scenario));
    }
    return all;
  }

  std::vector<StreamScenario> patterns() {
    std::vector<StreamScenario> all;
    for (int i = 0; i < times(1, 20); ++i) {
      for (const Stimulus stimulus : {Stimulus::kExtremes, Stimulus::kSparse, Stimulus::kOneHot,
                                      Stimulus::kCorners, Stimulus::kRandom}) {
        all.push_back(one_phase(runs(6, 10, 40)));
        all.back().stimulus = stimulus;
      }
    }
    return all;
  }

  // Each class of activations, with 2:4 weights beside every pattern and order of them, with sets
  // of weights also as the first step of a set: passing and held. So often that what is drawn
  // beside it, the signs of weights and C, comes out either way. The first steps are not held:
  // results stall the array, and there are none yet.
  std::vector<StreamScenario> classes() {
    constexpr int kDraws = 40;
    const auto turns = static_cast<int>(class_turns(config_));
    const auto values = static_cast<int>(representatives(config_.format).size());
    const int patterns = shape_.sparse ? static_cast<int>(kSparsePatterns) : 1;
    const int steps = turns * patterns * std::max(2, 1 + kDraws / values);
    const int unheld = shape_.result_latency + 2;  // the first stall may come two cycles late
    std::vector<StepRun> all;
    if (shape_.loads_weights()) {
      // As long as sets must be for steps without a gap.
      for (int i = 0; i < steps + unheld; ++i) {
        all.push_back(
            {.name = static_cast<uint64_t>(i), .first = i, .steps = shape_.load_beats + 1});
      }
    } else {
      all.push_back({.name = 0, .first = 0, .steps = steps + unheld});
    }
    StreamScenario scenario = one_phase(std::move(all));
    scenario.stimulus = Stimulus::kClasses;
    scenario.traffic.stall_permille = kEveryOther;
    return {scenario};
  }

  std::vector<StreamScenario> throughput() {
    StreamScenario scenario = one_phase(runs(8, rows_ + 1, 3 * rows_));
    for (StepRun& run : runs(4, rows_ + 1, rows_ + 1)) scenario.phases[0].runs.push_back(run);
    scenario.preload = true;
    return {scenario};
  }

  const spec::Config& config_;
  const int rows_;
  const StreamShape& shape_;
  const bool full_;
  const uint64_t seed_;
  Rng rng_;
  std::vector<StreamTest> tests_;
};

}  // namespace

std::vector<StreamTest> stream_program(const spec::Config& config, const StreamShape& shape,
                                       Level level, uint64_t seed) {
  return Program(config, shape, level, seed).tests();
}

}  // namespace sparq::verif
