// SPDX-License-Identifier: Apache-2.0
// A streaming array as the harness sees it (docs/tensor-core-interface.md and
// docs/weight-stationary-interface.md), and operands on their way to its ports. A step multiplies
// an m x k block of activations by an n x k block of weights and adds an m x n block C:
//   tensor core        m = Rows, n = Cols, k = depth; the weights come with the step
//   weight-stationary  m = 1, n = Cols, k = Rows * k_per_step; the weights are loaded before
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "verif/harness/operands.h"
#include "verif/harness/rng.h"

namespace sparq::verif {

struct StreamShape {
  spec::Signature signature;
  int m;
  int n;
  int k;
  int load_beats;  // of one set of weights; 0: weights come with the step
  bool sparse;     // 2:4 weights
  bool encoded;    // activations arrive encoded
  bool clock_enable;
  bool asynchronous_reset;
  int k_per_word;       // activations that one encoded word stands for
  int word_bits;        // of an encoded word
  int activation_bits;  // of one raw activation
  int weight_bits;      // of one weight
  int result_latency;   // cycles

  bool loads_weights() const { return load_beats > 0; }
  int activation_port_bits() const;
  int weight_port_bits() const { return n * signature.raw_weight_bits; }
  int result_port_bits() const { return m * n * signature.accumulator_bits; }
  size_t beat_bytes() const;  // of C and D, as a port stores them
  size_t steps(size_t k_total) const {
    const auto each = static_cast<size_t>(k);
    return (k_total + each - 1) / each;
  }
};

// True for the configurations whose arrays stream; false for output-stationary arrays.
bool is_stream(const spec::Config& config);

StreamShape stream_shape(const spec::Config& config);

// Block rows [first, first + m) of `a`, zeros beyond its end, as the words of its steps along K.
template <class X>
Panel pack_block(const golden::Matrix<X>& a, size_t first, const StreamShape& shape,
                 const Datapath& datapath);

// Block rows [first, first + n) of `w`: for each step along K the words of one step, or of
// load_beats load beats in the order in which they are loaded. With 2:4 weights every group has at
// most two nonzero elements; `choose`, unless empty, says which of so many ways it is to be, 0 and
// up, where the interface leaves a choice: the index of an empty slot, then the order of the two.
using Choose = std::function<uint64_t(uint64_t ways)>;
template <class W>
Panel pack_weight_block(const golden::Matrix<W>& w, size_t first, const StreamShape& shape,
                        const Choose& choose = {});

// C or D of a step as the ports hold it: rows [first_row, + m) and columns [first_col, + n) of
// `sums`, zeros beyond its end.
void pack_beat(const SumMatrix& sums, size_t first_row, size_t first_col, const StreamShape& shape,
               unsigned char* beat);

// Element (r, c) of a beat, P-bit two's complement.
int64_t beat_element(const unsigned char* beat, int r, int c, const StreamShape& shape);

// The operands of one result for a reader: at most 16 words of `x` and `w` (both of length k), with
// 2:4 weights behind the selection, each with its bits, windows and what it adds.
std::string operand_lines(std::span<const uint16_t> x, std::span<const int16_t> w,
                          const StreamShape& shape, const Datapath& datapath);

}  // namespace sparq::verif
