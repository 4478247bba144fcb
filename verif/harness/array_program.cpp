// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "verif/coverage/bins.h"
#include "verif/harness/array_checks.h"
#include "verif/harness/rng.h"

namespace sparq::verif {
namespace {

class Program {
 public:
  Program(const spec::Config& config, const ArrayShape& shape, Level level, uint64_t seed)
      : config_(config), shape_(shape), full_(level == Level::kFull), seed_(seed), rng_(seed) {}

  std::vector<ArrayTest> tests() {
    add("GEMM shapes", gemm_shapes());
    add("short tiles, cycle by cycle", short_tiles());
    add("stalls on every stream", stalls());
    add("continued sums", continued());
    add("reset at any time", resets());
    add("operand patterns", patterns());
    add("classes of activations, at tile boundaries and held", classes());
    add("accumulator wraps", wraps());
    add("throughput", throughput());
    return std::move(tests_);
  }

 private:
  void add(std::string title, std::vector<Scenario> scenarios) {
    if (scenarios.empty()) return;
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

  // A tile that fills the array, of that many steps; now and then the last step is not full.
  TilePlan tile(int steps) {
    const int each = shape_.signature.k_per_step;
    const int missing = each > 1 && rng_.chance(300) ? pick(1, each - 1) : 0;
    return {.activations = rng_.below(1000),
            .weights = rng_.below(1000),
            .rows = shape_.rows,
            .cols = shape_.cols,
            .k = steps * each - missing,
            .clear = true};
  }
  std::vector<TilePlan> tiles(int count, int least_steps, int most_steps) {
    std::vector<TilePlan> all;
    for (int i = 0; i < count; ++i) all.push_back(tile(pick(least_steps, most_steps)));
    return all;
  }
  static Scenario one_phase(std::vector<TilePlan> all) {
    Scenario scenario;
    scenario.phases = {{std::move(all), std::nullopt}};
    return scenario;
  }

  // C (m x n) = A W^T, cut into tiles.
  Scenario gemm(int m, int n, int k) {
    std::vector<TilePlan> all;
    for (int i = 0; i < m; i += shape_.rows) {
      for (int j = 0; j < n; j += shape_.cols) {
        all.push_back({.activations = static_cast<uint64_t>(i),
                       .weights = static_cast<uint64_t>(j),
                       .rows = std::min(shape_.rows, m - i),
                       .cols = std::min(shape_.cols, n - j),
                       .k = k,
                       .clear = true});
      }
    }
    return one_phase(std::move(all));
  }

  std::vector<Scenario> gemm_shapes() {
    const int r = shape_.rows;
    const int c = shape_.cols;
    std::vector<Scenario> all = {
        gemm(1, 1, 1),         gemm(1, 2 * c + 1, 7), gemm(2 * r + 1, 1, 7), gemm(r, c, 1),
        gemm(r + 1, c + 1, 3), gemm(r, c, 2 * r + 1), gemm(2 * r, 2 * c, 64)};
    for (int i = 0; i < times(12, 150); ++i) {
      all.push_back(gemm(pick(1, 3 * r), pick(1, 3 * c), pick(1, 100)));
    }
    return all;
  }

  std::vector<Scenario> short_tiles() {
    const int r = shape_.rows;
    std::vector<Scenario> all;
    for (const int steps : {1, 2, r - 1, r, r + 1}) {
      if (steps >= 1) all.push_back(one_phase(tiles(5, steps, steps)));
    }
    all.push_back(
        one_phase({tile(1), tile(r + 1), tile(1), tile(r), tile(1), tile(r - 1 + (r == 1))}));
    all.push_back(one_phase({tile(4 * r), tile(1), tile(1)}));
    for (int i = 0; i < times(6, 100); ++i) all.push_back(one_phase(tiles(10, 1, r + 2)));
    return all;
  }

  static constexpr Traffic kTraffics[] = {
      {500, 0, 1},  {0, 500, 1},   {300, 300, 1}, {900, 0, 1},  {0, 900, 1},
      {50, 50, 40}, {900, 900, 3}, {0, 30, 100},  {30, 0, 100},
  };

  std::vector<Scenario> stalls() {
    std::vector<Scenario> all;
    for (int i = 0; i < times(2, 30); ++i) {
      for (const Traffic& traffic : kTraffics) {
        all.push_back(one_phase(tiles(6, 1, i % 2 == 0 ? shape_.rows + 2 : 3 * shape_.rows)));
        all.back().traffic = traffic;
      }
    }
    return all;
  }

  std::vector<Scenario> continued() {
    std::vector<Scenario> all;
    for (int i = 0; i < times(6, 60); ++i) {
      Scenario scenario = one_phase(tiles(8, 1, shape_.rows + 2));
      for (size_t t = 1; t < 8; ++t) scenario.phases[0].tiles[t].clear = rng_.chance(300);
      if (i % 2 == 1) scenario.traffic = kTraffics[rng_.below(std::size(kTraffics))];
      all.push_back(std::move(scenario));
    }
    return all;
  }

  std::vector<Scenario> resets() {
    std::vector<Scenario> all;
    const int drain = shape_.clusters + shape_.rows + shape_.signature.pe_latency;
    for (int i = 0; i < times(8, 100); ++i) {
      Scenario scenario;
      for (int p = 0; p < 5; ++p) {
        const int steps = pick(1, shape_.rows + 2);
        // In the tile, in the drain, in the gap between, after everything.
        const auto cut = static_cast<uint64_t>(pick(1, steps + drain + 2));
        scenario.phases.push_back({{tile(steps), tile(pick(1, shape_.rows))}, cut});
      }
      scenario.phases.push_back({tiles(3, 1, shape_.rows + 2), std::nullopt});
      if (i % 2 == 1) scenario.traffic = kTraffics[rng_.below(std::size(kTraffics))];
      all.push_back(std::move(scenario));
    }
    return all;
  }

  std::vector<Scenario> patterns() {
    std::vector<Scenario> all;
    for (int i = 0; i < times(1, 20); ++i) {
      for (const Stimulus stimulus : {Stimulus::kExtremes, Stimulus::kSparse, Stimulus::kOneHot,
                                      Stimulus::kCorners, Stimulus::kRandom}) {
        all.push_back(one_phase(tiles(4, 8, 100)));
        all.back().stimulus = stimulus;
      }
    }
    return all;
  }

  // Each class of activations as the only, first and last step of a tile and in its middle, passing
  // and held. What stalls the array is a row that waits: there is none before the first tile's, and
  // with fewer rows than steps not all the time: then tiles come in any order, often.
  std::vector<Scenario> classes() {
    const int each = shape_.signature.k_per_step;
    const size_t turns = class_turns(config_);
    const int unheld = 1 + (shape_.clusters + shape_.signature.pe_latency) / shape_.rows;
    const int longest = std::max(shape_.rows, 3);
    const size_t rounds = shape_.rows < longest ? 100 : 1;
    std::vector<TilePlan> all;
    for (size_t i = 0; i < rounds * turns + static_cast<size_t>(unheld); ++i) {
      for (const int steps : {1, longest}) {
        all.push_back(tile(steps));
        all.back().k = steps * each;
        all.back().activations = i % turns;
      }
    }
    for (size_t i = all.size(); rounds > 1 && i > 1; --i) {
      std::swap(all[i - 1], all[rng_.below(i)]);
    }
    Scenario scenario = one_phase(std::move(all));
    scenario.stimulus = Stimulus::kClasses;
    scenario.traffic.stall_permille = kEveryOther;
    return {scenario};
  }

  std::vector<Scenario> wraps() {
    constexpr int64_t kMostSteps = 70'000;
    const int each = shape_.signature.k_per_step;
    // The largest activation keeps its upper window_bits; times -2^(W-1) at every step.
    const spec::Format& format = config_.format;
    const int lost = format.activation_bits - format.window_bits;
    const int64_t largest = ((int64_t{1} << format.window_bits) - 1) << lost;
    const int room = config_.accumulator_bits - config_.weight_bits;  // 2^(P-1) / 2^(W-1)
    const int64_t k = room > 40 ? INT64_MAX / 2 : (int64_t{1} << room) / largest + 2 * each;
    // Large arrays simulate slowly, and every PE has the same adder.
    const int64_t budget = kMostSteps * 256 / (int64_t{1} * shape_.rows * shape_.cols);
    if (k / each > std::min(kMostSteps, std::max<int64_t>(budget, 1000))) return {};
    TilePlan plan = tile(1);
    plan.k = static_cast<int>(k);
    Scenario scenario = one_phase({plan, tile(shape_.rows), tile(1)});
    scenario.stimulus = Stimulus::kExtremes;
    return {scenario};
  }

  std::vector<Scenario> throughput() {
    const int each = shape_.signature.k_per_step;
    const int steps = std::max(512 / each, shape_.rows);
    const int drain = shape_.clusters + shape_.rows + shape_.signature.pe_latency;
    const int count = std::max(16, 50 * drain / steps);
    std::vector<TilePlan> all;
    for (int i = 0; i < count; ++i) {
      all.push_back(tile(steps));
      all.back().k = steps * each;
      all.back().activations = static_cast<uint64_t>(i % 4);  // few expectations to compute
      all.back().weights = static_cast<uint64_t>(i / 4 % 4);
    }
    Scenario scenario = one_phase(std::move(all));
    scenario.least_utilization = 970;
    return {scenario};
  }

  const spec::Config& config_;
  const ArrayShape& shape_;
  const bool full_;
  const uint64_t seed_;
  Rng rng_;
  std::vector<ArrayTest> tests_;
};

}  // namespace

std::vector<ArrayTest> array_program(const spec::Config& config, const ArrayShape& shape,
                                     Level level, uint64_t seed) {
  return Program(config, shape, level, seed).tests();
}

}  // namespace sparq::verif
