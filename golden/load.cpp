// SPDX-License-Identifier: Apache-2.0
#include "golden/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>

#include "golden/activation.h"
#include "golden/npy_file.h"
#include "golden/powers.h"

namespace sparq::golden {
namespace {

enum class Rank { kMatrix, kAny };

std::string shape_text(const std::vector<size_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

// What an array must be; `what` names the widths, as in "activation_bits = 8".
template <class T>
struct Want {
  Rank rank;
  T least;
  T most;
  std::string what;
};

template <class T>
void check_header(const NpyHeader& header, const Want<T>& want, const std::string& path,
                  spec::Problems& problems) {
  if (header.dtype != dtype_of<T>()) {
    problems.push_back({path, "descr", std::string(descr(header.dtype)),
                        fmt::format("must be {} ({})", descr(dtype_of<T>()), want.what)});
  }
  const std::vector<size_t>& shape = header.shape;
  if (want.rank == Rank::kAny) {
    if (shape.empty()) {
      problems.push_back({path, "shape", "()", "must have at least one axis"});
    }
  } else if (shape.size() != 2) {
    problems.push_back({path, "shape", shape_text(shape), "must have two axes, rows x K"});
  } else if (shape[0] == 0 || shape[1] == 0) {
    problems.push_back({path, "shape", shape_text(shape), "must not be empty"});
  }
}

// "[3,17]" for the element at `flat`.
std::string index_text(size_t flat, const std::vector<size_t>& shape) {
  std::vector<size_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return fmt::format("[{}]", fmt::join(index, ","));
}

template <class T>
spec::Checked<Matrix<T>> load(const std::string& path, const Want<T>& want,
                              std::vector<size_t>& shape) {
  auto file = NpyFile::open(path);
  if (!file) return tl::unexpected(file.error());
  spec::Problems problems;
  check_header(file->header(), want, path, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  shape = file->header().shape;
  const size_t count = file->header().data_bytes / sizeof(T);
  const size_t cols = shape.back();
  Matrix<T> matrix(cols == 0 ? 0 : count / cols, cols);
  if (auto done = file->read(std::as_writable_bytes(std::span(matrix.data))); !done) {
    return tl::unexpected(done.error());
  }
  const auto bad = std::find_if(matrix.data.begin(), matrix.data.end(),
                                [&](T value) { return value < want.least || value > want.most; });
  if (bad != matrix.data.end()) {
    const auto flat = static_cast<size_t>(bad - matrix.data.begin());
    return spec::fail(path, index_text(flat, shape), std::to_string(*bad),
                      fmt::format("must be {}..{} ({})", want.least, want.most, want.what));
  }
  return matrix;
}

template <class Word>
spec::Checked<Activations> load_as(const std::string& path, const spec::Format& format, Rank rank,
                                   std::vector<size_t>& shape) {
  const int a = format.activation_bits;
  const Want<Word> want{.rank = rank,
                        .least = 0,
                        .most = static_cast<Word>(power_of_two(a) - 1),
                        .what = fmt::format("activation_bits = {}", a)};
  return load<Word>(path, want, shape).map([](Matrix<Word>&& m) {
    return Activations(std::move(m));
  });
}

// Two's complement in the file, words of A bits in memory.
template <class Word>
spec::Checked<Activations> load_signed_as(const std::string& path, const spec::Format& format,
                                          Rank rank, std::vector<size_t>& shape) {
  using Value = std::make_signed_t<Word>;
  const int a = format.activation_bits;
  const auto half = static_cast<int32_t>(power_of_two(a - 1));
  const Want<Value> want{.rank = rank,
                         .least = static_cast<Value>(-half),
                         .most = static_cast<Value>(half - 1),
                         .what = fmt::format("activation_bits = {}, signed_activations", a)};
  return load<Value>(path, want, shape).map([&](const Matrix<Value>& values) {
    Matrix<Word> words(values.rows, values.cols);
    std::transform(values.data.begin(), values.data.end(), words.data.begin(),
                   [&](Value value) { return static_cast<Word>(activation_word(value, format)); });
    return Activations(std::move(words));
  });
}

spec::Checked<Activations> load_any(const std::string& path, const spec::Format& format, Rank rank,
                                    std::vector<size_t>& shape) {
  const bool is_wide = format.activation_bits > 8;
  if (format.signed_activations) {
    return is_wide ? load_signed_as<uint16_t>(path, format, rank, shape)
                   : load_signed_as<uint8_t>(path, format, rank, shape);
  }
  return is_wide ? load_as<uint16_t>(path, format, rank, shape)
                 : load_as<uint8_t>(path, format, rank, shape);
}

template <class T>
spec::Checked<Weights> load_weights_as(const std::string& path, int weight_bits) {
  const auto half = static_cast<int32_t>(power_of_two(weight_bits - 1));
  const Want<T> want{.rank = Rank::kMatrix,
                     .least = static_cast<T>(-half),
                     .most = static_cast<T>(half - 1),
                     .what = fmt::format("weight_bits = {}", weight_bits)};
  std::vector<size_t> shape;
  return load<T>(path, want, shape).map([](Matrix<T>&& m) { return Weights(std::move(m)); });
}

template <class Variant>
size_t columns(const Variant& matrix) {
  return std::visit([](const auto& m) { return m.cols; }, matrix);
}

}  // namespace

spec::Checked<ActivationTensor> load_tensor(const std::string& path, const spec::Format& format) {
  ActivationTensor tensor;
  auto values = load_any(path, format, Rank::kAny, tensor.shape);
  if (!values) return tl::unexpected(values.error());
  tensor.values = *std::move(values);
  return tensor;
}

spec::Checked<Activations> load_activations(const std::string& path, const spec::Format& format) {
  std::vector<size_t> shape;
  return load_any(path, format, Rank::kMatrix, shape);
}

spec::Checked<Weights> load_weights(const std::string& path, int weight_bits) {
  return weight_bits <= 8 ? load_weights_as<int8_t>(path, weight_bits)
                          : load_weights_as<int16_t>(path, weight_bits);
}

spec::Checked<GemmInputs> load_gemm(const std::string& activations_path,
                                    const std::string& weights_path, const spec::Format& format,
                                    int weight_bits) {
  auto activations = load_activations(activations_path, format);
  auto weights = load_weights(weights_path, weight_bits);
  spec::Problems problems;
  if (!activations) problems = std::move(activations.error());
  if (!weights) problems.insert(problems.end(), weights.error().begin(), weights.error().end());
  if (activations && weights && columns(*activations) != columns(*weights)) {
    problems.push_back({weights_path, "shape", fmt::format("K = {}", columns(*weights)),
                        fmt::format("must have the K of {}, which is {}", activations_path,
                                    columns(*activations))});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return GemmInputs{*std::move(activations), *std::move(weights)};
}

}  // namespace sparq::golden
