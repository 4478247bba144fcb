// SPDX-License-Identifier: Apache-2.0
// ONNX models as graphs.
#pragma once

#include <string>

#include "golden/spec/problem.h"
#include "net/graph.h"

namespace sparq::net {

// Opsets 9..17; Conv (2-D, groups, dilation, any padding), BatchNormalization, Relu, Clip, MaxPool,
// AveragePool, GlobalAveragePool, Add, Concat, Flatten, Reshape, Gemm, MatMul, Identity, Dropout,
// Constant, Pad, Softmax, QuantizeLinear, DequantizeLinear. One input (1 or symbolic, C, H, W), one
// output; weights are FLOAT and finite, or INT8 behind a DequantizeLinear. Everything else is a
// problem that names node, operator and opset; all of them are reported at once. The graph comes
// simplified().
spec::Checked<Graph> load_onnx(const std::string& path);

}  // namespace sparq::net
