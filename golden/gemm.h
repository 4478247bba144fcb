// SPDX-License-Identifier: Apache-2.0
// The reference GEMM: plain integer mathematics, meant to be read rather than to be fast.
// Activations are words of A bits (golden/activation.h).
#pragma once

#include <array>
#include <cstdint>

#include "golden/matrix.h"
#include "golden/spec/format.h"

namespace sparq::golden {

// value mod 2^bits, as a two's complement number of `bits` bits, 1..64.
int64_t wrap(uint64_t value, int bits);

// {x^0, x^1} of two activations that form a pair, in every kind of format: pair_values for kSparq;
// in the others each by itself. Needs x0, x1 < 2^A.
std::array<int32_t, 2> quantize_pair(uint32_t x0, uint32_t x1, const spec::Format& format);

// x^ of every activation, same shape: 0..2^A - 1, or -2^(A-1)..2^(A-1) with signed activations
// (rounding may reach 2^(A-1), which is no activation). Pairs are neighbours in a row, the last
// element of an odd row has a zero partner. X is uint8_t or uint16_t. Needs every x < 2^A.
template <class X>
Matrix<int32_t> encode(const Matrix<X>& activations, const spec::Format& format);

// C[m,j] = sum over k of x^[m,k] * w[j,k], wrapped to P bits two's complement (P 1..64).
// activations M x K, weights N x K, result M x N. X is uint8_t or uint16_t, W int8_t or int16_t.
template <class X, class W>
Matrix<int64_t> gemm_reference(const Matrix<X>& activations, const Matrix<W>& weights,
                               const spec::Format& format, int accumulator_bits);

// The same for 2:4 sparse weights: in each group of 4 the activations that face the nonzero weights
// form the pair, in ascending order, an unused slot being a zero activation; K is padded with zeros
// to a multiple of 4. Needs at most 2 nonzero weights in every group (check_sparse24).
template <class X, class W>
Matrix<int64_t> gemm_sparse24_reference(const Matrix<X>& activations, const Matrix<W>& weights,
                                        const spec::Format& format, int accumulator_bits);

}  // namespace sparq::golden
