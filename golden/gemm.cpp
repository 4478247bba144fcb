// SPDX-License-Identifier: Apache-2.0
#include "golden/gemm.h"

#include "golden/activation.h"
#include "golden/pair.h"
#include "golden/require.h"
#include "golden/sparse24.h"
#include "golden/static4.h"

namespace sparq::golden {

std::array<int32_t, 2> quantize_pair(uint32_t x0, uint32_t x1, const spec::Format& format) {
  switch (format.kind) {
    case spec::Kind::kSparq:
      return pair_values(x0, x1, format);
    case spec::Kind::kInt8:
      return {activation_value(x0, format), activation_value(x1, format)};
    case spec::Kind::kInt4x8:
      return {static4_value(x0, format), static4_value(x1, format)};
  }
  require(false, "a known kind");
  return {};
}

int64_t wrap(uint64_t value, int bits) {
  require(bits >= 1 && bits <= 64, "1..64 bits");
  if (bits == 64) return static_cast<int64_t>(value);  // modular since C++20
  const uint64_t modulus = uint64_t{1} << bits;
  const auto rest = static_cast<int64_t>(value % modulus);
  const auto half = static_cast<int64_t>(modulus / 2);
  // Subtracting half the modulus twice stays in range where the modulus itself, 2^63, would not.
  return rest >= half ? rest - half - half : rest;
}

template <class X>
Matrix<int32_t> encode(const Matrix<X>& activations, const spec::Format& format) {
  Matrix<int32_t> encoded(activations.rows, activations.cols);
  for (size_t m = 0; m < activations.rows; ++m) {
    for (size_t k = 0; k < activations.cols; k += 2) {
      const bool has_partner = k + 1 < activations.cols;
      const uint32_t partner = has_partner ? activations(m, k + 1) : 0;
      const auto pair = quantize_pair(activations(m, k), partner, format);
      encoded(m, k) = pair[0];
      if (has_partner) encoded(m, k + 1) = pair[1];
    }
  }
  return encoded;
}

template <class X, class W>
Matrix<int64_t> gemm_reference(const Matrix<X>& activations, const Matrix<W>& weights,
                               const spec::Format& format, int accumulator_bits) {
  require(activations.cols == weights.cols, "activations M x K, weights N x K: equal K");
  const Matrix<int32_t> encoded = encode(activations, format);
  Matrix<int64_t> result(activations.rows, weights.rows);
  for (size_t m = 0; m < result.rows; ++m) {
    for (size_t j = 0; j < result.cols; ++j) {
      uint64_t sum = 0;  // modulo 2^64, so that no sum is too large
      for (size_t k = 0; k < activations.cols; ++k) {
        const int64_t product = int64_t{encoded(m, k)} * int64_t{weights(j, k)};
        sum += static_cast<uint64_t>(product);
      }
      result(m, j) = wrap(sum, accumulator_bits);
    }
  }
  return result;
}

template <class X, class W>
Matrix<int64_t> gemm_sparse24_reference(const Matrix<X>& activations, const Matrix<W>& weights,
                                        const spec::Format& format, int accumulator_bits) {
  require(activations.cols == weights.cols, "activations M x K, weights N x K: equal K");
  Matrix<int64_t> result(activations.rows, weights.rows);
  for (size_t j = 0; j < result.cols; ++j) {
    for (size_t g = 0; g < groups_of(weights.cols); ++g) {
      const SparseGroup group = sparse_group(weights.row(j), g);
      for (size_t m = 0; m < result.rows; ++m) {
        const auto facing = [&](size_t slot) -> uint32_t {
          return group.value[slot] == 0 ? 0 : activations(m, g * kGroupWeights + group.index[slot]);
        };
        const auto pair = quantize_pair(facing(0), facing(1), format);
        for (const size_t slot : {0U, 1U}) {
          const int64_t product = int64_t{pair[slot]} * group.value[slot];
          const uint64_t sum = static_cast<uint64_t>(result(m, j)) + static_cast<uint64_t>(product);
          result(m, j) = static_cast<int64_t>(sum);  // modulo 2^64, so that no sum is too large
        }
      }
    }
  }
  for (int64_t& sum : result.data) sum = wrap(static_cast<uint64_t>(sum), accumulator_bits);
  return result;
}

template Matrix<int32_t> encode(const Matrix<uint8_t>&, const spec::Format&);
template Matrix<int32_t> encode(const Matrix<uint16_t>&, const spec::Format&);
template Matrix<int64_t> gemm_reference(const Matrix<uint8_t>&, const Matrix<int8_t>&,
                                        const spec::Format&, int);
template Matrix<int64_t> gemm_reference(const Matrix<uint8_t>&, const Matrix<int16_t>&,
                                        const spec::Format&, int);
template Matrix<int64_t> gemm_reference(const Matrix<uint16_t>&, const Matrix<int8_t>&,
                                        const spec::Format&, int);
template Matrix<int64_t> gemm_reference(const Matrix<uint16_t>&, const Matrix<int16_t>&,
                                        const spec::Format&, int);
template Matrix<int64_t> gemm_sparse24_reference(const Matrix<uint8_t>&, const Matrix<int8_t>&,
                                                 const spec::Format&, int);
template Matrix<int64_t> gemm_sparse24_reference(const Matrix<uint8_t>&, const Matrix<int16_t>&,
                                                 const spec::Format&, int);
template Matrix<int64_t> gemm_sparse24_reference(const Matrix<uint16_t>&, const Matrix<int8_t>&,
                                                 const spec::Format&, int);
template Matrix<int64_t> gemm_sparse24_reference(const Matrix<uint16_t>&, const Matrix<int16_t>&,
                                                 const spec::Format&, int);

}  // namespace sparq::golden
