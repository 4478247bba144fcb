// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stream_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <tuple>

#include "golden/gemm.h"
#include "golden/require.h"
#include "verif/coverage/bins.h"

namespace sparq::verif {
namespace {

enum Use : uint64_t { kActivationValues, kWeightValues, kTraffic, kAddendValues, kSlots };

// The operands of a step and what should come of them.
struct StepOperands {
  ActivationMatrix activations;  // m x k
  WeightMatrix weights;          // n x k
  SumMatrix addends;             // C, m x n
};

// A step in the driver's terms; the driver's pointers point here.
struct PackedStep {
  Panel activation;
  Panel weight;
  std::vector<unsigned char> addend;
  std::vector<unsigned char> expected;
};

class Operands {
 public:
  Operands(const StreamUnderTest& array, const StreamScenario& scenario)
      : array_(array), shape_(array.shape), scenario_(scenario) {
    if (!in_turn()) return;
    const std::vector<uint16_t> values = representatives(array.config.format);
    const size_t turns = class_turns(array.config);
    for (size_t turn = 0; turn < turns; ++turn) {
      turns_.push_back(make_classes(values, turn, size(shape_.m), size(shape_.k), array.config));
    }
  }

  // Step `index` of everything a run's name stands for.
  StepOperands step(uint64_t run, int index) const {
    const uint64_t weights = shape_.loads_weights() ? run : one_of(run, index);
    return {activations(run, index), this->weights(weights, index), addends(run, index)};
  }

  // Jobs for the driver; they stay valid until the next call.
  void prepare(const StreamPhase& phase, std::vector<StreamStep>& steps,
               std::vector<WeightSet>& sets) {
    packed_.clear();
    sets_.clear();
    steps.clear();
    sets.clear();
    for (const StepRun& run : phase.runs) {
      if (shape_.loads_weights()) {
        sets_.push_back(pack_weight_block(weights(run.name, 0), 0, shape_));
        sets.push_back({sets_.back().bytes.data(), sets_.back().step_bytes});
      }
      for (int i = run.first; i < run.first + run.steps; ++i) add(run, i, steps);
    }
  }

 private:
  static size_t size(int value) { return static_cast<size_t>(value); }
  static uint64_t one_of(uint64_t run, int index) {
    return (run << 20) + static_cast<uint64_t>(index);
  }

  bool in_turn() const { return scenario_.stimulus == Stimulus::kClasses; }

  ActivationMatrix activations(uint64_t run, int index) const {
    if (in_turn()) return turns_[size(index) % turns_.size()];
    return make_activations(scenario_.stimulus,
                            derive(scenario_.seed, kActivationValues, one_of(run, index)),
                            size(shape_.m), size(shape_.k), array_.config);
  }

  WeightMatrix weights(uint64_t name, int index) const {
    WeightMatrix w = make_weights(scenario_.stimulus, derive(scenario_.seed, kWeightValues, name),
                                  size(shape_.n), size(shape_.k), array_.config);
    if (!shape_.sparse) return w;
    Rng rng(derive(scenario_.seed, kSlots, name));
    for (size_t at = 0; at < w.data.size(); at += spec::kSparseGroup) {
      if (in_turn()) {
        keep_pattern(&w.data[at], size(index) / turns_.size() + at / spec::kSparseGroup);
      } else {
        thin_out(&w.data[at], rng);
      }
    }
    return w;
  }

  // The places in use, in turn: none, one, two of four.
  static void keep_pattern(int16_t* group, size_t turn) {
    constexpr std::array<unsigned, kSparsePatterns> kPlaces = {0, 1, 2, 4, 8, 3, 5, 9, 6, 10, 12};
    const unsigned kept = kPlaces[turn % kPlaces.size()];
    for (unsigned i = 0; i < spec::kSparseGroup; ++i) {
      if ((kept >> i & 1) == 0) group[i] = 0;
    }
  }

  // At most two of a group stay, any two.
  static void thin_out(int16_t* group, Rng& rng) {
    const uint64_t first = rng.below(spec::kSparseGroup);
    const uint64_t second = (first + 1 + rng.below(spec::kSparseGroup - 1)) % spec::kSparseGroup;
    const int kept = rng.chance(700) ? 2 : static_cast<int>(rng.below(3));
    for (uint64_t i = 0; i < spec::kSparseGroup; ++i) {
      if (!((kept > 0 && i == first) || (kept > 1 && i == second))) group[i] = 0;
    }
  }

