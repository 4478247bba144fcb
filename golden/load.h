// SPDX-License-Identifier: Apache-2.0
// Activations and weights from .npy files, checked against a format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "golden/matrix.h"
#include "golden/spec/format.h"
#include "golden/spec/problem.h"

namespace sparq::golden {

// Activations as words of A bits (golden/activation.h), signed ones too: uint8_t for A <= 8,
// uint16_t above. Weights: int8_t for W <= 8, int16_t above.
using Activations = std::variant<Matrix<uint8_t>, Matrix<uint16_t>>;
using Weights = std::variant<Matrix<int8_t>, Matrix<int16_t>>;

// An array of any rank >= 1 as rows of its last axis: rows is the product of the other axes.
struct ActivationTensor {
  std::vector<size_t> shape;
  Activations values;
};

// dtype |u1 (A <= 8) or <u2, every value < 2^A; with signed activations |i1 or <i2, -2^(A-1) <=
// value < 2^(A-1). The first offender is named: "[3,17] = 300".
spec::Checked<ActivationTensor> load_tensor(const std::string& path, const spec::Format& format);

// The same, of rank 2 and not empty: M x K.
spec::Checked<Activations> load_activations(const std::string& path, const spec::Format& format);

// dtype |i1 (W <= 8) or <i2, rank 2 and not empty: N x K, -2^(W-1) <= value < 2^(W-1).
spec::Checked<Weights> load_weights(const std::string& path, int weight_bits);

struct GemmInputs {
  Activations activations;  // M x K
  Weights weights;          // N x K
};

// Both files, with all problems of both; their K must agree.
spec::Checked<GemmInputs> load_gemm(const std::string& activations_path,
                                    const std::string& weights_path, const spec::Format& format,
                                    int weight_bits);

}  // namespace sparq::golden
