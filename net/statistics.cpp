// SPDX-License-Identifier: Apache-2.0
#include "net/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "golden/require.h"
#include "golden/trim_round.h"
#include "net/gemm_conv.h"
#include "net/kernels.h"
#include "net/sparse24.h"

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

// Counts pairs, and the windows of what is not alone.
class PairCounter {
 public:
  PairCounter(LayerStatistics& layer, const Arithmetic* arithmetic)
      : layer_(layer),
        has_windows_(arithmetic != nullptr && arithmetic->format.kind == spec::Kind::kSparq),
        vsparq_(has_windows_ && arithmetic->format.vsparq) {
    if (!has_windows_) return;
    window_ = window_of_codes(arithmetic->format);
    layer.windows.resize(arithmetic->format.placements.size());
  }

  void count(uint8_t x0, uint8_t x1, uint64_t times) {
    const bool one_zero = (x0 == 0) != (x1 == 0);
    layer_.pairs += times;
    layer_.pairs_of_zeros += x0 == 0 && x1 == 0 ? times : 0;
    layer_.pairs_with_zero += one_zero ? times : 0;
    if (!has_windows_ || (vsparq_ && one_zero)) return;
    for (const uint8_t code : {x0, x1}) {
      if (code != 0) layer_.windows[window_[code]] += times;
    }
  }

 private:
  LayerStatistics& layer_;
  bool has_windows_;
  bool vsparq_;
  std::vector<size_t> window_;
};

void count_codes(LayerStatistics& layer, std::span<const uint8_t> codes) {
  layer.codes += codes.size();
  layer.zeros += static_cast<uint64_t>(std::count(codes.begin(), codes.end(), 0));
}

void add_noise(std::span<const float> wanted, std::span<const float> got, double& signal,
               double& noise) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double difference = double{wanted[i]} - double{got[i]};
    signal += double{wanted[i]} * double{wanted[i]};
    noise += difference * difference;
  }
}

// How often each pair of positions is selected in a group of 4 weights; position 4: none.
using Selections = std::map<std::pair<size_t, size_t>, uint64_t>;

std::vector<Selections> selections(const golden::Matrix<int8_t>& weights) {
  std::vector<Selections> groups(weights.cols / kGroupChannels);
  for (size_t row = 0; row < weights.rows; ++row) {
    for (size_t g = 0; g < groups.size(); ++g) {
      std::array<size_t, 2> chosen = {kGroupChannels, kGroupChannels};
      size_t slots = 0;
      for (size_t i = 0; i < kGroupChannels; ++i) {
        if (weights(row, g * kGroupChannels + i) != 0) chosen.at(slots++) = i;
      }
      ++groups[g][{chosen[0], chosen[1]}];
    }
  }
  return groups;
}