  // Any number of P bits, or those next to where sums wrap.
  SumMatrix addends(uint64_t run, int index) const {
    Rng rng(derive(scenario_.seed, kAddendValues, one_of(run, index)));
    const int bits = shape_.signature.accumulator_bits;
    const uint64_t edge = uint64_t{1} << (bits - 1);
    SumMatrix c(size(shape_.m), size(shape_.n));
    for (int64_t& value : c.data) {
      uint64_t drawn = rng.next();
      if (scenario_.stimulus == Stimulus::kExtremes) drawn = edge - rng.below(2);
      if (scenario_.stimulus == Stimulus::kOneHot) drawn = 0;
      // Zero, the largest, the smallest, any.
      const uint64_t kind = in_turn() ? rng.below(4) : 3;
      if (kind != 3) drawn = kind == 0 ? 0 : edge - kind % 2;
      value = golden::wrap(drawn, bits);
    }
    return c;
  }

  void add(const StepRun& run, int index, std::vector<StreamStep>& steps) {
    const StepOperands operands = step(run.name, index);
    const int bits = shape_.signature.accumulator_bits;
    SumMatrix sums = array_.datapath.expect(operands.activations, operands.weights);
    for (size_t i = 0; i < sums.data.size(); ++i) {
      sums.data[i] = golden::wrap(
          static_cast<uint64_t>(sums.data[i]) + static_cast<uint64_t>(operands.addends.data[i]),
          bits);
    }
    PackedStep& packed = packed_.emplace_back();
    packed.activation = pack_block(operands.activations, 0, shape_, array_.datapath);
    packed.addend.resize(shape_.beat_bytes());
    packed.expected.resize(shape_.beat_bytes());
    pack_beat(operands.addends, 0, 0, shape_, packed.addend.data());
    pack_beat(sums, 0, 0, shape_, packed.expected.data());
    if (!shape_.loads_weights()) {
      Rng rng(derive(scenario_.seed, kSlots, one_of(run.name, index) + 1));
      packed.weight = pack_weight_block(operands.weights, 0, shape_, [&](uint64_t ways) {
        return in_turn() ? size(index) / (kSparsePatterns * turns_.size()) % ways : rng.below(ways);
      });
    }
    steps.push_back({.activation = packed.activation.bytes.data(),
                     .weight = packed.weight.bytes.data(),
                     .addend = packed.addend.data(),
                     .expected = packed.expected.data(),
                     .swap = shape_.loads_weights() && index == run.first});
  }

