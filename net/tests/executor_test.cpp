// SPDX-License-Identifier: Apache-2.0
#include "net/executor.h"

#include <gtest/gtest.h>

#include <random>

#include "golden/gemm_fast.h"
#include "golden/gemm_sparse24_fast.h"
#include "net/modes.h"
#include "net/sparse24.h"
#include "net/tests/reference.h"

namespace sparq::net {
namespace {

using testing::Tensor;

constexpr unsigned kSeed = 20210511;

// x -> one convolution, built by hand.
struct OneLayer {
  Graph graph;
  Shape in;
  Shape out;
};

struct LayerCase {
  int64_t in_channels, out_channels, groups, height, width;
  Window window;
};

OneLayer one_layer(const LayerCase& c, std::mt19937& random) {
  const auto size = [](int64_t in, int64_t kernel, int64_t dilation, int64_t stride, int64_t pad) {
    return (in + pad - (kernel - 1) * dilation - 1) / stride + 1;
  };
  const Window& w = c.window;
  OneLayer layer;
  layer.in = {.channels = c.in_channels, .height = c.height, .width = c.width};
  layer.out = {.channels = c.out_channels,
               .height = size(c.height, w.kernel.h, w.dilation.h, w.stride.h,
                              w.padding.top + w.padding.bottom),
               .width = size(c.width, w.kernel.w, w.dilation.w, w.stride.w,
                             w.padding.left + w.padding.right)};
  Conv conv{.out_channels = c.out_channels,
            .in_channels = c.in_channels,
            .groups = c.groups,
            .window = w,
            .weights = {},
            .bias = {},
            .codes = {},
            .normalized = {}};
  std::uniform_real_distribution<float> real(-1, 1);
  const auto count =
      static_cast<size_t>(c.out_channels * conv.group_channels() * w.kernel.h * w.kernel.w);
  for (size_t i = 0; i < count; ++i) conv.weights.push_back(real(random));
  for (int64_t o = 0; o < c.out_channels; ++o) conv.bias.push_back(real(random));
  layer.graph.values = {{"x", layer.in}, {"y", layer.out}};
  layer.graph.nodes = {{"conv", "Conv", conv, {0}, 1}};
  layer.graph.input = 0;
  layer.graph.output = 1;
  return layer;
}

const std::vector<LayerCase>& layer_cases() {
  static const std::vector<LayerCase> cases = {
      {16, 16, 1, 8, 8, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
      {3, 8, 1, 9, 7, {{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}},
      {5, 7, 1, 6, 6, {{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}}},
      {8, 12, 4, 7, 9, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
      {6, 6, 2, 7, 7, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}},     // three channels a group
      {10, 10, 10, 8, 8, {{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}},  // depthwise
      {32, 32, 32, 8, 8, {{5, 5}, {1, 1}, {1, 1}, {2, 2, 2, 2}}},
      {4, 6, 1, 11, 12, {{3, 2}, {2, 1}, {2, 3}, {2, 0, 1, 3}}},  // dilated, lopsided
      {64, 10, 1, 1, 1, {{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}}},  // fully connected
      {2, 3, 1, 5, 5, {{5, 5}, {1, 1}, {1, 1}, {0, 0, 0, 0}}},
  };
  return cases;
}

std::vector<float> run(const Graph& graph, const Quantization& quantization,
                       const ExecutorOptions& options, const std::vector<float>& x,
                       const LayerFormats& formats) {
  const SingleThread single;
  const Executor executor(graph, quantization, options);
  std::vector<float> y(options.batch * graph.shape(graph.output).elements());
  executor.run(*executor.make_workspace(), x, y, formats);
  return y;
}

TEST(Executor, FloatingPointLayersAreWhatOnnxDefines) {
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> real(-1, 1);
  for (const LayerCase& c : layer_cases()) {
    const OneLayer layer = one_layer(c, random);
    const Conv& conv = *layer.graph.conv(0);
    constexpr size_t kBatch = 2;
    std::vector<float> x(kBatch * layer.in.elements());
    for (float& value : x) value = real(random);
    const auto y = run(layer.graph, Quantization(1), {.batch = kBatch}, x, LayerFormats(1));
    for (size_t image = 0; image < kBatch; ++image) {
      const Tensor in = Tensor::from_nhwc(c.in_channels, c.height, c.width,
                                          x.data() + image * layer.in.elements());
      Tensor want = testing::convolve(conv, in, layer.out.height, layer.out.width,
                                      [&](size_t i) { return conv.weights[i]; });
      for (int64_t o = 0; o < want.c; ++o) {
        for (int64_t p = 0; p < want.h * want.w; ++p) {
          want.data[static_cast<size_t>(o * want.h * want.w + p)] +=
              conv.bias[static_cast<size_t>(o)];
        }
      }
      const auto flat = want.nhwc();
      for (size_t i = 0; i < flat.size(); ++i) {
        ASSERT_NEAR(y[image * flat.size() + i], flat[i], 2e-4) << to_text(layer.in) << " at " << i;
      }
    }
  }
}

// Scales of 1 and no bias: the results are the integer sums themselves.
LayerQuantization integer_layer(const Conv& conv, std::mt19937& random) {
  std::uniform_int_distribution<int> code(-128, 127);
  LayerQuantization layer;
  layer.input = {.scale = 1, .max_code = 255};
  for (size_t i = 0; i < conv.weights.size(); ++i) {
    layer.weights.push_back(static_cast<int8_t>(code(random)));
  }
  layer.weight_scale.assign(conv.bias.size(), 1);
  layer.gain.assign(conv.bias.size(), 1);
  layer.bias.assign(conv.bias.size(), 0);
  return layer;
}

class QuantizedLayers : public ::testing::TestWithParam<bool> {};

// Every sum is exact, on oneDNN and on golden's GEMM, for every named format.
TEST_P(QuantizedLayers, SumsAreBitExact) {
  const bool by_gemm = GetParam();
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<int> code(0, 255);
  size_t compared = 0;
  for (const LayerCase& c : layer_cases()) {
    const OneLayer layer = one_layer(c, random);
    const Conv& conv = *layer.graph.conv(0);
    Quantization quantization(1);
    quantization[0] = integer_layer(conv, random);
    std::vector<float> x(layer.in.elements());
    for (float& value : x) value = static_cast<float>(code(random) < 100 ? 0 : code(random));
    const Tensor codes = Tensor::from_nhwc(c.in_channels, c.height, c.width, x.data());
    for (const spec::Format& format : sweep_formats()) {
      const Arithmetic arithmetic(format);
      ExecutorOptions options{.batch = 1};
      if (by_gemm) {
        options.gemm = [&](NodeId, const auto& a, const auto& w) {
          return golden::gemm_fast(a, w, format, 32);
        };
      }
      const auto y = run(layer.graph, quantization, options, x, {&arithmetic});
      const Tensor want = testing::convolve(
          conv, testing::encode(codes, conv.group_channels(), format), layer.out.height,
          layer.out.width, [&](size_t i) { return double{1} * quantization[0]->weights[i]; });
      ASSERT_EQ(y, want.nhwc()) << to_text(layer.in) << " groups " << c.groups << " "
                                << spec::full_name(format);
      compared += y.size();
    }
  }
  EXPECT_GT(compared, 10000U);
}

INSTANTIATE_TEST_SUITE_P(Executor, QuantizedLayers, ::testing::Values(false, true),
                         [](const auto& each) { return each.param ? "ByGemm" : "ByOneDnn"; });

// The extremes: where 16-bit intermediate sums would saturate.
TEST(Executor, LargestSumsDoNotSaturate) {
  std::mt19937 random(kSeed);
  const OneLayer layer = one_layer(layer_cases()[0], random);
  for (const int weight : {-128, 127}) {
    Quantization quantization(1);
    quantization[0] = integer_layer(*layer.graph.conv(0), random);
    std::fill(quantization[0]->weights.begin(), quantization[0]->weights.end(),
              static_cast<int8_t>(weight));
    const std::vector<float> x(layer.in.elements(), 255);
    const auto y = run(layer.graph, quantization, {.batch = 1}, x, LayerFormats(1));
    const size_t middle = (4 * 8 + 4) * 16;
    EXPECT_EQ(y[middle], 255.0F * static_cast<float>(weight) * 9 * 16);
  }
}

// A network with residuals, concatenations, pools and a reader of everything.
Graph branching(std::mt19937& random) {
  Graph graph;
  std::uniform_real_distribution<float> real(-0.5, 0.5);
  const auto value = [&](const std::string& name, int64_t channels, int64_t edge) {
    graph.values.push_back({name, {.channels = channels, .height = edge, .width = edge}});
    return graph.values.size() - 1;
  };
  const auto node = [&](const std::string& name, Op op, std::vector<ValueId> inputs,
                        ValueId output) {
    graph.nodes.push_back({name, name, std::move(op), std::move(inputs), output});
    return output;
  };
  const auto conv = [&](const std::string& name, ValueId from, int64_t out, int64_t kernel) {
    const Shape in = graph.shape(from);
    Conv op{.out_channels = out,
            .in_channels = in.channels,
            .groups = 1,
            .window = {{kernel, kernel}, {}, {}, {kernel / 2, kernel / 2, kernel / 2, kernel / 2}},
            .weights = {},
            .bias = {},
            .codes = {},
            .normalized = {}};
    for (int64_t i = 0; i < out * in.channels * kernel * kernel; ++i)
      op.weights.push_back(real(random));
    for (int64_t i = 0; i < out; ++i) op.bias.push_back(real(random));
    const ValueId sum = value(name, out, in.height);
    return node(name, op, {from}, sum);
  };
  const auto relu = [&](ValueId from) {
    const Shape in = graph.shape(from);
    return node("relu", Clip{}, {from}, value("relu", in.channels, in.height));
  };
  graph.input = value("x", 3, 8);
  const ValueId first = relu(conv("first", graph.input, 8, 3));
  const ValueId a = relu(conv("a", first, 8, 3));
  const ValueId b = conv("b", a, 8, 3);
  const ValueId sum = relu(node("add", Add{}, {b, first}, value("sum", 8, 8)));
  const ValueId left = relu(conv("left", sum, 6, 1));
  const ValueId right = relu(conv("right", sum, 7, 3));
  const ValueId both = node("concat", Concat{}, {left, right}, value("both", 13, 8));
  const ValueId pooled =
      node("pool", Pool{.kind = PoolKind::kMax, .window = {{2, 2}, {2, 2}, {}, {}}}, {both},
           value("pooled", 13, 4));
  const ValueId early = conv("early", pooled, 4, 1);
  const ValueId late = conv("late", pooled, 4, 3);
  const ValueId two = relu(node("add2", Add{}, {early, late}, value("two", 4, 4)));
  const ValueId mean = node("gap", Pool{.kind = PoolKind::kAverage, .window = {{4, 4}, {}, {}, {}}},
                            {two}, value("mean", 4, 1));
  graph.output = conv("classifier", mean, 5, 1);
  return graph;
}

// Fusing and handing on codes changes nothing but the last bits of floating point.
TEST(Executor, FusionChangesNothing) {
  std::mt19937 random(kSeed);
  const Graph graph = branching(random);
  std::uniform_real_distribution<float> real(-1, 1);
  constexpr size_t kBatch = 3;
  std::vector<float> x(kBatch * graph.shape(graph.input).elements());
  for (float& value : x) value = real(random);
  Quantization quantization(graph.nodes.size());
  for (const NodeId layer : weighted_layers(graph)) {
    if (graph.nodes[layer].name == "first" || graph.nodes[layer].name == "classifier") continue;
    // A power of two: the two ways to divide by it round alike.
    const bool small = graph.nodes[layer].name == "early" || graph.nodes[layer].name == "late";
    quantization[layer] = quantize_layer(*graph.conv(layer), {.scale = small ? 0.0625F : 0.03125F});
  }
  const spec::Format format;
  const Arithmetic arithmetic(format);
  for (const Quantization& each : {Quantization(graph.nodes.size()), quantization}) {
    const LayerFormats formats(graph.nodes.size(), &arithmetic);
    const auto fused = run(graph, each, {.batch = kBatch}, x, formats);
    const auto plain = run(graph, each, {.batch = kBatch, .fusion = Fusion::kNone}, x, formats);
    const GemmFunction gemm = [&](NodeId, const auto& a, const auto& w) {
      return golden::gemm_fast(a, w, format, 32);
    };
    const auto by_gemm = run(graph, each, {.batch = kBatch, .gemm = gemm}, x, formats);
    for (size_t i = 0; i < fused.size(); ++i) {
      EXPECT_NEAR(fused[i], plain[i], 1e-3) << i;
      EXPECT_NEAR(by_gemm[i], plain[i], 1e-3) << i;
    }
    EXPECT_NE(fused[0], fused[5]);
  }
}

// Sums behind the 2:4 selection, of channels padded to groups of 4 at every position.
TEST(Executor, SparseSumsAreThoseOfTheReference) {
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<int> code(0, 255);
  for (const LayerCase& c : layer_cases()) {
    const OneLayer layer = one_layer(c, random);
    const Conv& conv = *layer.graph.conv(0);
    Quantization dense(1);
    dense[0] = integer_layer(conv, random);
    const Quantization pruned = pruned24(layer.graph, dense);
    EXPECT_TRUE(is_sparse24(layer.graph, pruned));
    EXPECT_EQ(is_sparse24(layer.graph, dense), conv.group_channels() <= 2);
    std::vector<float> x(layer.in.elements());
    for (float& value : x) value = static_cast<float>(code(random) < 60 ? 0 : code(random));
    const spec::Format format;
    const GemmFunction fast = [&](NodeId, const auto& a, const auto& w) {
      return golden::gemm_sparse24_fast(a, w, format, 32);
    };
    const auto y =
        run(layer.graph, pruned, {.batch = 1, .gemm = fast, .channel_multiple = kGroupChannels}, x,
            LayerFormats(1));
    // By hand: the two activations that face nonzero weights are partners.
    const Tensor codes = Tensor::from_nhwc(c.in_channels, c.height, c.width, x.data());
    const auto& [kernel, stride, dilation, padding] = conv.window;
    const int64_t per_group = conv.out_channels / conv.groups;
    size_t at = 0;
    for (int64_t oy = 0; oy < layer.out.height; ++oy) {
      for (int64_t ox = 0; ox < layer.out.width; ++ox) {
        for (int64_t o = 0; o < conv.out_channels; ++o, ++at) {
          int64_t sum = 0;
          for (int64_t k = 0; k < kernel.h * kernel.w; ++k) {
            const int64_t iy = oy * stride.h - padding.top + k / kernel.w * dilation.h;
            const int64_t ix = ox * stride.w - padding.left + k % kernel.w * dilation.w;
            if (!codes.inside(iy, ix)) continue;
            for (int64_t first = 0; first < conv.group_channels(); first += 4) {
              std::vector<std::pair<uint32_t, int>> slots;  // activation, weight
              for (int64_t i = first; i < std::min(first + 4, conv.group_channels()); ++i) {
                const auto index =
                    static_cast<size_t>((o * conv.group_channels() + i) * kernel.h * kernel.w + k);
                const int8_t weight = pruned[0]->weights[index];
                const int64_t channel = o / per_group * conv.group_channels() + i;
                if (weight != 0) {
                  slots.emplace_back(static_cast<uint32_t>(codes.at(channel, iy, ix)), weight);
                }
              }
              slots.resize(2);
              const auto values = golden::pair_values(slots[0].first, slots[1].first, format);
              sum += int64_t{values[0]} * slots[0].second + int64_t{values[1]} * slots[1].second;
            }
          }
          ASSERT_EQ(y[at], static_cast<float>(sum)) << to_text(layer.in) << " at " << at;
        }
      }
    }
  }
}

TEST(Executor, AnObserverMayChangeValues) {
  std::mt19937 random(kSeed);
  const Graph graph = branching(random);
  const SingleThread single;
  const Quantization none(graph.nodes.size());
  const Executor executor(graph, none, {.batch = 1, .fusion = Fusion::kNone});
  std::vector<float> x(graph.shape(graph.input).elements(), 0.5F);
  std::vector<float> y(5);
  size_t seen = 0;
  executor.run(*executor.make_workspace(), x, y, LayerFormats(graph.nodes.size()),
               [&](ValueId value, std::span<float> elements) {
                 ++seen;
                 if (value == graph.output) std::fill(elements.begin(), elements.end(), 7.0F);
               });
  EXPECT_EQ(seen, graph.values.size());
  EXPECT_EQ(y, std::vector<float>(5, 7.0F));
}

}  // namespace
}  // namespace sparq::net
