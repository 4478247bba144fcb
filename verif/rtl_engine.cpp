// SPDX-License-Identifier: Apache-2.0
#include "verif/rtl_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "golden/gemm.h"
#include "golden/gemm_fast.h"
#include "golden/gemm_sparse24_fast.h"
#include "golden/require.h"
#include "golden/spec/config_json.h"
#include "verif/harness/array_driver.h"
#include "verif/harness/describe_step.h"
#include "verif/harness/model.h"
#include "verif/harness/operands.h"
#include "verif/harness/stream_shape.h"
#include "verif/stream_engine.h"

namespace sparq::verif {
namespace {

using Clock = std::chrono::steady_clock;
using golden::Matrix;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The golden engine that says what the array must give.
template <class X, class W>
std::string_view compared_with(const spec::Config& config) {
  return sizeof(X) == 1 && sizeof(W) == 1 &&
                 golden::fast_supports(config.format, config.weight_bits, config.accumulator_bits)
             ? "fast"
             : "reference";
}

template <class X, class W>
SumMatrix expected_product(const Matrix<X>& a, const Matrix<W>& w, const spec::Config& config) {
  const int bits = config.accumulator_bits;
  const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
  if constexpr (sizeof(X) == 1 && sizeof(W) == 1) {
    if (golden::fast_supports(config.format, config.weight_bits, bits)) {
      const Matrix<int32_t> sums = sparse ? golden::gemm_sparse24_fast(a, w, config.format, bits)
                                          : golden::gemm_fast(a, w, config.format, bits);
      return {sums.rows, sums.cols, {sums.data.begin(), sums.data.end()}};
    }
  }
  return sparse ? golden::gemm_sparse24_reference(a, w, config.format, bits)
                : golden::gemm_reference(a, w, config.format, bits);
}

size_t panels_for(size_t count, int edge) {
  return (count + static_cast<size_t>(edge) - 1) / static_cast<size_t>(edge);
}

// The tiles of a GEMM as jobs. `rows` holds what each should give and receives what it gave.
struct Tiling {
  std::vector<Panel> activations;
  std::vector<Panel> weights;
  std::vector<std::vector<unsigned char>> rows;
  std::vector<TileJob> jobs;  // (i, j) at i * weights.size() + j
};

template <class X, class W>
Tiling cut(const Matrix<X>& a, const Matrix<W>& w, const spec::Config& config,
           const ArrayShape& shape) {
  Tiling tiling;
  const Datapath datapath = golden_datapath(config);
  const auto rows = static_cast<size_t>(shape.rows);
  const auto cols = static_cast<size_t>(shape.cols);
  for (size_t i = 0; i < panels_for(a.rows, shape.rows); ++i) {
    tiling.activations.push_back(pack_activations(a, i * rows, shape, datapath));
  }
  for (size_t j = 0; j < panels_for(w.rows, shape.cols); ++j) {
    tiling.weights.push_back(pack_weights(w, j * cols, shape));
  }
  const SumMatrix sums = expected_product(a, w, config);
  for (size_t i = 0; i < tiling.activations.size(); ++i) {
    for (size_t j = 0; j < tiling.weights.size(); ++j) {
      tiling.rows.push_back(pack_rows(sums, i * rows, j * cols, shape));
      tiling.jobs.push_back({.activations = &tiling.activations[i], .weights = &tiling.weights[j]});
    }
  }
  for (size_t t = 0; t < tiling.jobs.size(); ++t) {
    tiling.jobs[t].expected = tiling.rows[t].data();
    tiling.jobs[t].result = tiling.rows[t].data();
  }
  return tiling;
}

// What PE(r, c) of a tile was given, and what three say of it.
template <class X, class W>
std::string describe_element(const Matrix<X>& a, const Matrix<W>& w, size_t m, size_t n,
                             const gen::Output& output) {
  if (m >= a.rows || n >= w.rows) return "  beyond the matrices, where zeros are fed\n";
  const spec::Config& config = output.config;
  const Matrix<X> one_a(1, a.cols, {a.row(m).begin(), a.row(m).end()});
  const Matrix<W> one_w(1, w.cols, {w.row(n).begin(), w.row(n).end()});
  const std::vector<uint16_t> x(one_a.data.begin(), one_a.data.end());
  const std::vector<int16_t> y(one_w.data.begin(), one_w.data.end());
  const int64_t reference =
      golden::gemm_reference(one_a, one_w, config.format, config.accumulator_bits)(0, 0);
  return fmt::format("  C[{},{}]: the reference engine gives {}; operands of this PE:\n", m, n,
                     reference) +
         step_lines(x, y, static_cast<size_t>(output.signature.k_per_step),
                    golden_datapath(config).describe);
}

template <class X, class W>
std::string describe(const Fault& fault, const Tiling& tiling, const ArrayShape& shape,
                     const Matrix<X>& a, const Matrix<W>& w, const gen::Output& output) {
  const size_t panels = tiling.weights.size();
  const size_t i = fault.tile / panels;
  const size_t j = fault.tile % panels;
  const auto rows = static_cast<size_t>(shape.rows);
  const auto cols = static_cast<size_t>(shape.cols);
  std::string text = fmt::format("{}: {} in tile ({},{}), row {}, cycle {}\n", output.top().name,
                                 to_text(fault.kind), i, j, fault.row, fault.cycle);
  if (!fault.detail.empty()) text += "  " + fault.detail + "\n";
  text += fmt::format("  config {}, digest {}\n", output.config.name, spec::digest(output.config));
  text += fmt::format("  the tile is rows {}..{} of A by rows {}..{} of W\n", i * rows,
                      std::min((i + 1) * rows, a.rows) - 1, j * cols,
                      std::min((j + 1) * cols, w.rows) - 1);
  if (fault.kind == FaultKind::kWrongRow) {
    const unsigned char* row =
        tiling.rows[fault.tile].data() + static_cast<size_t>(fault.row) * shape.row_bytes();
    for (int c = 0; c < shape.cols; ++c) {
      const int64_t want = row_element(row, c, shape);
      const int64_t got = row_element(fault.got.data(), c, shape);
      if (want == got) continue;
      text += fmt::format("  PE({},{}): expected {} (engine {}), got {}\n", fault.row, c, want,
                          compared_with<X, W>(output.config), got);
      text += describe_element(a, w, i * rows + static_cast<size_t>(fault.row),
                               j * cols + static_cast<size_t>(c), output);
      break;
    }
  }
  return text + "  nothing in this is random: the same command gives the same again";
}

// On an output-stationary array.
template <class X, class W>
ArrayProduct multiply_tiles(const Matrix<X>& activations, const Matrix<W>& weights,
                            const gen::Output& output, const Model& model,
                            const std::function<void(size_t done, size_t total)>& progress) {
  ArrayShape shape = array_shape(output.config);
  shape.signature = output.signature;
  Tiling tiling = cut(activations, weights, output.config, shape);
  Dut dut = model.make(1);
  ArrayDriver driver(dut, shape);
  const uint64_t expected_cycles = unstalled_cycles(tiling.jobs, shape);
  if (progress) {
    driver.on_cycle = [&](uint64_t cycle) {
      constexpr uint64_t kEvery = 4096;
      if (cycle % kEvery != 0) return;
      const auto share = static_cast<double>(cycle) / static_cast<double>(expected_cycles);
      const auto total = static_cast<double>(tiling.jobs.size());
      progress(static_cast<size_t>(std::min(share, 1.0) * total), tiling.jobs.size());
    };
  }
  Rng rng(1);
  driver.reset(1, rng);
  const StreamResult stream = driver.run(tiling.jobs, Traffic{}, rng);
  ArrayProduct result;
  if (stream.fault) {
    result.mismatch = describe(*stream.fault, tiling, shape, activations, weights, output);
    return result;
  }
  result.product = SumMatrix(activations.rows, weights.rows);
  for (size_t m = 0; m < activations.rows; ++m) {
    for (size_t j = 0; j < weights.rows; ++j) {
      const auto rows = static_cast<size_t>(shape.rows);
      const auto cols = static_cast<size_t>(shape.cols);
      const size_t tile = m / rows * tiling.weights.size() + j / cols;
      const unsigned char* row = tiling.rows[tile].data() + m % rows * shape.row_bytes();
      result.product(m, j) = row_element(row, static_cast<int>(j % cols), shape);
    }
  }
  result.cycles = stream.cycles();
  return result;
}

}  // namespace

template <class X, class W>
host::Result<RtlResult> gemm_rtl(const Matrix<X>& activations, const Matrix<W>& weights,
                                 const gen::Output& output, const RtlOptions& options) {
  golden::require(activations.cols == weights.cols && activations.cols > 0 &&
                      activations.rows > 0 && weights.rows > 0,
                  "activations M x K, weights N x K: equal K, nothing empty");
  RtlResult result;
  auto start = Clock::now();
  auto simulator = Simulator::open(options.jobs);
  if (!simulator) return tl::unexpected(simulator.error());
  auto model = simulator->build(output, output.top().name);
  if (!model) return tl::unexpected(model.error());
  result.build_seconds = since(start);
  result.verilator_version = simulator->verilator().version;

  start = Clock::now();
  ArrayProduct product =
      is_stream(output.config)
          ? multiply_streaming(activations, weights,
                               expected_product(activations, weights, output.config),
                               compared_with<X, W>(output.config), output, *model, options.progress)
          : multiply_tiles(activations, weights, output, *model, options.progress);
  result.product = std::move(product.product);
  result.cycles = product.cycles;
  result.mismatch = std::move(product.mismatch);
  if (!result.mismatch.empty()) return result;
  const spec::Array& array = output.config.array;
  const double macs = double{1} * static_cast<double>(activations.rows) *
                      static_cast<double>(weights.rows) * static_cast<double>(activations.cols);
  result.macs_per_cycle = macs / static_cast<double>(result.cycles);
  result.utilization =
      result.macs_per_cycle / (double{1} * array.rows * array.cols * output.signature.k_per_step);
  result.seconds = since(start);
  return result;
}

template host::Result<RtlResult> gemm_rtl(const Matrix<uint8_t>&, const Matrix<int8_t>&,
                                          const gen::Output&, const RtlOptions&);
template host::Result<RtlResult> gemm_rtl(const Matrix<uint8_t>&, const Matrix<int16_t>&,
                                          const gen::Output&, const RtlOptions&);
template host::Result<RtlResult> gemm_rtl(const Matrix<uint16_t>&, const Matrix<int8_t>&,
                                          const gen::Output&, const RtlOptions&);
template host::Result<RtlResult> gemm_rtl(const Matrix<uint16_t>&, const Matrix<int16_t>&,
                                          const gen::Output&, const RtlOptions&);

}  // namespace sparq::verif
