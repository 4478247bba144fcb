// SPDX-License-Identifier: Apache-2.0
#include "app/synth_energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "golden/gemm.h"
#include "golden/sparse24.h"
#include "golden/spec/signature.h"
#include "golden/step.h"
#include "golden/stream.h"

namespace sparq::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMacs = 2304;  // per unit
constexpr int kTallestColumn = 4;

bool keeps_weights(const spec::Config& config) {
  return config.array.dataflow == spec::Dataflow::kWeightStationary;
}

bool is_sparse(const spec::Config& config) {
  return config.array.kind == spec::ArrayKind::kSparseTensorCore;
}

template <class T>
golden::Matrix<T> chosen_rows(const golden::Matrix<T>& all, const std::vector<size_t>& rows) {
  golden::Matrix<T> chosen(rows.size(), all.cols);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(all.row(rows[i]), chosen.row(i).begin());
  }
  return chosen;
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

std::string digits(uint64_t value, int bits) {
  return fmt::format("{:0{}b}", value & (~uint64_t{0} >> (64 - bits)), bits);
}

// What enters at a port, `per_step` words side by side, the first in the lowest bits; zeros behind
// the last word of a row.
struct Words {
  golden::Matrix<uint64_t> all;
  size_t per_step;
  int bits;  // of a word

  std::string step(size_t row, size_t step) const {
    std::string text;
    for (size_t i = (step + 1) * per_step; i-- > step * per_step;) {
      text += digits(i < all.cols ? all(row, i) : 0, bits);
    }
    return text;
  }
};

template <class T>
golden::Matrix<uint64_t> as_words(const golden::Matrix<T>& values) {
  golden::Matrix<uint64_t> words(values.rows, values.cols);
  std::ranges::transform(values.data, words.data.begin(),
                         [](T value) { return static_cast<uint64_t>(value); });
  return words;
}

template <class X>
Words activation_words(const spec::Config& config, const golden::Matrix<X>& x) {
  const spec::Signature signature = spec::signature(config);
  const auto rows = static_cast<size_t>(config.array.rows);
  const bool raw = config.encoder == spec::Encoder::kEdge;
  const int words = signature.k_per_step / (raw ? 1 : golden::values_per_step(config.format));
  return {raw ? as_words(x) : golden::encode_words(x, config.format),
          rows * static_cast<size_t>(words), signature.raw_activation_bits / words};
}

template <class W>
Words weight_words(const spec::Config& config, const golden::Matrix<W>& w) {
  const spec::Signature signature = spec::signature(config);
  const int words = signature.k_per_step / (is_sparse(config) ? spec::kSparseGroup : 1);
  return {is_sparse(config) ? golden::pack24(w, config.weight_bits) : as_words(w),
          static_cast<size_t>(words), signature.raw_weight_bits / words};
}

// Products of rows of X with rows of W as an array takes them: some elements of K in a step.
struct Product {
  Words activations;                          // of the whole array
  Words weights;                              // of one column; of one element that keeps them
  std::vector<golden::Matrix<int64_t>> sums;  // [s](m, n): of the first s steps
};

// Row m of X meets `per_row` rows of W, from row m * `apart` on.
template <class X, class W>
Product product_of(const spec::Config& config, const golden::Matrix<X>& x,
                   const golden::Matrix<W>& w, size_t per_row, size_t apart) {
  Product product{activation_words(config, x), weight_words(config, w), {}};
  const auto step = static_cast<size_t>(spec::signature(config).k_per_step * config.array.rows);
  product.sums.emplace_back(x.rows, per_row);
  for (size_t k = 0; k < x.cols; k += step) {
    const auto some_x = columns(x, k, k + step);
    const auto some_w = columns(w, k, k + step);
    golden::Matrix<int64_t> sums = product.sums.back();
    for (size_t m = 0; m < x.rows; ++m) {
      std::vector<size_t> rows(per_row);
      std::iota(rows.begin(), rows.end(), m * apart);
      const auto one = chosen_rows(some_x, {m});
      const auto met = chosen_rows(some_w, rows);
      const int bits = config.accumulator_bits;
      const auto added = is_sparse(config)
                             ? golden::gemm_sparse24_reference(one, met, config.format, bits)
                             : golden::gemm_reference(one, met, config.format, bits);
      std::ranges::transform(sums.row(m), added.row(0), sums.row(m).begin(), std::plus<>());
    }
    product.sums.push_back(std::move(sums));
  }
  return product;
}

