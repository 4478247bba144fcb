// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/operands.h"

#include <algorithm>

#include "golden/gemm.h"
#include "golden/require.h"
#include "golden/step.h"
#include "verif/harness/describe_step.h"
#include "verif/harness/dut.h"

namespace sparq::verif {
namespace {

// Elements [k, k + count) of a row, zeros beyond its end.
template <class T, class To>
void take_step(std::span<const T> row, size_t k, std::span<To> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = k + i < row.size() ? To{row[k + i]} : To{0};
}

Panel empty_panel(size_t steps, int slices, int slice_bits) {
  Panel panel;
  panel.steps = steps;
  panel.step_bytes = Port::storage_bytes(slices * slice_bits);
  panel.bytes.resize(steps * panel.step_bytes);
  return panel;
}

// Lower k in the less significant bits.
template <class T>
uint64_t concatenate(std::span<const T> elements, int bits_each) {
  uint64_t word = 0;
  const uint64_t mask = (uint64_t{1} << bits_each) - 1;
  for (size_t i = 0; i < elements.size(); ++i) {
    word |= (static_cast<uint64_t>(elements[i]) & mask) << (i * static_cast<size_t>(bits_each));
  }
  return word;
}

}  // namespace

size_t ArrayShape::row_bytes() const {
  return Port::storage_bytes(cols * signature.accumulator_bits);
}

ArrayShape array_shape(const spec::Config& config) {
  return {.signature = spec::signature(config),
          .rows = config.array.rows,
          .cols = config.array.cols,
          .clusters = spec::clusters(config.array),
          .encoded = config.encoder == spec::Encoder::kNone,
          .asynchronous_reset = config.reset == spec::Reset::kAsynchronous,
          .clock_enable = config.clock_enable};
}

Datapath golden_datapath(const spec::Config& config) {
  Datapath datapath;
  const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
  datapath.expect = [config, sparse](const ActivationMatrix& a, const WeightMatrix& w) {
    return (sparse ? golden::gemm_sparse24_reference<uint16_t, int16_t>
                   : golden::gemm_reference<uint16_t, int16_t>)(a, w, config.format,
                                                                config.accumulator_bits);
  };
  datapath.encode = [config](std::span<const uint16_t> x) {
    return golden::encode_step(x, config.format);
  };
  datapath.describe = [config](std::span<const uint16_t> x, std::span<const int16_t> w) {
    return describe_step(x, w, config.format);
  };
  return datapath;
}

template <class X>
Panel pack_activations(const golden::Matrix<X>& a, size_t first, const ArrayShape& shape,
                       const Datapath& datapath) {
  const int slice = shape.activation_slice();
  Panel panel = empty_panel(shape.steps(a.cols), shape.rows, slice);
  const auto each = static_cast<size_t>(shape.signature.k_per_step);
  const int bits_each = shape.signature.raw_activation_bits / shape.signature.k_per_step;
  std::vector<uint16_t> x(each);
  for (size_t r = 0; r < static_cast<size_t>(shape.rows) && first + r < a.rows; ++r) {
    const auto row = a.row(first + r);
    for (size_t s = 0; s < panel.steps; ++s) {
      take_step(row, s * each, std::span(x));
      const uint64_t word =
          shape.encoded ? datapath.encode(x) : concatenate(std::span<const uint16_t>(x), bits_each);
      set_bits(panel.bytes.data() + s * panel.step_bytes, static_cast<int>(r) * slice, slice, word);
    }
  }
  return panel;
}

template <class W>
Panel pack_weights(const golden::Matrix<W>& w, size_t first, const ArrayShape& shape) {
  const int slice = shape.weight_slice();
  Panel panel = empty_panel(shape.steps(w.cols), shape.cols, slice);
  const auto each = static_cast<size_t>(shape.signature.k_per_step);
  const int bits_each = slice / shape.signature.k_per_step;
  std::vector<int16_t> x(each);
  for (size_t c = 0; c < static_cast<size_t>(shape.cols) && first + c < w.rows; ++c) {
    const auto row = w.row(first + c);
    for (size_t s = 0; s < panel.steps; ++s) {
      take_step(row, s * each, std::span(x));
      set_bits(panel.bytes.data() + s * panel.step_bytes, static_cast<int>(c) * slice, slice,
               concatenate(std::span<const int16_t>(x), bits_each));
    }
  }
  return panel;
}

std::vector<unsigned char> pack_rows(const SumMatrix& sums, size_t first_row, size_t first_col,
                                     const ArrayShape& shape) {
  std::vector<unsigned char> rows(static_cast<size_t>(shape.rows) * shape.row_bytes());
  const int bits = shape.signature.accumulator_bits;
  for (int r = 0; r < shape.rows; ++r) {
    for (int c = 0; c < shape.cols; ++c) {
      const size_t m = first_row + static_cast<size_t>(r);
      const size_t j = first_col + static_cast<size_t>(c);
      if (m >= sums.rows || j >= sums.cols) continue;
      set_bits(rows.data() + static_cast<size_t>(r) * shape.row_bytes(), c * bits, bits,
               static_cast<uint64_t>(sums(m, j)));
    }
  }
  return rows;
}

int64_t row_element(const unsigned char* row, int c, const ArrayShape& shape) {
  const int bits = shape.signature.accumulator_bits;
  return golden::wrap(get_bits(row, c * bits, bits), bits);
}

template Panel pack_activations(const golden::Matrix<uint8_t>&, size_t, const ArrayShape&,
                                const Datapath&);
template Panel pack_activations(const golden::Matrix<uint16_t>&, size_t, const ArrayShape&,
                                const Datapath&);
template Panel pack_weights(const golden::Matrix<int8_t>&, size_t, const ArrayShape&);
template Panel pack_weights(const golden::Matrix<int16_t>&, size_t, const ArrayShape&);

}  // namespace sparq::verif
