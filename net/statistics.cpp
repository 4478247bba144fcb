// SPDX-License-Identifier: Apache-2.0
#include "net/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/require.h"
#include "golden/trim_round.h"
#include "net/kernels.h"

namespace sparq::net {
namespace {

// The placement's index of every code's own window.
std::vector<size_t> window_of_codes(const spec::Format& format) {
  std::vector<size_t> windows;
  for (uint32_t x = 0; x < (1U << format.activation_bits); ++x) {
    windows.push_back(static_cast<size_t>(golden::trim_round(x, format).code));
  }
  return windows;
}

void count_codes(LayerStatistics& layer, std::span<const uint8_t> codes, size_t group_channels,
                 const Arithmetic* arithmetic) {
  const bool has_windows = arithmetic != nullptr && arithmetic->format.kind == spec::Kind::kSparq;
  const std::vector<size_t> window =
      has_windows ? window_of_codes(arithmetic->format) : std::vector<size_t>{};
  if (has_windows) layer.windows.resize(arithmetic->format.placements.size());
  const auto count = [&](uint8_t code, bool is_alone) {
    if (has_windows && code != 0 && !is_alone) ++layer.windows[window[code]];
  };
  layer.codes += codes.size();
  for (size_t row = 0; row < codes.size(); row += group_channels) {
    for (size_t c = 0; c < group_channels; c += 2) {
      const bool is_odd_end = c + 1 == group_channels;
      const uint8_t x0 = codes[row + c];
      const uint8_t x1 = is_odd_end ? uint8_t{0} : codes[row + c + 1];
      const bool one_zero = (x0 == 0) != (x1 == 0);
      const bool is_alone = has_windows && arithmetic->format.vsparq && one_zero;
      ++layer.pairs;
      layer.zeros += (x0 == 0 ? 1 : 0) + (x1 == 0 && !is_odd_end ? 1 : 0);
      layer.pairs_of_zeros += x0 == 0 && x1 == 0 ? 1 : 0;
      layer.pairs_with_zero += one_zero ? 1 : 0;
      count(x0, is_alone);
      count(x1, is_alone);
    }
  }
}

void add_noise(std::span<const float> wanted, std::span<const float> got, double& signal,
               double& noise) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double difference = double{wanted[i]} - double{got[i]};
    signal += double{wanted[i]} * double{wanted[i]};
    noise += difference * difference;
  }
}

// One image at a time through both networks.
class Meter {
 public:
  Meter(const Graph& graph, const Quantization& quantization, const LayerFormats& formats)
      : graph_(graph),
        quantization_(quantization),
        formats_(formats),
        none_(graph.nodes.size()),
        plain_(graph, none_, {.batch = 1, .fusion = Fusion::kNone}),
        quantized_(graph, quantization, {.batch = 1, .fusion = Fusion::kNone}),
        layer_of_(graph.values.size()),
        readers_(graph.values.size()),
        outputs_(graph.values.size()),
        logits_(graph.shape(graph.output).elements()) {
    for (const NodeId node : weighted_layers(graph)) {
      if (!quantization[node]) continue;
      layers_.push_back({.layer = node});
      readers_[graph.nodes[node].inputs[0]].push_back(layers_.size() - 1);
      layer_of_[graph.nodes[node].output] = layers_.size();
    }
  }

  void measure(std::span<const float> image) {
    const auto plain = plain_.make_workspace();
    const auto quantized = quantized_.make_workspace();
    plain_.run(*plain, image, logits_, formats_, [&](ValueId value, std::span<float> elements) {
      if (layer_of_[value] != 0) outputs_[value].assign(elements.begin(), elements.end());
    });
    quantized_.run(*quantized, image, logits_, formats_,
                   [&](ValueId value, std::span<float> elements) { see(value, elements); });
  }

  std::vector<LayerStatistics> take() { return std::move(layers_); }

 private:
  void see(ValueId value, std::span<const float> elements) {
    for (const size_t reader : readers_[value]) see_input(layers_[reader], elements);
    if (const size_t index = layer_of_[value]; index != 0) {
      LayerStatistics& layer = layers_[index - 1];
      add_noise(outputs_[value], elements, layer.output_signal, layer.output_noise);
    }
  }

  void see_input(LayerStatistics& layer, std::span<const float> x) {
    const CodeScale scale = quantization_[layer.layer]->input;
    const auto channels = static_cast<size_t>(graph_.conv(layer.layer)->group_channels());
    const Arithmetic* arithmetic = formats_[layer.layer];
    std::vector<uint8_t> codes(x.size());
    quantize(x, scale.scale, scale.max_code, codes);
    count_codes(layer, codes, channels, arithmetic);
    if (arithmetic != nullptr) {
      for (size_t at = 0; at < codes.size(); at += channels) {
        const std::span row = std::span(codes).subspan(at, channels);
        arithmetic->encoder.apply(row, row);
      }
    }
    std::vector<float> got(x.size());
    for (size_t i = 0; i < x.size(); ++i) got[i] = static_cast<float>(codes[i]) * scale.scale;
    add_noise(x, got, layer.input_signal, layer.input_noise);
  }

  const Graph& graph_;
  const Quantization& quantization_;
  const LayerFormats& formats_;
  const Quantization none_;
  const Executor plain_;
  const Executor quantized_;
  std::vector<LayerStatistics> layers_;
  std::vector<size_t> layer_of_;              // by value: 1 + index of the layer that makes it
  std::vector<std::vector<size_t>> readers_;  // by value: indices of the layers that read it
  std::vector<std::vector<float>> outputs_;   // by value: in floating point
  std::vector<float> logits_;
};

}  // namespace

double sqnr_db(double signal, double noise) {
  return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

std::vector<LayerStatistics> layer_statistics(const Graph& graph, const Quantization& quantization,
                                              const LayerFormats& formats, Images& images,
                                              const Preprocess& preprocess, size_t count) {
  const SingleThread single;
  Meter meter(graph, quantization, formats);
  std::vector<float> image(graph.shape(graph.input).elements());
  for (size_t i = 0; i < std::min(count, images.count()); ++i) {
    images.read(i, 1, preprocess, image);
    meter.measure(image);
  }
  return meter.take();
}

}  // namespace sparq::net