// Rows of X and of W of a product.
struct Choice {
  std::vector<size_t> x;
  std::vector<size_t> w;
};

// 0 .. n - 1, and again.
std::vector<size_t> in_turn(size_t count, size_t n) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < count; ++i) rows.push_back(i % n);
  return rows;
}

// Over all m. Never one row twice running: nothing would toggle.
std::vector<size_t> spread(size_t count, size_t m) {
  std::vector<size_t> rows = in_turn(count, m);
  for (size_t i = 0; i < count && count < m; ++i) rows[i] = i * m / count;
  return rows;
}

// Tiles of so many steps before those that count: operands have reached every register by then.
size_t tiles_to_warm_up(const spec::Config& config, size_t steps) {
  const size_t cycles = 8 + static_cast<size_t>(config.array.cols);
  return (cycles + steps - 1) / steps;
}

// A tile is a row of X times `cols` rows of W.
Choice choose_tiles(const spec::Config& config, size_t m, size_t n, size_t k) {
  const auto step = static_cast<size_t>(spec::signature(config).k_per_step);
  const size_t tiles =
      tiles_to_warm_up(config, (k + step - 1) / step) + std::clamp<size_t>(kMacs / k, 1, kMacs);
  return {spread(tiles, m), in_turn(tiles * static_cast<size_t>(config.array.cols), n)};
}

synth::Operands operands_of_tiles(const spec::Config& config, const Product& product) {
  const bool systolic = config.array.kind == spec::ArrayKind::kSystolic;
  const auto cols = static_cast<size_t>(config.array.cols);
  const size_t tiles = product.activations.all.rows;
  const size_t steps = product.sums.size() - 1;
  // One number of each column, column 0 lowest.
  const auto side_by_side = [&](const auto& of_column) {
    std::string row;
    for (size_t col = cols; col-- > 0;) row += of_column(col);
    return row;
  };
  synth::Operands operands;
  operands.macs_per_step = spec::signature(config).k_per_step * config.array.cols;
  operands.ports = {"step_valid_i", "step_activation_i", "step_weight_i"};
  if (systolic) operands.ports.insert(operands.ports.end(), {"step_first_i", "step_last_i"});
  if (!systolic) operands.ports.emplace_back("step_addend_i");
  operands.result_stream = systolic ? "row" : "result";
  operands.counted_from = steps * tiles_to_warm_up(config, steps);
  for (size_t tile = 0; tile < tiles; ++tile) {
    for (size_t step = 0; step < steps; ++step) {
      const auto sums = [&](size_t of_steps) {
        return side_by_side([&](size_t col) {
          const int64_t sum = product.sums[of_steps](tile, col);
          return digits(static_cast<uint64_t>(sum), config.accumulator_bits);
        });
      };
      const auto weights = [&](size_t col) {
        return product.weights.step(tile * cols + col, step);
      };
      const bool last = step + 1 == steps;
      operands.steps.push_back("1" + product.activations.step(tile, step) + side_by_side(weights) +
                               (systolic ? fmt::format("{:d}{:d}", step == 0, last) : sums(step)));
      if (last || !systolic) operands.results.push_back(sums(step + 1));
    }
  }
  return operands;
}

// Elements of K that meet the same row of W in a column, alike in designs of one and two per step.
size_t block_of(const spec::Config& config) { return 2 * static_cast<size_t>(config.array.rows); }

Choice choose_sets(const spec::Config& config, size_t m, size_t n, size_t k) {
  const auto rows = static_cast<size_t>(config.array.rows);
  const size_t least = rows + 2;  // fewer would wait for the next weights
  return {spread(std::max(least, kMacs * rows / k), m), in_turn(1 + (k - 1) / block_of(config), n)};
}

