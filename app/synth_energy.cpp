// SPDX-License-Identifier: Apache-2.0
#include "app/synth_energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "golden/gemm.h"
#include "golden/spec/signature.h"

namespace sparq::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMacs = 2304;

template <class T>
golden::Matrix<T> chosen_rows(const golden::Matrix<T>& all, const std::vector<size_t>& rows) {
  golden::Matrix<T> chosen(rows.size(), all.cols);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(all.row(rows[i]), chosen.row(i).begin());
  }
  return chosen;
}

uint64_t low_bits(int64_t value, int bits) {
  return static_cast<uint64_t>(value) & (~uint64_t{0} >> (64 - bits));
}

std::string digits(int64_t value, int bits) {
  return fmt::format("{:0{}b}", low_bits(value, bits), bits);
}

// Elements k .. k + count - 1 side by side, the first in the lowest bits; zeros behind the end.
template <class T>
std::string word_of(std::span<const T> row, size_t k, int count, int bits) {
  std::string word;
  for (size_t i = k + static_cast<size_t>(count); i-- > k;) {
    word += digits(i < row.size() ? row[i] : 0, bits);
  }
  return word;
}

// Columns begin .. end - 1; none behind the last.
template <class T>
golden::Matrix<T> columns(const golden::Matrix<T>& all, size_t begin, size_t end) {
  end = std::min(end, all.cols);
  golden::Matrix<T> some(all.rows, end - begin);
  for (size_t row = 0; row < all.rows; ++row) {
    std::ranges::copy(all.row(row).subspan(begin, end - begin), some.row(row).begin());
  }
  return some;
}

template <class X, class W>
synth::Operands make_operands(const spec::Config& config, const golden::Matrix<X>& activations,
                              const golden::Matrix<W>& weights) {
  const bool systolic = config.array.kind == spec::ArrayKind::kSystolic;
  const int bits = config.accumulator_bits;
  const int per_step = spec::signature(config).k_per_step;
  const auto step_size = static_cast<size_t>(per_step);
  const auto cols = static_cast<size_t>(config.array.cols);
  const size_t tiles = 1 + std::clamp<size_t>(kMacs / activations.cols, 1, kMacs);
  std::vector<size_t> x_rows;
  std::vector<size_t> w_rows;  // `cols` of them a tile
  for (size_t tile = 0; tile < tiles; ++tile) {
    x_rows.push_back(tile * activations.rows / tiles);
    for (size_t col = 0; col < cols; ++col) w_rows.push_back((tile * cols + col) % weights.rows);
  }
  const auto x = chosen_rows(activations, x_rows);
  const auto w = chosen_rows(weights, w_rows);
  // Of the products up to and with each step.
  std::vector<std::vector<int64_t>> sums(tiles * cols, {0});
  for (size_t k = 0; k < x.cols; k += step_size) {
    const auto products = golden::gemm_reference(columns(x, k, k + step_size),
                                                 columns(w, k, k + step_size), config.format, bits);
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i].push_back(sums[i].back() + products(i / cols, i));
    }
  }
  // One number of each column of a tile, column 0 lowest.
  const auto side_by_side = [&](size_t tile, const auto& of_column) {
    std::string row;
    for (size_t col = cols; col-- > 0;) row += of_column(tile * cols + col);
    return row;
  };
  synth::Operands operands;
  operands.macs_per_step = per_step * config.array.cols;
  operands.ports = {"step_activation_i", "step_weight_i"};
  if (systolic) operands.ports.insert(operands.ports.end(), {"step_first_i", "step_last_i"});
  if (!systolic) operands.ports.emplace_back("step_addend_i");
  operands.result_stream = systolic ? "row" : "result";
  for (size_t tile = 0; tile < tiles; ++tile) {
    if (tile == 1) operands.counted_from = operands.steps.size();
    for (size_t k = 0; k < x.cols; k += step_size) {
      const bool last = k + step_size >= x.cols;
      const auto sum_at = [&](size_t step) {
        return side_by_side(tile, [&](size_t i) { return digits(sums[i][step], bits); });
      };
      operands.steps.push_back(
          word_of(x.row(tile), k, per_step, config.format.activation_bits) +
          side_by_side(
              tile, [&](size_t i) { return word_of(w.row(i), k, per_step, config.weight_bits); }) +
          (systolic ? fmt::format("{:d}{:d}", k == 0, last) : sum_at(k / step_size)));
      if (last || !systolic) {
        operands.results.push_back(sum_at(k / step_size + 1));
      }
    }
  }
  return operands;
}

}  // namespace

std::string OperandFiles::names() const {
  return fmt::format("{} x {}", fs::path(activations).filename().string(),
                     fs::path(weights).filename().string());
}

std::optional<OperandFiles> operand_files(const OperandFiles& given, const spec::Config& config,
                                          const fs::path& data) {
  OperandFiles files = given;
  const fs::path example = data / "examples" / "digits";
  const bool fits = config.format.activation_bits == 8 && !config.format.signed_activations &&
                    config.weight_bits == 8;
  std::error_code error;
  const auto fill = [&](std::string& file, const char* name) {
    if (file.empty() && (fits || !given.activations.empty())) file = (example / name).string();
    return !file.empty() && (!given.activations.empty() || fs::exists(file, error));
  };
  const bool there =
      fill(files.activations, "conv2_activations.npy") && fill(files.weights, "conv2_weights.npy");
  if (!there) return std::nullopt;
  return files;
}

std::optional<spec::Config> one_cluster(const spec::Config& config) {
  const bool keeps_weights = config.array.kind == spec::ArrayKind::kSystolic &&
                             config.array.dataflow != spec::Dataflow::kOutputStationary;
  if (keeps_weights || config.array.kind == spec::ArrayKind::kSparseTensorCore ||
      config.encoder != spec::Encoder::kEdge) {
    return std::nullopt;
  }
  spec::Config one = config;
  one.array.rows = 1;
  one.array.cols = std::min(config.array.cols, std::max(1, config.array.cluster_cols));
  return one;
}

synth::Operands operands_for(const spec::Config& config, const golden::GemmInputs& inputs) {
  return std::visit([&](const auto& x, const auto& w) { return make_operands(config, x, w); },
                    inputs.activations, inputs.weights);
}

}  // namespace sparq::app
