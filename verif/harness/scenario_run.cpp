// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/scenario_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "golden/require.h"
#include "verif/coverage/bins.h"
#include "verif/harness/describe_step.h"

namespace sparq::verif {
namespace {

enum Use : uint64_t { kActivationValues, kWeightValues, kTraffic };

// The operands of one phase and what should come of them.
class Phases {
 public:
  Phases(const ArrayUnderTest& array, const Scenario& scenario)
      : array_(array), scenario_(scenario) {
    if (scenario.stimulus == Stimulus::kClasses) classes_ = representatives(array.config.format);
  }

  ActivationMatrix activations(const TilePlan& tile) const {
    const auto rows = static_cast<size_t>(tile.rows);
    const auto k = static_cast<size_t>(tile.k);
    // The name is the turn.
    if (scenario_.stimulus == Stimulus::kClasses)
      return padded(make_classes(classes_, tile.activations, rows, k, array_.config));
    const uint64_t seed = derive(scenario_.seed, kActivationValues, tile.activations);
    return padded(make_activations(scenario_.stimulus, seed, rows, k, array_.config));
  }
  WeightMatrix weights(const TilePlan& tile) const {
    return padded(
        make_weights(scenario_.stimulus, derive(scenario_.seed, kWeightValues, tile.weights),
                     static_cast<size_t>(tile.cols), static_cast<size_t>(tile.k), array_.config));
  }

  // Jobs for the driver; they stay valid until the next call.
  std::vector<TileJob> prepare(const Phase& phase) {
    panels_.clear();
    expected_.clear();
    std::vector<TileJob> jobs;
    ActivationMatrix a;
    WeightMatrix w;
    for (const TilePlan& tile : phase.tiles) {
      const ActivationMatrix own_a = activations(tile);
      const WeightMatrix own_w = weights(tile);
      a = tile.clear ? own_a : joined(a, own_a);
      w = tile.clear ? own_w : joined(w, own_w);
      const SumMatrix& sums = expect(tile, a, w);
      rows_.push_back(pack_rows(sums, 0, 0, array_.shape));
      jobs.push_back({.activations = &panel(tile.activations, tile.rows, tile.k, kActivationValues,
                                            [&] { return pack(own_a); }),
                      .weights = &panel(tile.weights, tile.cols, tile.k, kWeightValues,
                                        [&] { return pack_weights(own_w, 0, array_.shape); }),
                      .clear = tile.clear});
    }
    for (size_t i = 0; i < jobs.size(); ++i) {
      jobs[i].expected = rows_[rows_.size() - jobs.size() + i].data();
    }
    return jobs;
  }

 private:
  using Key = std::tuple<uint64_t, int, int, uint64_t>;

  Panel pack(const ActivationMatrix& a) const {
    return pack_activations(a, 0, array_.shape, array_.datapath);
  }

  template <class Make>
  const Panel& panel(uint64_t name, int used, int k, uint64_t use, Make make) {
    const auto [at, missing] = panels_.try_emplace({name, used, k, use});
    if (missing) at->second = make();
    return at->second;
  }

  // A tile that adds nothing to older sums is expected to give what its operands say, once.
  const SumMatrix& expect(const TilePlan& tile, const ActivationMatrix& a, const WeightMatrix& w) {
    const std::tuple key{tile.activations, tile.weights, tile.rows, tile.cols, a.cols};
    if (!tile.clear || !expected_.contains(key)) {
      SumMatrix sums = array_.datapath.expect(a, w);
      if (!tile.clear) return continued_ = std::move(sums);
      expected_[key] = std::move(sums);
    }
    return expected_[key];
  }

  // Zeros up to whole steps, so that what follows starts with a step of its own.
  template <class T>
  golden::Matrix<T> padded(const golden::Matrix<T>& m) const {
    const auto each = static_cast<size_t>(array_.shape.signature.k_per_step);
    return joined(m, golden::Matrix<T>(m.rows, (each - m.cols % each) % each));
  }