// Each set of weights meets all rows of X, and the next one is loaded meanwhile.
synth::Operands operands_of_sets(const spec::Config& config, const Product& product) {
  const auto rows = static_cast<size_t>(config.array.rows);
  const int per_step = spec::signature(config).k_per_step * config.array.rows;
  const size_t sets = product.sums.size() - 1;
  const size_t sets_of_block = block_of(config) / static_cast<size_t>(per_step);
  const size_t uses = product.activations.all.rows;
  std::vector<size_t> order = in_turn(sets_of_block, sets);  // to warm up
  for (size_t set = 0; set < sets; ++set) order.push_back(set);

  const std::string no_load = "0" + std::string(product.weights.step(0, 0).size(), '0');
  // The last array row comes first.
  const auto load = [&](size_t set, size_t beat) {
    return "1" + product.weights.step(set / sets_of_block, set * rows + rows - 1 - beat);
  };
  const auto sum = [&](size_t of_steps, size_t use, size_t set) {
    return digits(static_cast<uint64_t>(product.sums[of_steps](use, set / sets_of_block)),
                  config.accumulator_bits);
  };
  const auto step = [&](size_t set, size_t use) {
    return fmt::format("1{:d}", use == 0) + product.activations.step(use, set) + sum(set, use, set);
  };
  synth::Operands operands;
  operands.macs_per_step = per_step;
  operands.ports = {"step_valid_i",  "step_swap_i",  "step_activation_i",
                    "step_addend_i", "load_valid_i", "load_weight_i"};
  operands.result_stream = "result";
  const std::string no_step(step(0, 0).size(), '0');
  for (size_t beat = 0; beat < rows; ++beat) {
    operands.steps.push_back(no_step + load(order.front(), beat));
  }
  operands.counted_from = rows + sets_of_block * uses;
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t use = 0; use < uses; ++use) {
      const bool loads = i + 1 < order.size() && use + rows >= uses;
      operands.steps.push_back(step(order[i], use) +
                               (loads ? load(order[i + 1], use + rows - uses) : no_load));
      operands.results.push_back(sum(order[i] + 1, use, order[i]));
    }
  }
  return operands;
}

template <class X, class W>
synth::Operands make_operands(const spec::Config& config, const golden::Matrix<X>& activations,
                              const golden::Matrix<W>& weights) {
  const bool keeps = keeps_weights(config);
  const Choice choice = (keeps ? choose_sets : choose_tiles)(config, activations.rows, weights.rows,
                                                             activations.cols);
  const auto x = chosen_rows(activations, choice.x);
  auto w = chosen_rows(weights, choice.w);
  if (is_sparse(config)) w = golden::prune24(w);
  const auto cols = static_cast<size_t>(config.array.cols);
  const Product product =
      keeps ? product_of(config, x, w, w.rows, 0) : product_of(config, x, w, cols, cols);
  return keeps ? operands_of_sets(config, product) : operands_of_tiles(config, product);
}

}  // namespace

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

std::string operands_line(const OperandFiles& files, const spec::Config& config,
                          const golden::GemmInputs& inputs) {
  const bool prunes =
      is_sparse(config) &&
      std::visit([&](const auto& w) { return !golden::check_sparse24(w, files.weights).empty(); },
                 inputs.weights);
  return fmt::format("{} x {}{}", fs::path(files.activations).filename().string(),
                     fs::path(files.weights).filename().string(),
                     prunes ? ", pruned to 2:4 by magnitude" : "");
}

spec::Config simulated_part(const spec::Config& config) {
  spec::Config part = config;
  part.array.rows = keeps_weights(config) ? std::min(config.array.rows, kTallestColumn) : 1;
  part.array.cols = std::min(config.array.cols, std::max(1, config.array.cluster_cols));
  return part;
}

synth::Operands operands_for(const spec::Config& config, const golden::GemmInputs& inputs) {
  return std::visit([&](const auto& x, const auto& w) { return make_operands(config, x, w); },
                    inputs.activations, inputs.weights);
}

}  // namespace sparq::app
