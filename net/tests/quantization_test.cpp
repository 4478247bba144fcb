// SPDX-License-Identifier: Apache-2.0
#include "net/quantization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "net/evaluate.h"
#include "net/histogram.h"
#include "net/kernels.h"
#include "net/latency.h"
#include "net/memory_plan.h"
#include "net/modes.h"

namespace sparq::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Conv pointwise(const std::vector<float>& weights, int64_t outputs) {
  return {.out_channels = outputs,
          .in_channels = static_cast<int64_t>(weights.size()) / outputs,
          .groups = 1,
          .window = {},
          .weights = weights,
          .bias = std::vector<float>(static_cast<size_t>(outputs), 0.5F),
          .codes = {},
          .normalized = {}};
}

// x (one pixel) -> first -> ReLU -> middle -> last.
Graph chain() {
  Graph graph;
  graph.source = "m.onnx";
  for (const char* name : {"x", "a", "b", "c", "d"})
    graph.values.push_back({name, {.channels = 2}});
  const Conv conv = pointwise({1, -1, -1, 1}, 2);
  graph.nodes = {{"first", "Conv", conv, {0}, 1},
                 {"relu", "Relu", Clip{}, {1}, 2},
                 {"middle", "Conv", conv, {2}, 3},
                 {"last", "Conv", conv, {3}, 4}};
  graph.input = 0;
  graph.output = 4;
  return graph;
}

TEST(Quantization, WeightsAreSymmetricPerOutputChannel) {
  const auto layer = quantize_layer(pointwise({0.5F, -1, 0.25F, 1.0F / 3, 0, 0}, 3), {});
  // In single precision 1 / (2 / 255) is below the tie at 127.5, (1 / 3) / (2 / 3 / 255) is on it.
  EXPECT_THAT(layer.weights, ElementsAre(64, -127, 96, 127, 0, 0));
  EXPECT_THAT(quantize_layer(pointwise({-1.0F / 3, 1e-45F}, 2), {}).weights, ElementsAre(-128, 0));
  EXPECT_FLOAT_EQ(layer.weight_scale[0], 2.0F / 255);
  EXPECT_FLOAT_EQ(layer.weight_scale[1], 2.0F / 3 / 255);
  EXPECT_GT(layer.weight_scale[2], 0);
  EXPECT_THAT(layer.bias, ElementsAre(0.5F, 0.5F, 0.5F));
}

TEST(Quantization, ActivationsRoundToNearestEvenAndSaturate) {
  const std::vector<float> x = {-3,           -0.0F, 0.25F,
                                0.75F,        1.25F, 127.4F,
                                127.5F,       1e30F, std::numeric_limits<float>::infinity(),
                                std::nanf("")};
  std::vector<uint8_t> codes(x.size());
  quantize(x, 0.5F, 255, codes);
  EXPECT_THAT(codes, ElementsAre(0, 0, 0, 2, 2, 255, 255, 255, 255, 0));
  quantize(x, 0.5F, 15, codes);
  EXPECT_THAT(codes, ElementsAre(0, 0, 0, 2, 2, 15, 15, 15, 15, 0));
  // Against the definition, on lengths that vectors do not divide.
  std::mt19937 random(7);
  std::uniform_real_distribution<float> real(-10, 300);
  for (size_t length = 1; length < 70; ++length) {
    std::vector<float> values(length);
    for (float& value : values) value = real(random);
    std::vector<uint8_t> got(length);
    quantize(values, 0.77F, 255, got);
    for (size_t i = 0; i < length; ++i) {
      EXPECT_EQ(got[i], std::clamp(std::nearbyint(values[i] / 0.77F), 0.0F, 255.0F));
    }
  }
}

TEST(Quantization, LayersThatCannotBeUnsignedAreNamed) {
  const Graph graph = chain();
  Ranges ranges(graph.values.size());
  ranges[2] = {.lowest = 0, .clip = 51};
  ranges[3] = {.lowest = -1.5F, .clip = 4};
  const auto skip = default_skip(graph);
  EXPECT_THAT(skip, ElementsAre(0U, 3U));
  const auto good = quantize(graph, ranges, skip, 255, "c.npy");
  ASSERT_TRUE(good);
  EXPECT_FALSE((*good)[0]);
  EXPECT_FLOAT_EQ((*good)[2]->input.scale, 0.2F);
  EXPECT_FLOAT_EQ((*quantize(graph, ranges, skip, 15, ""))[2]->input.scale, 3.4F);

  const auto negative = quantize(graph, ranges, {0}, 255, "c.npy");
  ASSERT_FALSE(negative);
  const std::string text = spec::to_text(negative.error()[0]);
  EXPECT_THAT(text, HasSubstr("\"last\""));
  EXPECT_THAT(text, HasSubstr("-1.5"));
  EXPECT_THAT(text, HasSubstr("signed extension"));
  EXPECT_THAT(text, HasSubstr("--skip first,last"));
  ranges[2].clip = 0;
  EXPECT_EQ(quantize(graph, ranges, {0}, 255, "c.npy").error().size(), 2U);

  EXPECT_THAT(*layers_by_name(graph, {"middle"}, "--skip"), ElementsAre(2U));
  EXPECT_THAT(spec::to_text(layers_by_name(graph, {"relu"}, "--skip").error()[0]),
              HasSubstr("first, middle, last"));
}

TEST(Quantization, ASweepIsTwentyFormats) {
  std::set<std::string> names;
  for (const auto& format : sweep_formats()) names.insert(spec::full_name(format));
  EXPECT_EQ(names.size(), 20U);
  EXPECT_TRUE(names.contains("5opt-nearest"));
  EXPECT_TRUE(names.contains("7opt-trim-novsparq"));
}