  // Side by side along K; missing rows are zeros.
  template <class T>
  static golden::Matrix<T> joined(const golden::Matrix<T>& left, const golden::Matrix<T>& right) {
    golden::Matrix<T> both(std::max(left.rows, right.rows), left.cols + right.cols);
    for (size_t r = 0; r < both.rows; ++r) {
      if (r < left.rows) std::ranges::copy(left.row(r), both.row(r).begin());
      if (r < right.rows) {
        std::ranges::copy(right.row(r), both.row(r).begin() + static_cast<ptrdiff_t>(left.cols));
      }
    }
    return both;
  }

  const ArrayUnderTest& array_;
  const Scenario& scenario_;
  std::vector<uint16_t> classes_;  // of kClasses
  std::map<Key, Panel> panels_;
  std::map<std::tuple<uint64_t, uint64_t, int, int, size_t>, SumMatrix> expected_;
  SumMatrix continued_;
  std::vector<std::vector<unsigned char>> rows_;
};

// The operands of PE(r, c) in a tile.
std::string operand_lines(const ArrayUnderTest& array, const ActivationMatrix& a,
                          const WeightMatrix& w, size_t r, size_t c) {
  const auto each = static_cast<size_t>(array.shape.signature.k_per_step);
  std::vector<uint16_t> x(a.cols);
  std::vector<int16_t> y(w.cols);
  if (r < a.rows) std::ranges::copy(a.row(r), x.begin());
  if (c < w.rows) std::ranges::copy(w.row(c), y.begin());
  return step_lines(x, y, each, array.datapath.describe);
}

std::string describe(const ArrayUnderTest& array, const Scenario& scenario, size_t phase,
                     const Fault& fault, const std::vector<TileJob>& jobs, const Phases& operands) {
  std::string text = fmt::format(
      "{}: {} in tile {}, row {}, cycle {}\n  test \"{}\", phase {} of {}, stimulus {}, seed {}, "
      "initial values {}\n  config {}, digest in the case file\n",
      array.module, to_text(fault.kind), fault.tile, fault.row, fault.cycle, scenario.test, phase,
      scenario.phases.size(), to_text(scenario.stimulus), scenario.seed, scenario.initial_values,
      array.config.name);
  if (!fault.detail.empty()) text += "  " + fault.detail + "\n";
  if (fault.kind != FaultKind::kWrongRow) return text;

  const unsigned char* expected =
      jobs[fault.tile].expected + static_cast<size_t>(fault.row) * array.shape.row_bytes();
  std::vector<int> wrong;
  for (int c = 0; c < array.shape.cols; ++c) {
    if (row_element(expected, c, array.shape) != row_element(fault.got.data(), c, array.shape)) {
      wrong.push_back(c);
    }
  }
  golden::require(!wrong.empty(), "a wrong row has a wrong element");
  const int64_t want = row_element(expected, wrong[0], array.shape);
  const int64_t got = row_element(fault.got.data(), wrong[0], array.shape);
  text += fmt::format("  PE({},{}): expected {}, got {} (wrong columns of this row: {} of {})\n",
                      fault.row, wrong[0], want, got, wrong.size(), array.shape.cols);
  const TilePlan& tile = scenario.phases[phase].tiles[fault.tile];
  text += fmt::format("  tile of {} steps, {}; operands of this PE:\n",
                      jobs[fault.tile].activations->steps,
                      tile.clear ? "new sums" : "added to the tile before");
  return text + operand_lines(array, operands.activations(tile), operands.weights(tile),
                              static_cast<size_t>(fault.row), static_cast<size_t>(wrong[0]));
}

double utilization(const ArrayUnderTest& array, const Phase& phase, uint64_t cycles) {
  double useful = 0;
  for (const TilePlan& tile : phase.tiles) useful += double{1} * tile.rows * tile.cols * tile.k;
  const double peak =
      double{1} * array.shape.rows * array.shape.cols * array.shape.signature.k_per_step;
  return useful / (peak * static_cast<double>(cycles));
}

// What the cycles of a whole phase must be; empty when they are.
std::string wrong_cycles(const ArrayUnderTest& array, const Scenario& scenario,
                         const StreamResult& stream, const std::vector<TileJob>& jobs) {
  const uint64_t least = unstalled_cycles(jobs, array.shape);
  const uint64_t took = stream.cycles();
  if (scenario.traffic == Traffic{} && took != least) {
    return fmt::format("{} tiles took {} cycles instead of exactly {}", jobs.size(), took, least);
  }
  if (took > least + stream.pauses) {
    return fmt::format("{} tiles took {} cycles; without pauses {}, and {} pauses explain no more",
                       jobs.size(), took, least, stream.pauses);
  }
  return "";
}

}  // namespace

ScenarioResult run_scenario(const Model& model, const ArrayUnderTest& array,
                            const Scenario& scenario, const std::optional<Wave>& wave) {
  ScenarioResult result;
  Dut dut = model.make(scenario.initial_values);
  ArrayDriver driver(dut, array.shape);
  if (wave) {
    driver.on_cycle = [&](uint64_t cycle) {
      if (cycle == wave->from) result.wave_begun = dut.open_trace(wave->path);
    };
  }
  Rng rng(derive(scenario.seed, kTraffic, 0));
  Phases operands(array, scenario);
  for (size_t p = 0; p < scenario.phases.size(); ++p) {
    const Phase& phase = scenario.phases[p];
    const std::vector<TileJob> jobs = operands.prepare(phase);
    driver.reset(rng.chance(250) ? 2 : 1, rng);  // one edge is promised to be enough
    const uint64_t started = driver.cycle();
    StreamResult stream = driver.run(jobs, scenario.traffic, rng, phase.cut_after);
    result.sums += stream.rows * static_cast<uint64_t>(array.shape.cols);
    result.total_cycles = driver.cycle();
    if (!stream.fault && !phase.cut_after) {
      result.cycles = stream.cycles();
      result.utilization = utilization(array, phase, result.cycles);
      std::string wrong = wrong_cycles(array, scenario, stream, jobs);
      if (wrong.empty() && result.utilization * 1000 < scenario.least_utilization) {
        wrong = fmt::format("utilization is {:.1f} %, {:.1f} % are needed",
                            result.utilization * 100, scenario.least_utilization / 10.0);
      }
      if (!wrong.empty()) {
        stream.fault =
            Fault{FaultKind::kWrongTime, jobs.size() - 1, array.shape.rows - 1, driver.cycle(), {},
                  std::move(wrong)};
      }
    }
    if (stream.fault) {
      std::string text = describe(array, scenario, p, *stream.fault, jobs, operands);
      result.failure = ScenarioFailure{p, std::move(*stream.fault), started, std::move(text)};
      break;
    }
  }
  if (array.coverage != nullptr && !result.failure) array.coverage->collect(dut);
  return result;
}

Scenario shrink(const Model& model, const ArrayUnderTest& array, const Scenario& scenario,
                const ScenarioFailure& failure) {
  const Phase& phase = scenario.phases[failure.phase];
  const size_t end = failure.fault.tile + 1;
  if (failure.fault.kind == FaultKind::kWrongTime || end > phase.tiles.size()) return scenario;
  for (const size_t count : {1, 2, 3, 5, 9}) {
    if (count >= end && scenario.phases.size() == 1 && end == phase.tiles.size()) break;
    const size_t begin = end - std::min(count, end);
    if (!phase.tiles[begin].clear) continue;
    Scenario smaller = scenario;
    smaller.phases = {Phase{{phase.tiles.begin() + static_cast<ptrdiff_t>(begin),
                             phase.tiles.begin() + static_cast<ptrdiff_t>(end)},
                            std::nullopt}};
    smaller.least_utilization = 0;
    const ScenarioResult again = run_scenario(model, array, smaller);
    if (again.failure && again.failure->fault.kind == failure.fault.kind) return smaller;
  }
  return scenario;
}

}  // namespace sparq::verif
