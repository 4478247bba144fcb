// SPDX-License-Identifier: Apache-2.0
// Cycles of a layer on an array, from the timing rules of its interface (docs/array-interface.md,
// docs/weight-stationary-interface.md, docs/tensor-core-interface.md), without running it.
#pragma once

#include <cstdint>

#include "golden/spec/config.h"
#include "net/graph.h"

namespace sparq::net {

struct GemmSize {
  int64_t m = 0;  // rows of activations
  int64_t n = 0;  // rows of weights
  int64_t k = 0;
};

// First accepted step to last result handed over, both included, nothing stalled, in the order in
// which the GEMM engines of this project feed the array (docs/networks.md).
int64_t predicted_cycles(const GemmSize& size, const spec::Config& config);

// What channels are padded to at every kernel position on the config's array: pairs, or the groups
// of 2:4 weights; 1 where elements travel alone.
int64_t channel_multiple(const spec::Config& config);

// One image's GEMM for one group of a layer; channels padded to a multiple at every position.
GemmSize gemm_size(const Graph& graph, NodeId layer, int64_t channel_multiple);

// All groups of a layer for one image, one GEMM after the other.
int64_t predicted_layer_cycles(const Graph& graph, NodeId layer, const spec::Config& config);

// The array with as many multipliers for another format.
spec::Config with_format(const spec::Config& config, const spec::Format& format);
// That of 8b-8b elements.
spec::Config int8_counterpart(const spec::Config& config);

// The config's array where it takes such weights (2:4, or any), else the tensor core with as many
// multipliers that does: for 2:4 weights on a systolic array that of 4 x 4 units.
spec::Config array_for(bool sparse24, const spec::Config& config);

}  // namespace sparq::net