TEST(Histogram, ClipsAreWhereTheyShouldBe) {
  Histogram flat(kBins, 100);
  EXPECT_NEAR(percentile_clip(flat), 0.9999, 1.0 / kBins);
  // All but a handful of outliers in the lowest quarter.
  Histogram tailed(kBins, 0);
  for (size_t i = 0; i < kBins / 4; ++i) tailed[i] = 100000;
  tailed[kBins - 1] = 1;
  EXPECT_NEAR(percentile_clip(tailed), 0.25, 0.01);
  EXPECT_LT(lp_clip(tailed), 0.6);
  EXPECT_GT(lp_clip(flat), 0.95);
  // A rough, decaying distribution: finer steps at its head are worth clipping its tail.
  std::mt19937 random(3);
  Histogram rough(kBins);
  for (size_t i = 0; i < kBins; ++i) {
    rough[i] = static_cast<uint64_t>(std::exp(-static_cast<double>(i) / 60) *
                                     static_cast<double>(random() % 100000));
  }
  EXPECT_LT(kl_clip(rough), 0.5);
  EXPECT_GT(kl_clip(rough), 0.1);
  const std::vector<float> x = {-1, 0, 0.5F, 1.0F};
  const Histogram counted = histogram(x, 1.0F);
  EXPECT_EQ(counted[kBins / 2], 1U);
  EXPECT_EQ(counted[kBins - 1], 1U);
  EXPECT_EQ(counted[0], 0U);
}

TEST(Evaluate, WilsonIntervals) {
  // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20.
  EXPECT_NEAR(wilson(81, 263).low, 0.2553, 5e-5);
  EXPECT_NEAR(wilson(81, 263).high, 0.3662, 5e-5);
  EXPECT_NEAR(wilson(0, 20).low, 0, 1e-12);
  EXPECT_NEAR(wilson(0, 20).high, 0.1611, 5e-5);
}

TEST(MemoryPlan, BuffersThatLiveTogetherDoNotOverlap) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<Buffer> buffers(random() % 20 + 1);
    size_t sum = 0;
    size_t most = 0;
    for (Buffer& buffer : buffers) {
      const size_t first = random() % 30;
      buffer = {.bytes = random() % 1000 + 1, .first = first, .last = first + random() % 6};
      sum += (buffer.bytes + 63) / 64 * 64;
    }
    for (size_t step = 0; step < 40; ++step) {
      size_t live = 0;
      for (const Buffer& b : buffers) live += b.first <= step && step <= b.last ? b.bytes : 0;
      most = std::max(most, live);
    }
    const MemoryPlan plan = plan_memory(buffers);
    EXPECT_GE(plan.bytes, most);
    EXPECT_LE(plan.bytes, sum);
    for (size_t i = 0; i < buffers.size(); ++i) {
      EXPECT_EQ(plan.offsets[i] % 64, 0U);
      EXPECT_LE(plan.offsets[i] + buffers[i].bytes, plan.bytes);
      for (size_t j = 0; j < i; ++j) {
        if (buffers[i].last < buffers[j].first || buffers[j].last < buffers[i].first) continue;
        EXPECT_TRUE(plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                    plan.offsets[j] + buffers[j].bytes <= plan.offsets[i]);
      }
    }
  }
}

TEST(Latency, FollowsTheInterface) {
  spec::Config config;                 // 16 x 16, two elements per step
  const int64_t latency = 16 + 4 + 2;  // rows, clusters of columns, element
  EXPECT_EQ(predicted_cycles({.m = 16, .n = 16, .k = 200}, config), 100 + latency);
  EXPECT_EQ(predicted_cycles({.m = 17, .n = 16, .k = 199}, config), 100 + 100 + latency);
  EXPECT_EQ(predicted_cycles({.m = 64, .n = 32, .k = 4}, config), 2 + 7 * 16 + latency);
  EXPECT_EQ(predicted_cycles({.m = 16, .n = 16, .k = 200}, int8_counterpart(config)),
            200 + latency);

  config.array.dataflow =
      spec::Dataflow::kWeightStationary;  // results 33 cycles behind their steps
  EXPECT_EQ(predicted_cycles({.m = 50, .n = 16, .k = 32}, config), 16 + 50 + 33 - 1);
  EXPECT_EQ(predicted_cycles({.m = 50, .n = 33, .k = 65}, config), 16 + 9 * 50 + 33 - 1);
  EXPECT_EQ(predicted_cycles({.m = 1, .n = 1, .k = 64}, config), 16 + 34 + 1 + 33 - 1);

  config.array = {.kind = spec::ArrayKind::kTensorCore, .rows = 4, .cols = 4, .depth = 8};
  EXPECT_EQ(predicted_cycles({.m = 8, .n = 8, .k = 16}, config), 4 * 2 + 2);
  EXPECT_EQ(predicted_cycles({.m = 4, .n = 4, .k = 17}, config), 2 * 3 + 1 + 2);
  EXPECT_EQ(int8_counterpart(config).array.depth, 4);
  const spec::Config sparse = array_for(true, config);
  EXPECT_EQ(sparse.array.depth, 16);
  EXPECT_EQ(channel_multiple(sparse), 4);
  EXPECT_EQ(array_for(false, sparse), config);
  EXPECT_EQ(predicted_cycles({.m = 8, .n = 8, .k = 16}, sparse), 4 + 3);
}

}  // namespace
}  // namespace sparq::net
