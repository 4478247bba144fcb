// SPDX-License-Identifier: Apache-2.0
#include "verif/stream_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "golden/spec/config_json.h"
#include "verif/harness/stream_driver.h"

namespace sparq::verif {
namespace {

using golden::Matrix;

size_t blocks_of(size_t count, int edge) {
  return (count + static_cast<size_t>(edge) - 1) / static_cast<size_t>(edge);
}

// One block of C: its place, and its sums, which are also its next addends.
struct Block {
  size_t i;
  size_t j;
  std::vector<unsigned char> sums;
  std::vector<unsigned char> expected;
  std::optional<size_t> last_step = {};
};

// The whole product as steps.
struct Schedule {
  std::vector<Panel> activations;  // one for each i
  std::vector<Panel> weights;      // one for each j
  std::vector<Block> blocks;
  std::vector<StreamStep> steps;
  std::vector<size_t> block_of;  // of a step
  std::vector<WeightSet> sets;
};

// How many blocks take turns, so that a block's sums are back before its next step: a step may use
// a result one cycle after it was handed over. On a weight-stationary array blocks that share a set
// of weights stay together, and no set is used faster than the next one can be loaded.
size_t blocks_in_turn(const StreamShape& shape, size_t rows) {
  const auto enough = static_cast<size_t>(shape.result_latency) + 1;
  if (!shape.loads_weights()) return enough;
  const size_t each = std::max(rows, static_cast<size_t>(shape.load_beats) + 1);
  return (enough + each - 1) / each * rows;
}

void add_step(Schedule& schedule, size_t b, size_t k, bool swap, const StreamShape& shape,
              size_t k_steps) {
  Block& block = schedule.blocks[b];
  const Panel& weights = schedule.weights[block.j];
  if (swap) {
    const size_t first = k * static_cast<size_t>(shape.load_beats);
    schedule.sets.push_back({weights.step(first), weights.step_bytes});
  }
  schedule.steps.push_back({.activation = schedule.activations[block.i].step(k),
                            .weight = shape.loads_weights() ? nullptr : weights.step(k),
                            .addend = block.sums.data(),
                            .expected = k + 1 == k_steps ? block.expected.data() : nullptr,
                            .result = block.sums.data(),
                            .swap = swap,
                            .after = block.last_step});
  block.last_step = schedule.block_of.size();
  schedule.block_of.push_back(b);
}

template <class X, class W>
Schedule make_schedule(const Matrix<X>& a, const Matrix<W>& w, const SumMatrix& expected,
                       const StreamShape& shape, const Datapath& datapath) {
  Schedule schedule;
  const size_t rows = blocks_of(a.rows, shape.m);
  const size_t cols = blocks_of(w.rows, shape.n);
  const auto m = static_cast<size_t>(shape.m);
  const auto n = static_cast<size_t>(shape.n);
  for (size_t i = 0; i < rows; ++i) {
    schedule.activations.push_back(pack_block(a, i * m, shape, datapath));
  }
  for (size_t j = 0; j < cols; ++j) {
    schedule.weights.push_back(pack_weight_block(w, j * n, shape));
    for (size_t i = 0; i < rows; ++i) {
      Block& block = schedule.blocks.emplace_back();
      block.i = i;
      block.j = j;
      block.sums.resize(shape.beat_bytes());
      block.expected.resize(shape.beat_bytes());
      pack_beat(expected, i * m, j * n, shape, block.expected.data());
    }
  }
  const size_t k_steps = shape.steps(a.cols);
  const size_t turn = blocks_in_turn(shape, rows);
  for (size_t first = 0, end = 0; first < schedule.blocks.size(); first = end) {
    // The last turn takes what would be too few for one of their own.
    const size_t left = schedule.blocks.size() - first;
    end = first + (left < 2 * turn ? left : turn);
    for (size_t k = 0; k < k_steps; ++k) {
      for (size_t b = first; b < end; ++b) {
        const bool swap = shape.loads_weights() && schedule.blocks[b].i == 0;
        add_step(schedule, b, k, swap, shape, k_steps);
      }
    }
  }
  return schedule;
}

template <class T>
std::vector<T> padded(const auto& row) {
  std::vector<T> values(row.begin(), row.end());
  values.resize((values.size() + 3) / 4 * 4);  // whole pairs, whole groups
  return values;
}

template <class X, class W>
std::string describe(const StreamFault& fault, const Schedule& schedule, const Matrix<X>& a,
                     const Matrix<W>& w, const StreamShape& shape, std::string_view engine,
                     const gen::Output& output) {
  const Block& block =
      schedule.blocks[schedule.block_of[std::min(fault.step, schedule.block_of.size() - 1)]];
  std::string text =
      fmt::format("{}: {} at beat {}, block ({},{}) of C, cycle {}\n", output.top().name,
                  to_text(fault.kind), fault.step, block.i, block.j, fault.cycle);
  if (!fault.detail.empty()) text += "  " + fault.detail + "\n";
  text += fmt::format("  config {}, digest {}\n", output.config.name, spec::digest(output.config));
  for (int r = 0; fault.kind == StreamFaultKind::kWrongBeat && r < shape.m; ++r) {
    for (int c = 0; c < shape.n; ++c) {
      const int64_t want = beat_element(block.expected.data(), r, c, shape);
      const int64_t got = beat_element(fault.got.data(), r, c, shape);
      if (want == got) continue;
      const size_t row = block.i * static_cast<size_t>(shape.m) + static_cast<size_t>(r);
      const size_t col = block.j * static_cast<size_t>(shape.n) + static_cast<size_t>(c);
      text += fmt::format("  C[{},{}]: expected {} (engine {}), got {}; its operands:\n", row, col,
                          want, engine, got);
      if (row >= a.rows || col >= w.rows) return text + "  beyond the matrices, all zeros\n";
      return text + operand_lines(padded<uint16_t>(a.row(row)), padded<int16_t>(w.row(col)), shape,
                                  golden_datapath(output.config));
    }
  }
  return text;
}

}  // namespace

template <class X, class W>
ArrayProduct multiply_streaming(const Matrix<X>& activations, const Matrix<W>& weights,
                                const SumMatrix& expected, std::string_view engine,
                                const gen::Output& output, const Model& model,
                                const std::function<void(size_t done, size_t total)>& progress) {
  const StreamShape shape = stream_shape(output.config);
  const Schedule schedule =
      make_schedule(activations, weights, expected, shape, golden_datapath(output.config));
  Dut dut = model.make(1);
  StreamDriver driver(dut, shape);
  if (progress) {
    driver.on_cycle = [&](uint64_t cycle) {
      constexpr uint64_t kEvery = 4096;
      const size_t total = schedule.steps.size();
      if (cycle % kEvery == 0) progress(std::min<size_t>(cycle, total), total);
    };
  }
  Rng rng(1);
  driver.reset(1, rng);
  const StreamRunResult run = driver.run(schedule.steps, schedule.sets, Traffic{}, rng);
  ArrayProduct result;
  if (run.fault) {
    result.mismatch = describe(*run.fault, schedule, activations, weights, shape, engine, output);
    return result;
  }
  result.cycles = run.cycles();
  result.product = SumMatrix(activations.rows, weights.rows);
  for (const Block& block : schedule.blocks) {
    for (int r = 0; r < shape.m; ++r) {
      for (int c = 0; c < shape.n; ++c) {
        const size_t row = block.i * static_cast<size_t>(shape.m) + static_cast<size_t>(r);
        const size_t col = block.j * static_cast<size_t>(shape.n) + static_cast<size_t>(c);
        if (row >= activations.rows || col >= weights.rows) continue;
        result.product(row, col) = beat_element(block.sums.data(), r, c, shape);
      }
    }
  }
  return result;
}

template ArrayProduct multiply_streaming(const Matrix<uint8_t>&, const Matrix<int8_t>&,
                                         const SumMatrix&, std::string_view, const gen::Output&,
                                         const Model&, const std::function<void(size_t, size_t)>&);
template ArrayProduct multiply_streaming(const Matrix<uint8_t>&, const Matrix<int16_t>&,
                                         const SumMatrix&, std::string_view, const gen::Output&,
                                         const Model&, const std::function<void(size_t, size_t)>&);
template ArrayProduct multiply_streaming(const Matrix<uint16_t>&, const Matrix<int8_t>&,
                                         const SumMatrix&, std::string_view, const gen::Output&,
                                         const Model&, const std::function<void(size_t, size_t)>&);
template ArrayProduct multiply_streaming(const Matrix<uint16_t>&, const Matrix<int16_t>&,
                                         const SumMatrix&, std::string_view, const gen::Output&,
                                         const Model&, const std::function<void(size_t, size_t)>&);

}  // namespace sparq::verif