  const StreamUnderTest& array_;
  const StreamShape& shape_;
  const StreamScenario& scenario_;
  std::vector<ActivationMatrix> turns_;  // kClasses: by the turn to begin with
  std::deque<PackedStep> packed_;
  std::deque<Panel> sets_;
};

// The run that step `step` of a phase belongs to, and which of its run's it is.
std::pair<size_t, int> place_of(const StreamPhase& phase, size_t step) {
  size_t before = 0;
  for (size_t r = 0; r < phase.runs.size(); ++r) {
    const auto steps = static_cast<size_t>(phase.runs[r].steps);
    if (step < before + steps) return {r, static_cast<int>(step - before)};
    before += steps;
  }
  return {phase.runs.size() - 1, phase.runs.back().steps - 1};
}

std::string describe(const StreamUnderTest& array, const StreamScenario& scenario, size_t p,
                     const StreamFault& fault, const std::vector<StreamStep>& steps,
                     const Operands& operands) {
  const StreamShape& shape = array.shape;
  std::string text = fmt::format(
      "{}: {} at beat {}, cycle {}\n  test \"{}\", phase {} of {}, stimulus {}, seed {}, initial "
      "values {}\n  config {}, digest in the case file\n",
      array.module, to_text(fault.kind), fault.step, fault.cycle, scenario.test, p,
      scenario.phases.size(), to_text(scenario.stimulus), scenario.seed, scenario.initial_values,
      array.config.name);
  if (!fault.detail.empty()) text += "  " + fault.detail + "\n";
  if (fault.kind != StreamFaultKind::kWrongBeat) return text;

  const unsigned char* expected = steps[fault.step].expected;
  std::vector<std::pair<int, int>> wrong;
  for (int r = 0; r < shape.m; ++r) {
    for (int c = 0; c < shape.n; ++c) {
      if (beat_element(expected, r, c, shape) != beat_element(fault.got.data(), r, c, shape)) {
        wrong.emplace_back(r, c);
      }
    }
  }
  golden::require(!wrong.empty(), "a wrong beat has a wrong element");
  const auto [r, c] = wrong.front();
  const auto [run, index] = place_of(scenario.phases[p], fault.step);
  const StepRun& plan = scenario.phases[p].runs[run];
  const StepOperands step = operands.step(plan.name, plan.first + index);
  text += fmt::format(
      "  {}: expected {}, got {} (wrong results of this beat: {} of {})\n",
      shape.loads_weights() ? fmt::format("column {}", c) : fmt::format("unit({},{})", r, c),
      beat_element(expected, r, c, shape), beat_element(fault.got.data(), r, c, shape),
      wrong.size(), shape.m * shape.n);
  const auto row = static_cast<size_t>(r);
  const auto col = static_cast<size_t>(c);
  text += fmt::format("  step {} of its weights, addend {}; its operands:\n", index,
                      step.addends(row, col));
  return text +
         operand_lines(step.activations.row(row), step.weights.row(col), shape, array.datapath);
}

// Cycles of an undisturbed phase as the documents state them; nothing where they state none.
std::optional<uint64_t> stated_cycles(const StreamShape& shape, const StreamScenario& scenario,
                                      const StreamPhase& phase) {
  if (scenario.traffic != Traffic{}) return std::nullopt;
  uint64_t cycles = static_cast<uint64_t>(shape.result_latency);
  for (const StepRun& run : phase.runs) {
    cycles += static_cast<uint64_t>(run.steps);
    // Sets come without a bubble when each is used for at least Rows + 1 steps.
    if (shape.loads_weights() && run.steps < shape.load_beats + 1) return std::nullopt;
  }
  if (shape.loads_weights() && !scenario.preload) return std::nullopt;
  return cycles;
}

}  // namespace

StreamScenarioResult run_scenario(const Model& model, const StreamUnderTest& array,
                                  const StreamScenario& scenario, const std::optional<Wave>& wave) {
  StreamScenarioResult result;
  Dut dut = model.make(scenario.initial_values);
  StreamDriver driver(dut, array.shape);
  if (wave) {
    driver.on_cycle = [&](uint64_t cycle) {
      if (cycle == wave->from) result.wave_begun = dut.open_trace(wave->path);
    };
  }
  Rng rng(derive(scenario.seed, kTraffic, 0));
  Operands operands(array, scenario);
  std::vector<StreamStep> steps;
  std::vector<WeightSet> sets;
  for (size_t p = 0; p < scenario.phases.size(); ++p) {
    const StreamPhase& phase = scenario.phases[p];
    operands.prepare(phase, steps, sets);
    // One edge is promised to be enough, none where the reset is asynchronous.
    const int least = array.shape.asynchronous_reset && rng.chance(500) ? 0 : 1;
    driver.reset(rng.chance(250) ? 2 : least, rng);
    StreamRunResult run =
        driver.run(steps, sets, scenario.traffic, rng, scenario.preload, phase.cut_after);
    result.sums += run.beats * static_cast<uint64_t>(array.shape.m * array.shape.n);
    result.total_cycles = driver.cycle();
    if (!run.fault && !phase.cut_after) {
      const auto stated = stated_cycles(array.shape, scenario, phase);
      if (stated && run.cycles() != *stated) {
        run.fault = StreamFault{StreamFaultKind::kWrongTime,
                                steps.size() - 1,
                                driver.cycle(),
                                {},
                                fmt::format("{} steps took {} cycles instead of exactly {}",
                                            steps.size(), run.cycles(), *stated)};
      }
    }
    if (run.fault) {
      std::string text = describe(array, scenario, p, *run.fault, steps, operands);
      result.failure = StreamFailure{p, std::move(*run.fault), std::move(text)};
      break;
    }
  }
  if (array.coverage != nullptr && !result.failure) array.coverage->collect(dut);
  return result;
}

StreamScenario shrink(const Model& model, const StreamUnderTest& array,
                      const StreamScenario& scenario, const StreamFailure& failure) {
  const StreamPhase& phase = scenario.phases[failure.phase];
  const auto [run, index] = place_of(phase, failure.fault.step);
  for (const int count : {1, 2, 4, 8}) {
    // The faulty step with a few before it: from its own run, else with whole runs before.
    StreamScenario smaller = scenario;
    StepRun last = phase.runs[run];
    const int lead = std::min(index, count - 1);
    last.first += index - lead;
    last.steps = lead + 1;
    const size_t before = lead < index ? 0 : std::min(run, static_cast<size_t>(count - 1));
    StreamPhase only = {{phase.runs.begin() + static_cast<ptrdiff_t>(run - before),
                         phase.runs.begin() + static_cast<ptrdiff_t>(run)},
                        std::nullopt};
    only.runs.push_back(last);
    smaller.phases = {only};
    if (smaller == scenario) break;
    const StreamScenarioResult again = run_scenario(model, array, smaller);
    if (again.failure && again.failure->fault.kind == failure.fault.kind) return smaller;
  }
  return scenario;
}

}  // namespace sparq::verif
