// SPDX-License-Identifier: Apache-2.0
#include "net/sparse24.h"

#include "golden/gemm_sparse24_fast.h"
#include "golden/sparse24.h"
#include "net/gemm_conv.h"

namespace sparq::net {

bool is_sparse24(const Graph& graph, const Quantization& quantization) {
  for (const NodeId layer : weighted_layers(graph)) {
    if (!quantization[layer]) continue;
    const Conv& conv = *graph.conv(layer);
    for (int64_t group = 0; group < conv.groups; ++group) {
      const auto weights = gemm_weights(conv, group, kGroupChannels, quantization[layer]->weights);
      if (!golden::check_sparse24(weights, "").empty()) return false;
    }
  }
  return true;
}

Quantization pruned24(const Graph& graph, const Quantization& quantization) {
  Quantization result = quantization;
  for (const NodeId layer : weighted_layers(graph)) {
    if (!result[layer]) continue;
    const Conv& conv = *graph.conv(layer);
    auto to = result[layer]->weights.begin();
    for (int64_t group = 0; group < conv.groups; ++group) {
      const auto kept =
          golden::prune24(gemm_weights(conv, group, kGroupChannels, quantization[layer]->weights));
      const auto channels = static_cast<size_t>(conv.group_channels());
      const auto positions = static_cast<size_t>(conv.window.kernel.h * conv.window.kernel.w);
      const size_t step = kept.cols / positions;
      for (size_t o = 0; o < kept.rows; ++o) {
        for (size_t c = 0; c < channels; ++c) {
          for (size_t p = 0; p < positions; ++p) *to++ = kept(o, p * step + c);
        }
      }
    }
  }
  return result;
}

ExecutorOptions sparse24_options(const spec::Format& format, size_t batch, Fusion fusion) {
  constexpr int kAccumulatorBits = 32;
  return {.batch = batch,
          .fusion = fusion,
          .gemm =
              [format](NodeId, const auto& activations, const auto& weights) {
                return golden::gemm_sparse24_fast(activations, weights, format, kAccumulatorBits);
              },
          .channel_multiple = kGroupChannels};
}

}  // namespace sparq::net
