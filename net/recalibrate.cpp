// SPDX-License-Identifier: Apache-2.0
#include "net/recalibrate.h"

#include <algorithm>
#include <cmath>

#include "golden/require.h"

namespace sparq::net {
namespace {

Moments moments_of(std::span<const float> elements, size_t channels) {
  golden::require(channels > 0, "a layer has channels");
  std::vector<double> sum(channels);
  std::vector<double> squares(channels);
  for (size_t at = 0; at < elements.size(); at += channels) {
    for (size_t c = 0; c < channels; ++c) {
      sum[c] += elements[at + c];
      squares[c] += double{elements[at + c]} * double{elements[at + c]};
    }
  }
  const size_t pixels = elements.size() / channels;
  const auto count = static_cast<double>(pixels);
  Moments moments;
  for (size_t c = 0; c < channels; ++c) {
    const double mean = sum[c] / count;
    moments.mean.push_back(static_cast<float>(mean));
    moments.deviation.push_back(
        static_cast<float>(std::sqrt(std::max(0.0, squares[c] / count - mean * mean))));
  }
  return moments;
}

// Moves the layer's output to the wanted moments, and the elements at hand with it.
void correct(LayerQuantization& layer, const Moments& is, const Moments& wanted,
             std::span<float> elements) {
  const size_t channels = is.mean.size();
  for (size_t c = 0; c < channels; ++c) {
    constexpr float kTiny = 1e-6F;
    // A channel without any spread has none to be matched.
    const bool has_spread = is.deviation[c] > kTiny && wanted.deviation[c] > kTiny;
    const float gain = has_spread ? wanted.deviation[c] / is.deviation[c] : 1.0F;
    layer.gain[c] *= gain;
    layer.bias[c] = gain * (layer.bias[c] - is.mean[c]) + wanted.mean[c];
    for (size_t at = c; at < elements.size(); at += channels) {
      elements[at] = gain * (elements[at] - is.mean[c]) + wanted.mean[c];
    }
  }
}

size_t images_that_fit(const Graph& graph, size_t count) {
  size_t largest = 1;
  for (const Value& value : graph.values) largest = std::max(largest, value.shape.elements());
  constexpr size_t kBytes = size_t{64} << 20;  // of the largest value; a few live at a time
  constexpr size_t kMost = 256;
  return std::clamp<size_t>(kBytes / (largest * sizeof(float)), 1, std::min(kMost, count));
}

}  // namespace

Quantization recalibrated(const Graph& graph, const Quantization& quantization,
                          const LayerFormats& formats, Images& images,
                          const Preprocess& preprocess) {
  const SingleThread single;
  const size_t batch = images_that_fit(graph, images.count());
  std::vector<float> input(batch * graph.shape(graph.input).elements());
  std::vector<float> logits(batch * graph.shape(graph.output).elements());
  images.read(0, batch, preprocess, input);
  std::vector<std::optional<NodeId>> layer_of(graph.values.size());
  for (const NodeId layer : weighted_layers(graph)) {
    if (quantization[layer]) layer_of[graph.nodes[layer].output] = layer;
  }
  const auto channels = [&](ValueId value) {
    return static_cast<size_t>(graph.shape(value).channels);
  };

  std::vector<Moments> wanted(graph.values.size());
  {
    const Quantization none(graph.nodes.size());
    const Executor executor(graph, none, {.batch = batch, .fusion = Fusion::kNone});
    executor.run(*executor.make_workspace(), input, logits, formats,
                 [&](ValueId value, std::span<float> elements) {
                   if (!layer_of[value]) return;
                   const auto& normalized = graph.conv(*layer_of[value])->normalized;
                   wanted[value] = normalized ? *normalized : moments_of(elements, channels(value));
                 });
  }
  Quantization result = quantization;
  const Executor executor(graph, quantization, {.batch = batch, .fusion = Fusion::kNone});
  executor.run(*executor.make_workspace(), input, logits, formats,
               [&](ValueId value, std::span<float> elements) {
                 if (!layer_of[value]) return;
                 correct(*result[*layer_of[value]], moments_of(elements, channels(value)),
                         wanted[value], elements);
               });
  return result;
}

}  // namespace sparq::net
