// SPDX-License-Identifier: Apache-2.0
// gemm_reference at the speed of the machine: activations are encoded block by block, then handed
// to oneDNN's unsigned-by-signed 8-bit GEMM while they are in the cache. Bit for bit the reference.
// Signed activations are multiplied as x^ + 128, of which 128 times the sum of the weights is taken
// away again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "golden/encode_fast.h"
#include "golden/matrix.h"
#include "golden/spec/format.h"

namespace sparq::golden {

// How the products are summed; all give the same bits.
enum class GemmPath {
  kAuto,    // the fastest that is exact on this machine
  kDirect,  // one oneDNN GEMM. Exact only where can_go_direct(): elsewhere oneDNN adds two products
            // in 16 bits, which saturate
  kSplit,   // two oneDNN GEMMs, of about half of x^ each: two such products fit 16 bits
  kPlain,   // loops, on any machine
};

struct FastOptions {
  int threads = 1;  // >= 1
  GemmPath path = GemmPath::kAuto;
  EncodeUnit unit = best_encode_unit();
};

// True when the processor (as limited by ONEDNN_MAX_CPU_ISA) sums 8-bit products without
// saturating: AVX-512 VNNI.
bool can_go_direct();

// A <= 8, W <= 8, P <= 32.
bool fast_supports(const spec::Format& format, int weight_bits, int accumulator_bits);

struct GemmShape {
  size_t m;  // rows of activations and of the result
  size_t n;  // rows of weights, columns of the result
  size_t k;
};

// c[m,j] = sum over k of x^[m,k] * w[j,k], wrapped to P bits, P 1..32. x, words of A bits, is M x
// K, w N x K, c M x N, all row-major. Needs fast_supports() and every x < 2^A. Beside the operands
// it holds one block of about 2 MiB per thread, whatever the shape. Throws std::bad_alloc when
// oneDNN runs out of memory.
void gemm_fast(std::span<const uint8_t> x, std::span<const int8_t> w, std::span<int32_t> c,
               const GemmShape& shape, const spec::Format& format, int accumulator_bits,
               const FastOptions& options = {});

// The same for matrices: activations M x K, weights N x K, result M x N.
Matrix<int32_t> gemm_fast(const Matrix<uint8_t>& activations, const Matrix<int8_t>& weights,
                          const spec::Format& format, int accumulator_bits,
                          const FastOptions& options = {});

}  // namespace sparq::golden