// One image at a time through both networks.
class Meter {
 public:
  Meter(const Graph& graph, const Mode& mode)
      : graph_(graph),
        quantization_(*mode.quantization),
        formats_(mode.formats),
        behind_selection_(mode.behind_selection),
        none_(graph.nodes.size()),
        plain_(graph, none_, {.batch = 1, .fusion = Fusion::kNone}),
        quantized_(graph, quantization_, options_of(mode)),
        layer_of_(graph.values.size()),
        readers_(graph.values.size()),
        outputs_(graph.values.size()),
        logits_(graph.shape(graph.output).elements()) {
    for (const NodeId node : weighted_layers(graph)) {
      if (!quantization_[node]) continue;
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

  // Every quantized layer of such a mode has the one format.
  static ExecutorOptions options_of(const Mode& mode) {
    if (!mode.behind_selection) return {.batch = 1, .fusion = Fusion::kNone};
    const auto* format = *std::find_if(mode.formats.begin(), mode.formats.end(),
                                       [](const Arithmetic* each) { return each != nullptr; });
    return sparse24_options(format->format, 1, Fusion::kNone);
  }

  void see_input(LayerStatistics& layer, std::span<const float> x) {
    const CodeScale scale = quantization_[layer.layer]->input;
    std::vector<uint8_t> codes(x.size());
    quantize(x, scale.scale, scale.max_code, codes);
    count_codes(layer, codes);
    if (behind_selection_) return see_selected(layer, x, codes);
    const auto channels = static_cast<size_t>(graph_.conv(layer.layer)->group_channels());
    const Arithmetic* arithmetic = formats_[layer.layer];
    PairCounter counter(layer, arithmetic);
    for (size_t row = 0; row < codes.size(); row += channels) {
      for (size_t c = 0; c < channels; c += 2) {
        counter.count(codes[row + c], c + 1 == channels ? uint8_t{0} : codes[row + c + 1], 1);
      }
      if (arithmetic == nullptr) continue;
      const std::span all = std::span(codes).subspan(row, channels);
      arithmetic->encoder.apply(all, all);
    }
    std::vector<float> got(x.size());
    for (size_t i = 0; i < x.size(); ++i) got[i] = static_cast<float>(codes[i]) * scale.scale;
    add_noise(x, got, layer.input_signal, layer.input_noise);
  }

  void see_selected(LayerStatistics& layer, std::span<const float> x,
                    const std::vector<uint8_t>& codes) {
    const Node& node = graph_.nodes[layer.layer];
    const Conv& conv = *graph_.conv(layer.layer);
    const LayerQuantization& quantized = *quantization_[layer.layer];
    const Arithmetic& arithmetic = *formats_[layer.layer];
    PairCounter counter(layer, &arithmetic);
    for (int64_t group = 0; group < conv.groups; ++group) {
      const auto all = selections(gemm_weights(conv, group, kGroupChannels, quantized.weights));
      const auto gather = [&](const auto* from) {
        return gemm_activations(conv, graph_.shape(node.inputs[0]), graph_.shape(node.output),
                                group, kGroupChannels, 1, from);
      };
      const auto code_rows = gather(codes.data());
      const auto real_rows = gather(x.data());
      for (size_t row = 0; row < code_rows.rows; ++row) {
        for (size_t g = 0; g < all.size(); ++g) {
          for (const auto& [chosen, times] : all[g]) {
            std::array<uint8_t, 2> pair = {};
            std::array<float, 2> wanted = {};
            for (size_t slot = 0; slot < 2; ++slot) {
              const size_t i = slot == 0 ? chosen.first : chosen.second;
              if (i == kGroupChannels) continue;
              pair[slot] = code_rows(row, g * kGroupChannels + i);
              wanted[slot] = real_rows(row, g * kGroupChannels + i);
            }
            counter.count(pair[0], pair[1], times);
            arithmetic.encoder.apply(pair, pair);
            for (size_t slot = 0; slot < 2; ++slot) {
              const double difference =
                  double{wanted[slot]} - double{scale_of(quantized, pair[slot])};
              layer.input_signal +=
                  static_cast<double>(times) * double{wanted[slot]} * double{wanted[slot]};
              layer.input_noise += static_cast<double>(times) * difference * difference;
            }
          }
        }
      }
    }
  }

  static float scale_of(const LayerQuantization& layer, uint8_t code) {
    return static_cast<float>(code) * layer.input.scale;
  }

  const Graph& graph_;
  const Quantization& quantization_;
  const LayerFormats& formats_;
  const bool behind_selection_;
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

std::vector<LayerStatistics> layer_statistics(const Graph& graph, const Mode& mode, Images& images,
                                              const Preprocess& preprocess, size_t count) {
  const SingleThread single;
  Meter meter(graph, mode);
  std::vector<float> image(graph.shape(graph.input).elements());
  for (size_t i = 0; i < std::min(count, images.count()); ++i) {
    images.read(i, 1, preprocess, image);
    meter.measure(image);
  }
  return meter.take();
}

}  // namespace sparq::net
