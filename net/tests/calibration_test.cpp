// SPDX-License-Identifier: Apache-2.0
// On the digits network, against what examples/digits/quantize.py measured with numpy.
#include "net/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "golden/pair.h"
#include "golden/tests/scratch.h"
#include "net/executor.h"
#include "net/import.h"
#include "net/recalibrate.h"
#include "net/sparse24.h"
#include "net/statistics.h"

namespace sparq::net {
namespace {

const std::string kDigits = std::string(SPARQ_SOURCE_DIR) + "/examples/digits/";

struct Digits {
  Graph graph = *load_onnx(kDigits + "digits.onnx");
  Preprocess preprocess = *load_preprocess(kDigits + "digits.pre.json", 1);
  Images images = *Images::open(kDigits + "calibration_images.npy", &graph.shape(graph.input));

  Quantization quantized(CalibrationMethod method, int threads = 1) {
    const Ranges ranges = calibrate(graph, images, preprocess, method, threads);
    return *quantize(graph, ranges, default_skip(graph), 255, "");
  }
};

Mode mode_of(const Quantization& quantization, const LayerFormats& formats) {
  return {.name = "",
          .quantization = std::make_shared<const Quantization>(quantization),
          .executor = nullptr,
          .formats = formats};
}

TEST(Calibration, ScalesAreThoseOfTheRecord) {
  Digits digits;
  const auto record = nlohmann::json::parse(std::ifstream(kDigits + "layers.json"));
  const Quantization quantization = digits.quantized(CalibrationMethod::kMeanOfMaxima);
  size_t compared = 0;
  for (const NodeId node : weighted_layers(digits.graph)) {
    if (!quantization[node]) continue;
    for (const auto& layer : record["layers"]) {
      if (layer["name"] != digits.graph.nodes[node].name) continue;
      const auto scale = layer["activation_scale"].get<double>();
      EXPECT_NEAR(quantization[node]->input.scale, scale, 1e-5 * scale);
      const auto weights = layer["weight_scale"].get<std::vector<double>>();
      ASSERT_EQ(quantization[node]->weight_scale.size(), weights.size());
      for (size_t o = 0; o < weights.size(); ++o) {
        EXPECT_FLOAT_EQ(quantization[node]->weight_scale[o], static_cast<float>(weights[o]));
      }
      ++compared;
    }
  }
  EXPECT_EQ(compared, 2U);
}

TEST(Calibration, MethodsAreOrderedAndThreadsDoNotMatter) {
  Digits digits;
  const auto scale = [&](CalibrationMethod method, int threads = 1) {
    std::vector<float> scales;
    for (const auto& layer : digits.quantized(method, threads)) {
      if (layer) scales.push_back(layer->input.scale);
    }
    return scales;
  };
  const auto largest = scale(CalibrationMethod::kMinMax);
  for (const auto method : {CalibrationMethod::kMeanOfMaxima, CalibrationMethod::kPercentile,
                            CalibrationMethod::kKl, CalibrationMethod::kLp}) {
    const auto scales = scale(method);
    EXPECT_EQ(scales, scale(method, 3)) << to_text(method);
    for (size_t i = 0; i < scales.size(); ++i) {
      EXPECT_LE(scales[i], largest[i]) << to_text(method);
      EXPECT_GT(scales[i], largest[i] / 4) << to_text(method);
    }
    EXPECT_EQ(calibration_method_from(to_text(method)), method);
  }
}

TEST(Recalibration, MomentsAreThoseOfFloatingPoint) {
  Digits digits;
  const Quantization before = digits.quantized(CalibrationMethod::kMeanOfMaxima);
  const spec::Format format = *spec::resolve(
      {.placements = "2opt", .rounding = spec::Rounding::kTrim}, "", "");  // trims a lot away
  const Arithmetic arithmetic(format);
  const LayerFormats formats(digits.graph.nodes.size(), &arithmetic);
  const Quantization after =
      recalibrated(digits.graph, before, formats, digits.images, digits.preprocess);
  const auto noise = [&](const Quantization& quantization) {
    std::vector<double> decibels;
    for (const LayerStatistics& layer : layer_statistics(
             digits.graph, mode_of(quantization, formats), digits.images, digits.preprocess, 50)) {
      decibels.push_back(sqnr_db(layer.output_signal, layer.output_noise));
    }
    return decibels;
  };
  const auto worse = noise(before);
  const auto better = noise(after);
  ASSERT_EQ(worse.size(), 2U);
  EXPECT_GT(better.front(), worse.front() + 2);

  // The mean of every channel of the last quantized layer, over all images that were used.
  const NodeId last = *std::prev(weighted_layers(digits.graph).end(), 2);
  const SingleThread single;
  const size_t count = digits.images.count();
  std::vector<float> x(count * 64);
  digits.images.read(0, count, digits.preprocess, x);
  const auto means = [&](const Quantization& quantization) {
    const Executor executor(digits.graph, quantization, {.batch = count, .fusion = Fusion::kNone});
    std::vector<double> sums(32);
    std::vector<float> logits(count * 10);
    executor.run(*executor.make_workspace(), x, logits, formats,
                 [&](ValueId value, std::span<float> elements) {
                   if (value != digits.graph.nodes[last].output) return;
                   for (size_t i = 0; i < elements.size(); ++i) sums[i % 32] += elements[i];
                 });
    for (double& sum : sums) sum /= static_cast<double>(count) * 16;
    return sums;
  };
  const auto wanted = means(Quantization(digits.graph.nodes.size()));
  const auto got = means(after);
  for (size_t c = 0; c < wanted.size(); ++c) EXPECT_NEAR(got[c], wanted[c], 1e-3) << c;
}

TEST(Statistics, ZerosAndPairsAddUp) {
  Digits digits;
  const Quantization quantization = digits.quantized(CalibrationMethod::kMeanOfMaxima);
  const Arithmetic arithmetic{spec::Format{}};
  const LayerFormats formats(digits.graph.nodes.size(), &arithmetic);
  for (const LayerStatistics& layer : layer_statistics(digits.graph, mode_of(quantization, formats),
                                                       digits.images, digits.preprocess, 8)) {
    EXPECT_EQ(layer.codes,
              8 * digits.graph.shape(digits.graph.nodes[layer.layer].inputs[0]).elements());
    EXPECT_EQ(layer.pairs * 2, layer.codes);  // even channels
    EXPECT_EQ(layer.pairs_of_zeros * 2 + layer.pairs_with_zero, layer.zeros);
    uint64_t with_window = 0;
    for (const uint64_t count : layer.windows) with_window += count;
    EXPECT_EQ(with_window + layer.pairs_with_zero + layer.zeros, layer.codes);
    EXPECT_GT(layer.input_signal, layer.input_noise);
  }
}

// Behind the selection: one convolution, whose input the images are, counted with plain loops.
TEST(Statistics, SelectedPairsAreThoseOfTheMultipliers) {
  std::mt19937 random(5);
  constexpr int64_t kChannels = 6;
  constexpr int64_t kOutputs = 5;
  constexpr int64_t kEdge = 4;
  std::vector<uint8_t> pixels(2 * kEdge * kEdge * kChannels);
  for (uint8_t& pixel : pixels) pixel = random() % 3 == 0 ? 0 : static_cast<uint8_t>(random());
  const golden::testing::Scratch scratch;
  std::string npy = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 4, 6), }";
  npy.resize(117, ' ');
  npy = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + npy + "\n";
  npy.append(pixels.begin(), pixels.end());
  Graph graph;
  graph.values = {{"x", {.channels = kChannels, .height = kEdge, .width = kEdge}},
                  {"y", {.channels = kOutputs, .height = kEdge, .width = kEdge}}};
  graph.nodes = {{"conv",
                  "Conv",
                  Conv{.out_channels = kOutputs,
                       .in_channels = kChannels,
                       .groups = 1,
                       .window = {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
                       .weights = std::vector<float>(kOutputs * kChannels * 9, 1),
                       .bias = std::vector<float>(kOutputs, 0),
                       .codes = {},
                       .normalized = {}},
                  {0},
                  1}};
  graph.output = 1;
  Quantization quantization(1);
  quantization[0] = quantize_layer(*graph.conv(0), {.scale = 1});
  for (int8_t& weight : quantization[0]->weights) weight = static_cast<int8_t>(random() % 3);
  quantization = pruned24(graph, quantization);
  const Arithmetic arithmetic{spec::Format{}};
  Mode mode = mode_of(quantization, {&arithmetic});
  mode.behind_selection = true;
  auto images = *Images::open(scratch.file("x.npy", npy), &graph.shape(0));
  Preprocess preprocess = default_preprocess(kChannels);
  preprocess.scale = 1;
  const LayerStatistics got = layer_statistics(graph, mode, images, preprocess, 2).at(0);

  LayerStatistics want;
  want.windows.resize(arithmetic.format.placements.size());
  const auto pixel = [&](int64_t image, int64_t h, int64_t w, int64_t c) -> uint32_t {
    const bool inside = h >= 0 && h < kEdge && w >= 0 && w < kEdge;
    return inside ? pixels[static_cast<size_t>(((image * kEdge + h) * kEdge + w) * kChannels + c)]
                  : 0U;
  };
  const auto one_pair = [&](const std::vector<uint32_t>& x) {
    ++want.pairs;
    const auto zeros = std::count(x.begin(), x.end(), 0U);
    want.pairs_of_zeros += zeros == 2 ? 1 : 0;
    want.pairs_with_zero += zeros == 1 ? 1 : 0;
    const auto values = golden::pair_values(x[0], x[1], arithmetic.format);
    for (size_t slot = 0; slot < 2; ++slot) {
      if (zeros == 0) ++want.windows[std::max<size_t>(std::bit_width(x[slot]), 4) - 4];
      const double difference = double{1} * x[slot] - double{1} * values[slot];
      want.input_signal += double{1} * x[slot] * x[slot];
      want.input_noise += difference * difference;
    }
  };
  for (int64_t at = 0; at < 2 * kEdge * kEdge * kOutputs * 9 * 2; ++at) {
    const int64_t group = at % 2;
    const int64_t position = at / 2 % 9;
    const int64_t output = at / 18 % kOutputs;
    const int64_t place = at / 18 / kOutputs;
    std::vector<uint32_t> x;
    for (int64_t c = group * 4; c < std::min(group * 4 + 4, kChannels); ++c) {
      const auto index = static_cast<size_t>((output * kChannels + c) * 9 + position);
      if (quantization[0]->weights[index] == 0) continue;
      x.push_back(pixel(place / kEdge / kEdge, place / kEdge % kEdge - 1 + position / 3,
                        place % kEdge - 1 + position % 3, c));
    }
    x.resize(2);
    one_pair(x);
  }
  EXPECT_EQ(got.pairs, want.pairs);
  EXPECT_EQ(got.pairs_of_zeros, want.pairs_of_zeros);
  EXPECT_EQ(got.pairs_with_zero, want.pairs_with_zero);
  EXPECT_EQ(got.windows, want.windows);
  EXPECT_DOUBLE_EQ(got.input_signal, want.input_signal);
  EXPECT_DOUBLE_EQ(got.input_noise, want.input_noise);
  EXPECT_EQ(got.codes, pixels.size());
  EXPECT_EQ(got.zeros, static_cast<uint64_t>(std::count(pixels.begin(), pixels.end(), 0)));
}

}  // namespace
}  // namespace sparq::net
