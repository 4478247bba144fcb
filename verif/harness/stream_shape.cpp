// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stream_shape.h"

#include <array>

#include "golden/gemm.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "verif/harness/describe_step.h"
#include "verif/harness/dut.h"

namespace sparq::verif {
namespace {

uint64_t mask(int bits) { return ~uint64_t{0} >> (64 - bits); }

Panel empty_panel(size_t steps, int bits) {
  Panel panel;
  panel.steps = steps;
  panel.step_bytes = Port::storage_bytes(bits);
  panel.bytes.resize(steps * panel.step_bytes);
  return panel;
}

// The two slots of a group of 4.
struct Slots {
  std::array<int, 2> value = {};
  std::array<unsigned, 2> index = {};
};

template <class T>
Slots slots_of(std::span<const T> group, const Choose& choose) {
  Slots slots;
  size_t used = 0;
  for (size_t i = 0; i < group.size(); ++i) {
    if (group[i] == 0) continue;
    golden::require(used < 2, "at most two nonzero weights in a group");
    slots.value[used] = group[i];
    slots.index[used++] = static_cast<unsigned>(i);
  }
  if (!choose) return slots;
  for (size_t empty = used; empty < 2; ++empty) {
    slots.index[empty] = static_cast<unsigned>(choose(spec::kSparseGroup));
  }
  if (choose(2) == 1) {
    std::swap(slots.value[0], slots.value[1]);
    std::swap(slots.index[0], slots.index[1]);
  }
  return slots;
}

// Weights [k, k + count) of an output channel, zeros beyond its end, from bit `at` on.
template <class W>
void pack_slice(std::span<const W> row, size_t k, size_t count, const StreamShape& shape,
                const Choose& choose, unsigned char* to, int at) {
  std::vector<W> slice(count);
  for (size_t i = 0; i < count && k + i < row.size(); ++i) slice[i] = row[k + i];
  const int bits = shape.weight_bits;
  if (!shape.sparse) {
    for (size_t i = 0; i < count; ++i, at += bits) {
      set_bits(to, at, bits, static_cast<uint64_t>(int64_t{slice[i]}) & mask(bits));
    }
    return;
  }
  for (size_t g = 0; g < count; g += spec::kSparseGroup) {
    const Slots slots = slots_of(std::span<const W>(slice).subspan(g, spec::kSparseGroup), choose);
    for (size_t slot = 0; slot < 2; ++slot) {
      set_bits(to, at, bits, static_cast<uint64_t>(int64_t{slots.value[slot]}) & mask(bits));
      set_bits(to, at + bits, spec::kSparseIndexBits, slots.index[slot]);
      at += bits + spec::kSparseIndexBits;
    }
  }
}

}  // namespace

int StreamShape::activation_port_bits() const {
  return m * (encoded ? k / k_per_word * word_bits : k * activation_bits);
}

size_t StreamShape::beat_bytes() const { return Port::storage_bytes(result_port_bits()); }

bool is_stream(const spec::Config& config) {
  return config.array.kind != spec::ArrayKind::kSystolic ||
         config.array.dataflow == spec::Dataflow::kWeightStationary;
}

StreamShape stream_shape(const spec::Config& config) {
  golden::require(is_stream(config), "a streaming array");
  const spec::Signature signature = spec::signature(config);
  const spec::Array& array = config.array;
  const bool stationary = array.kind == spec::ArrayKind::kSystolic;
  const spec::Format& format = config.format;
  return {.signature = signature,
          .m = stationary ? 1 : array.rows,
          .n = array.cols,
          .k = stationary ? array.rows * signature.k_per_step : array.depth,
          .load_beats = stationary ? array.rows : 0,
          .sparse = array.kind == spec::ArrayKind::kSparseTensorCore,
          .encoded = config.encoder == spec::Encoder::kNone,
          .clock_enable = config.clock_enable,
          .asynchronous_reset = config.reset == spec::Reset::kAsynchronous,
          .k_per_word = spec::k_per_word(format),
          .word_bits = format.kind == spec::Kind::kSparq
                           ? spec::pair_layout(format).bits()
                           : spec::k_per_word(format) * format.window_bits,
          .activation_bits = format.activation_bits,
          .weight_bits = config.weight_bits,
          .result_latency = stationary ? array.rows + array.cols + signature.pe_latency - 1
                                       : signature.pe_latency};
}

template <class X>
Panel pack_block(const golden::Matrix<X>& a, size_t first, const StreamShape& shape,
                 const Datapath& datapath) {
  Panel panel = empty_panel(shape.steps(a.cols), shape.activation_port_bits());
  const auto each = static_cast<size_t>(shape.encoded ? shape.k_per_word : 1);
  const int bits = shape.encoded ? shape.word_bits : shape.activation_bits;
  const auto k = static_cast<size_t>(shape.k);
  std::vector<uint16_t> x(each);
  for (size_t s = 0; s < panel.steps; ++s) {
    unsigned char* to = panel.bytes.data() + s * panel.step_bytes;
    int at = 0;
    for (size_t r = first; r < first + static_cast<size_t>(shape.m); ++r) {
      for (size_t i = s * k; i < (s + 1) * k; i += each, at += bits) {
        for (size_t j = 0; j < each; ++j) {
          x[j] = r < a.rows && i + j < a.cols ? static_cast<uint16_t>(a(r, i + j)) : uint16_t{0};
        }
        set_bits(to, at, bits, (shape.encoded ? datapath.encode(x) : x[0]) & mask(bits));
      }
    }
  }
  return panel;
}

template <class W>
Panel pack_weight_block(const golden::Matrix<W>& w, size_t first, const StreamShape& shape,
                        const Choose& choose) {
  const auto beats = static_cast<size_t>(std::max(1, shape.load_beats));
  const auto each = static_cast<size_t>(shape.signature.k_per_step);
  Panel panel = empty_panel(shape.steps(w.cols) * beats, shape.weight_port_bits());
  for (size_t b = 0; b < panel.steps; ++b) {
    // The last array row is loaded first.
    const size_t row = beats - 1 - b % beats;
    const size_t k = (b / beats * beats + row) * each;
    for (size_t c = 0; c < static_cast<size_t>(shape.n) && first + c < w.rows; ++c) {
      pack_slice(w.row(first + c), k, each, shape, choose,
                 panel.bytes.data() + b * panel.step_bytes,
                 static_cast<int>(c) * shape.signature.raw_weight_bits);
    }
  }
  return panel;
}

void pack_beat(const SumMatrix& sums, size_t first_row, size_t first_col, const StreamShape& shape,
               unsigned char* beat) {
  const int bits = shape.signature.accumulator_bits;
  int at = 0;
  for (size_t r = first_row; r < first_row + static_cast<size_t>(shape.m); ++r) {
    for (size_t c = first_col; c < first_col + static_cast<size_t>(shape.n); ++c, at += bits) {
      const bool inside = r < sums.rows && c < sums.cols;
      set_bits(beat, at, bits, inside ? static_cast<uint64_t>(sums(r, c)) & mask(bits) : 0);
    }
  }
}

int64_t beat_element(const unsigned char* beat, int r, int c, const StreamShape& shape) {
  const int bits = shape.signature.accumulator_bits;
  return golden::wrap(get_bits(beat, (r * shape.n + c) * bits, bits), bits);
}

std::string operand_lines(std::span<const uint16_t> x, std::span<const int16_t> w,
                          const StreamShape& shape, const Datapath& datapath) {
  const auto each = static_cast<size_t>(shape.k_per_word);
  if (!shape.sparse) return step_lines(x, w, each, datapath.describe);
  std::vector<uint16_t> selected;
  std::vector<int16_t> values;
  for (size_t g = 0; g < w.size(); g += spec::kSparseGroup) {
    const Slots slots = slots_of(w.subspan(g, spec::kSparseGroup), nullptr);
    for (size_t slot = 0; slot < 2; ++slot) {
      selected.push_back(slots.value[slot] == 0 ? uint16_t{0} : x[g + slots.index[slot]]);
      values.push_back(static_cast<int16_t>(slots.value[slot]));
    }
  }
  return step_lines(selected, values, each, datapath.describe);
}

template Panel pack_block(const golden::Matrix<uint8_t>&, size_t, const StreamShape&,
                          const Datapath&);
template Panel pack_block(const golden::Matrix<uint16_t>&, size_t, const StreamShape&,
                          const Datapath&);
template Panel pack_weight_block(const golden::Matrix<int8_t>&, size_t, const StreamShape&,
                                 const Choose&);
template Panel pack_weight_block(const golden::Matrix<int16_t>&, size_t, const StreamShape&,
                                 const Choose&);

}  // namespace sparq::verif
