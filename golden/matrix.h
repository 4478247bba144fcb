// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "golden/require.h"

namespace sparq::golden {

// Row-major: element (r, c) is data[r * cols + c].
template <class T>
struct Matrix {
  size_t rows = 0;
  size_t cols = 0;
  std::vector<T> data;

  Matrix() = default;
  Matrix(size_t row_count, size_t col_count)  // zeros
      : rows(row_count), cols(col_count), data(checked_size(row_count, col_count)) {}
  Matrix(size_t row_count, size_t col_count, std::vector<T> values)
      : rows(row_count), cols(col_count), data(std::move(values)) {
    require(data.size() == checked_size(rows, cols), "rows x cols values");
  }

  T& operator()(size_t r, size_t c) { return data[r * cols + c]; }
  const T& operator()(size_t r, size_t c) const { return data[r * cols + c]; }
  std::span<T> row(size_t r) { return std::span(data).subspan(r * cols, cols); }
  std::span<const T> row(size_t r) const { return std::span(data).subspan(r * cols, cols); }

  bool operator==(const Matrix&) const = default;

 private:
  static size_t checked_size(size_t row_count, size_t col_count) {
    require(col_count == 0 || row_count <= SIZE_MAX / sizeof(T) / col_count,
            "a size that memory can address");
    return row_count * col_count;
  }
};

}  // namespace sparq::golden
