// SPDX-License-Identifier: Apache-2.0
#include "net/latency.h"

#include <algorithm>

#include "golden/require.h"
#include "golden/spec/signature.h"

namespace sparq::net {
namespace {

int64_t parts(int64_t whole, int64_t part) { return (whole + part - 1) / part; }

}  // namespace

bool can_predict(const spec::Config& config) {
  return config.array.kind == spec::ArrayKind::kSystolic &&
         config.array.dataflow == spec::Dataflow::kOutputStationary;
}

int64_t predicted_cycles(const GemmSize& size, const spec::Config& config) {
  golden::require(can_predict(config), "an output-stationary systolic array");
  const spec::Signature signature = spec::signature(config);
  const int64_t rows = config.array.rows;
  const int64_t cols = config.array.cols;
  const int64_t tiles = parts(size.m, rows) * parts(size.n, cols);
  const int64_t steps = parts(size.k, signature.k_per_step);
  return steps + (tiles - 1) * std::max(steps, rows) + cols + signature.pe_latency + rows;
}

GemmSize gemm_size(const Graph& graph, NodeId layer, int64_t channel_multiple) {
  const Conv& conv = *graph.conv(layer);
  const int64_t channels = parts(conv.group_channels(), channel_multiple) * channel_multiple;
  return {.m = static_cast<int64_t>(graph.shape(graph.nodes[layer].output).pixels()),
          .n = conv.out_channels / conv.groups,
          .k = conv.window.kernel.h * conv.window.kernel.w * channels};
}

int64_t predicted_layer_cycles(const Graph& graph, NodeId layer, const spec::Config& config) {
  const GemmSize size = gemm_size(graph, layer, spec::signature(config).k_per_step);
  return graph.conv(layer)->groups * predicted_cycles(size, config);
}

spec::Config int8_counterpart(const spec::Config& config) {
  spec::Config int8 = config;
  int8.format = {.kind = spec::Kind::kInt8,
                 .activation_bits = config.format.activation_bits,
                 .window_bits = config.format.activation_bits,
                 .placements = {},
                 .vsparq = false};
  return int8;
}

}  // namespace sparq::net
