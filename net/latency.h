// SPDX-License-Identifier: Apache-2.0
// Cycles of a layer on an output-stationary systolic array, from the interface's timing rules
// (docs/array-interface.md), without running it.
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

// The config's array is one that these rules describe: systolic, output-stationary.
bool can_predict(const spec::Config& config);

// First accepted step to last row handed over, both included, nothing stalled: T tiles of
// S = ceil(k / k_per_step) steps take S + (T - 1) max(S, Rows) + Cols + pe_latency + Rows cycles.
// Needs can_predict().
int64_t predicted_cycles(const GemmSize& size, const spec::Config& config);

// One image's GEMM for one group of a layer; channels padded to a multiple at every position.
GemmSize gemm_size(const Graph& graph, NodeId layer, int64_t channel_multiple);

// All groups of a layer for one image, one GEMM after the other. Channels are padded to the
// config's elements per step.
int64_t predicted_layer_cycles(const Graph& graph, NodeId layer, const spec::Config& config);

// The 8b-8b array with as many PEs, otherwise the same.
spec::Config int8_counterpart(const spec::Config& config);

}  // namespace sparq::net
