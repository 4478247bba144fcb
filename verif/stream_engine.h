// SPDX-License-Identifier: Apache-2.0
// A GEMM on a simulated tensor core or weight-stationary array: blocks over M, N and K, the sums of
// a block fed back as its next addends, blocks interleaved so that nothing waits for a latency.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gen/generate.h"
#include "verif/harness/model.h"
#include "verif/harness/operands.h"

namespace sparq::verif {

struct ArrayProduct {
  SumMatrix product;     // M x N
  uint64_t cycles = 0;   // first accepted step to last beat handed over, inclusive
  std::string mismatch;  // empty, or where array and `expected` differ; several lines
};

// A is M x K, W N x K, `expected` M x N, by `engine`; with 2:4 weights at most two of a group are
// nonzero. `model` is the top module of `output`. X is uint8_t or uint16_t, W int8_t or int16_t.
template <class X, class W>
ArrayProduct multiply_streaming(const golden::Matrix<X>& activations,
                                const golden::Matrix<W>& weights, const SumMatrix& expected,
                                std::string_view engine, const gen::Output& output,
                                const Model& model,
                                const std::function<void(size_t done, size_t total)>& progress);

}  // namespace sparq::verif
