// SPDX-License-Identifier: Apache-2.0
#include "net/latency.h"

#include <algorithm>

#include "golden/require.h"
#include "golden/spec/signature.h"

namespace sparq::net {
namespace {

int64_t parts(int64_t whole, int64_t part) { return (whole + part - 1) / part; }

}  // namespace

int64_t predicted_cycles(const GemmSize& size, const spec::Config& config) {
  const spec::Signature signature = spec::signature(config);
  const int64_t rows = config.array.rows;
  const int64_t cols = config.array.cols;
  const int64_t latency = signature.pe_latency;
  if (config.array.kind != spec::ArrayKind::kSystolic) {
    const int64_t blocks = parts(size.m, rows) * parts(size.n, cols);
    const int64_t steps = parts(size.k, signature.k_per_step);
    // A block's sums come back as its next addends: it has a step every latency + 1 cycles at most.
    return (steps - 1) * std::max(blocks, latency + 1) + blocks + latency;
  }
  if (config.array.dataflow == spec::Dataflow::kOutputStationary) {
    const int64_t tiles = parts(size.m, rows) * parts(size.n, cols);
    const int64_t steps = parts(size.k, signature.k_per_step);
    return steps + (tiles - 1) * std::max(steps, rows) + spec::clusters(config.array) + latency +
           rows;
  }
  const int64_t blocks = parts(size.n, cols);  // of columns, M steps each
  const int64_t sets = parts(size.k, rows * signature.k_per_step);
  const int64_t result_latency = rows + cols + latency - 1;
  const int64_t each = std::max(size.m, rows + 1);  // steps, or loading the next set of weights
  return rows + (sets - 1) * std::max(blocks * each, result_latency + 1) + (blocks - 1) * each +
         size.m + result_latency - 1;
}

int64_t channel_multiple(const spec::Config& config) {
  return config.array.kind == spec::ArrayKind::kSparseTensorCore ? spec::kSparseGroup
                                                                 : spec::k_per_word(config.format);
}

GemmSize gemm_size(const Graph& graph, NodeId layer, int64_t channel_multiple) {
  const Conv& conv = *graph.conv(layer);
  const int64_t channels = parts(conv.group_channels(), channel_multiple) * channel_multiple;
  return {.m = static_cast<int64_t>(graph.shape(graph.nodes[layer].output).pixels()),
          .n = conv.out_channels / conv.groups,
          .k = conv.window.kernel.h * conv.window.kernel.w * channels};
}

int64_t predicted_layer_cycles(const Graph& graph, NodeId layer, const spec::Config& config) {
  const GemmSize size = gemm_size(graph, layer, channel_multiple(config));
  return graph.conv(layer)->groups * predicted_cycles(size, config);
}

spec::Config with_format(const spec::Config& config, const spec::Format& format) {
  spec::Config result = config;
  result.format = format;
  result.array.depth =
      config.array.depth / spec::k_per_word(config.format) * spec::k_per_word(format);
  return result;
}

spec::Config int8_counterpart(const spec::Config& config) {
  return with_format(config, {.kind = spec::Kind::kInt8,
                              .activation_bits = config.format.activation_bits,
                              .window_bits = config.format.activation_bits,
                              .placements = {},
                              .vsparq = false});
}

spec::Config array_for(bool sparse24, const spec::Config& config) {
  constexpr int kSelection = spec::kSparseGroup / spec::kSparseSlots;  // elements per multiplier
  spec::Config result = config;
  spec::Array& array = result.array;
  if (sparse24 == (array.kind == spec::ArrayKind::kSparseTensorCore)) return result;
  if (!sparse24) {
    array.kind = spec::ArrayKind::kTensorCore;
    array.depth /= kSelection;
    return result;
  }
  if (array.kind == spec::ArrayKind::kSystolic) {
    constexpr int kEdge = 4;  // units, and multipliers of each
    array.rows = array.cols = kEdge;
    array.depth = kEdge * spec::k_per_word(config.format);
  }
  array.kind = spec::ArrayKind::kSparseTensorCore;
  array.depth *= kSelection;
  return result;
}

}  // namespace sparq::net
