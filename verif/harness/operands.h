// SPDX-License-Identifier: Apache-2.0
// Operands on their way to an output-stationary array: how matrices become the words on its ports.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "golden/matrix.h"
#include "golden/spec/config.h"
#include "golden/spec/signature.h"

namespace sparq::verif {

using ActivationMatrix = golden::Matrix<uint16_t>;  // M x K
using WeightMatrix = golden::Matrix<int16_t>;       // N x K
using SumMatrix = golden::Matrix<int64_t>;          // M x N, P-bit two's complement

// All that the harness knows of the array under test.
struct ArrayShape {
  spec::Signature signature;
  int rows;
  int cols;
  int clusters;  // of columns, that an activation crosses one by one
  bool encoded;  // activations arrive encoded
  bool asynchronous_reset = false;
  bool clock_enable = false;  // there is a port clk_en_i

  // Bits of one row's (column's) slice in step_activation_i (step_weight_i).
  int activation_slice() const {
    return encoded ? signature.activation_bits : signature.raw_activation_bits;
  }
  int weight_slice() const { return signature.raw_weight_bits; }
  size_t row_bytes() const;  // of row_data_o, as a port stores it
  size_t steps(size_t k) const {
    const auto each = static_cast<size_t>(signature.k_per_step);
    return (k + each - 1) / each;
  }
  // From accepting a tile's last step to seeing row 0 of its results, in cycles without a stall.
  int first_row_latency() const { return clusters + signature.pe_latency + 1; }
};

ArrayShape array_shape(const spec::Config& config);

// What the harness is told of the arithmetic.
struct Datapath {
  // C for A M x K and W N x K, wrapped to P bits. K is what the array sees: padded to whole steps.
  std::function<SumMatrix(const ActivationMatrix&, const WeightMatrix&)> expect;
  // The word that travels for one step's k_per_step activations of a row; only called when
  // activations arrive encoded.
  std::function<uint64_t(std::span<const uint16_t>)> encode;
  // One step's operands for a reader: bits, windows, contribution. May be empty.
  std::function<std::string(std::span<const uint16_t>, std::span<const int16_t>)> describe;
};

// The arithmetic of the configuration's format, as golden/ states it.
Datapath golden_datapath(const spec::Config& config);

// One side of a tile, as the words of its steps: rows x K activations or cols x K weights, padded
// with zeros to the array's edge and to whole steps.
struct Panel {
  size_t steps = 0;
  size_t step_bytes = 0;
  std::vector<unsigned char> bytes;

  const unsigned char* step(size_t s) const { return bytes.data() + s * step_bytes; }
};

// Rows [first, first + shape.rows) of `a`; those beyond its end are zeros. X is uint8_t or
// uint16_t, W int8_t or int16_t.
template <class X>
Panel pack_activations(const golden::Matrix<X>& a, size_t first, const ArrayShape& shape,
                       const Datapath& datapath);
template <class W>
Panel pack_weights(const golden::Matrix<W>& w, size_t first, const ArrayShape& shape);

// Rows x row_bytes(): the rows a tile should give, as row_data_o shows them. `sums` has at most
// rows x cols elements from (first_row, first_col) on; the rest of the tile is zeros.
std::vector<unsigned char> pack_rows(const SumMatrix& sums, size_t first_row, size_t first_col,
                                     const ArrayShape& shape);

// Column c of a row as a P-bit two's complement number.
int64_t row_element(const unsigned char* row, int c, const ArrayShape& shape);

}  // namespace sparq::verif
