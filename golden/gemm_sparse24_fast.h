// SPDX-License-Identifier: Apache-2.0
// gemm_sparse24_reference at the speed of the machine. The pairs depend on the weights, but a group
// of 4 has only 10 nonempty index patterns: activations are encoded once per pattern, not once per
// output channel. Bit for bit the reference.
#pragma once

#include "golden/gemm_fast.h"

namespace sparq::golden {

enum class SparseUnit {
  kScalar,  // any machine
  kAvx2,
  kAvx512Vnni,
};

bool available(SparseUnit unit);  // on this machine
SparseUnit best_sparse_unit();

// activations M x K, weights N x K with at most 2 nonzero in every group of 4 (check_sparse24),
// result M x N. Needs fast_supports(), every x < 2^A (a word of A bits) and threads >= 1. Where x^
// does not depend on the partner the dense gemm_fast does it all.
Matrix<int32_t> gemm_sparse24_fast(const Matrix<uint8_t>& activations,
                                   const Matrix<int8_t>& weights, const spec::Format& format,
                                   int accumulator_bits, int threads = 1,
                                   SparseUnit unit = best_sparse_unit());

}  // namespace sparq::golden
