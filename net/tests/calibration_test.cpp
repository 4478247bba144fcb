// SPDX-License-Identifier: Apache-2.0
// On the digits network, against what examples/digits/quantize.py measured with numpy.
#include "net/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "net/executor.h"
#include "net/import.h"
#include "net/recalibrate.h"
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
    for (const LayerStatistics& layer : layer_statistics(digits.graph, quantization, formats,
                                                         digits.images, digits.preprocess, 50)) {
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
  for (const LayerStatistics& layer :
       layer_statistics(digits.graph, quantization, formats, digits.images, digits.preprocess, 8)) {
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

}  // namespace
}  // namespace sparq::net
