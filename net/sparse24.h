// SPDX-License-Identifier: Apache-2.0
// 2:4 sparse weights of a network's quantized layers: of every 4 consecutive input channels at one
// kernel position of one output channel at most 2 have a nonzero weight.
#pragma once

#include "golden/spec/format.h"
#include "net/executor.h"
#include "net/graph.h"
#include "net/quantization.h"

namespace sparq::net {

// True when the weights of every quantized layer are.
bool is_sparse24(const Graph& graph, const Quantization& quantization);

// In every group the two weights of largest magnitude stay (golden::prune24).
Quantization pruned24(const Graph& graph, const Quantization& quantization);

// How an executor computes such weights under a format: pairs form behind the selection.
ExecutorOptions sparse24_options(const spec::Format& format, size_t batch, Fusion fusion);

}  // namespace sparq::net
