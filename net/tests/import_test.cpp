// SPDX-License-Identifier: Apache-2.0
#include "net/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "golden/tests/scratch.h"
#include "net/executor.h"
#include "net/tests/model_builder.h"

namespace sparq::net {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::set;

spec::Checked<Graph> import(const std::string& bytes) {
  const golden::testing::Scratch scratch;
  return load_onnx(scratch.file("m.onnx", bytes));
}

// Imports and runs one image in floating point; NHWC in and out.
std::vector<float> run(const ModelBuilder& builder, const std::vector<float>& x) {
  const auto graph = import(builder.bytes());
  if (!graph) {
    for (const auto& problem : graph.error()) ADD_FAILURE() << spec::to_text(problem);
    return {};
  }
  const SingleThread single;
  const Quantization none(graph->nodes.size());
  const Executor executor(*graph, none, {.batch = 1});
  std::vector<float> y(graph->shape(graph->output).elements());
  executor.run(*executor.make_workspace(), x, y, LayerFormats(graph->nodes.size()));
  return y;
}

std::vector<std::string> problems(const std::string& bytes) {
  const auto graph = import(bytes);
  std::vector<std::string> texts;
  if (graph) return texts;
  for (const auto& problem : graph.error()) texts.push_back(spec::to_text(problem));
  return texts;
}

// The only problem of a model made by `edit` from a small good one.
std::string problem_of(const std::function<void(ModelBuilder&)>& edit, int64_t opset = 13) {
  ModelBuilder builder({1, 2, 4, 4}, opset);
  edit(builder);
  const auto texts = problems(builder.bytes());
  EXPECT_EQ(texts.size(), 1U) << (texts.size() > 1 ? texts[1] : "");
  return texts.empty() ? "" : texts.front();
}

// x (2 x 4 x 4) -> y by `edit` -> global mean -> output.
std::vector<float> mean_of(const std::function<void(ModelBuilder&)>& edit,
                           const std::vector<float>& x, int64_t opset = 13) {
  ModelBuilder builder({1, 2, 4, 4}, opset);
  edit(builder);
  builder.node("GlobalAveragePool", {"y"}, "out");
  builder.output("out");
  return run(builder, x);
}

std::vector<float> ramp() {
  std::vector<float> x(32);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i);  // channel c at pixel p: 2p + c
  return x;
}

TEST(Import, ResizesWithEveryPadding) {
  const auto pool = [](const std::string& type, int64_t kernel, int64_t stride,
                       const std::function<void(onnx::NodeProto&)>& more) {
    return [=](ModelBuilder& builder) {
      auto& node = builder.node(type, {"x"}, "y");
      set(node, "kernel_shape", std::vector<int64_t>{kernel, kernel});
      set(node, "strides", std::vector<int64_t>{stride, stride});
      more(node);
    };
  };
  const auto plain = [](onnx::NodeProto&) {};
  const auto ceil = [](onnx::NodeProto& node) { set(node, "ceil_mode", int64_t{1}); };
  const auto same = [](onnx::NodeProto& node) { set(node, "auto_pad", std::string("SAME_UPPER")); };
  // 4x4 pixels p = 4 y + x hold 2p. Windows of 3 with stride 2: without ceil one, with it four.
  EXPECT_THAT(mean_of(pool("MaxPool", 3, 2, plain), ramp()), ElementsAre(20, 21));
  EXPECT_THAT(mean_of(pool("MaxPool", 3, 2, ceil), ramp()), ElementsAre(25, 26));  // 20 22 28 30
  EXPECT_THAT(mean_of(pool("MaxPool", 3, 2, same), ramp()), ElementsAre(25, 26));
  EXPECT_THAT(mean_of(pool("AveragePool", 2, 2, plain), ramp()), ElementsAre(15, 16));
  const auto border = [](bool counted) {
    return [=](onnx::NodeProto& node) {
      set(node, "pads", std::vector<int64_t>{1, 1, 1, 1});
      set(node, "count_include_pad", int64_t{counted});
    };
  };
  // Windows at 0 and 2 of 3x3 over the padded 6x6, stride 3: corners of four pixels each.
  EXPECT_THAT(mean_of(pool("AveragePool", 3, 3, border(false)), ramp()), ElementsAre(15, 16));
  const auto counted = mean_of(pool("AveragePool", 3, 3, border(true)), ramp());
  EXPECT_NEAR(counted[0], 15 * 4 / 9.0, 1e-5);
}

TEST(Import, ConvolutionReadsItsAttributes) {
  const auto y = mean_of(
      [](ModelBuilder& builder) {
        builder.floats("w", {2, 1, 2, 2}, {1, 0, 0, 0, 0, 0, 0, 2}).floats("b", {2}, {100, 200});
        auto& node = builder.node("Conv", {"x", "w", "b"}, "y");
        set(node, "group", int64_t{2});
        set(node, "dilations", std::vector<int64_t>{2, 2});
        set(node, "pads", std::vector<int64_t>{0, 0, 0, 0});
      },
      ramp());
  // 2x2 outputs; channel 0 reads pixels 0 1 4 5, channel 1 twice those at 10 11 14 15.
  EXPECT_THAT(y, ElementsAre(100 + 5, 200 + 2 * 26));
}

TEST(Import, FoldsNormalizationAndPadding) {
  const auto build = [](ModelBuilder& builder) {
    builder.floats("w", {1, 2, 1, 1}, {1, 1});
    builder.floats("g", {1}, {3})
        .floats("b", {1}, {1})
        .floats("m", {1}, {30})
        .floats("v", {1}, {4});
    builder.integers("pads", {0, 0, 0, 0, 0, 0, 1, 1});
    builder.node("Pad", {"x", "pads"}, "padded");
    builder.node("Conv", {"padded", "w"}, "sum");
    set(builder.node("BatchNormalization", {"sum", "g", "b", "m", "v"}, "y"), "epsilon", 0.0F);
  };
  // Pixels hold 4p + 1, 16 of 25 of them; the others are 0.
  const double mean = (4 * 120 + 16) / 25.0;
  EXPECT_NEAR(mean_of(build, ramp())[0], (mean - 30) / 2 * 3 + 1, 1e-3);
  ModelBuilder builder({1, 2, 4, 4});
  build(builder);
  builder.node("GlobalAveragePool", {"y"}, "out");
  const auto graph = import(builder.output("out").bytes());
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->nodes.size(), 2U);  // convolution and mean
  EXPECT_EQ(graph->conv(0)->window.padding, (Padding{0, 0, 1, 1}));
  EXPECT_THAT(graph->conv(0)->normalized->mean, ElementsAre(1));
  EXPECT_THAT(graph->conv(0)->normalized->deviation, ElementsAre(3));
}

TEST(Import, ClipsByAttributeOrInput) {
  const auto old = [](ModelBuilder& builder) {
    auto& node = builder.node("Clip", {"x"}, "y");
    set(node, "min", 4.0F);
    set(node, "max", 6.0F);
  };
  const auto now = [](ModelBuilder& builder) {
    builder.floats("low", {}, {4}).floats("high", {}, {6});
    builder.node("Clip", {"x", "low", "high"}, "y");
  };
  const auto before = mean_of(old, ramp(), 10);
  EXPECT_EQ(before, mean_of(now, ramp(), 13));
  EXPECT_NEAR(before[0], (3 * 4 + 13 * 6) / 16.0, 1e-5);  // 0 2 4 | 6 ...
}

TEST(Import, VectorsKeepTheOrderOfOnnx) {
  // Flatten gives C, H, W; the weights pick single elements of it.
  std::vector<float> pick(2 * 32, 0);
  pick[5] = 1;            // channel 0, pixel 5
  pick[32 + 16 + 3] = 1;  // channel 1, pixel 3
  const auto build = [&](const std::function<void(ModelBuilder&)>& flat, bool matmul) {
    ModelBuilder builder({1, 2, 4, 4});
    flat(builder);
    if (matmul) {
      std::vector<float> columns(64);
      for (size_t o = 0; o < 2; ++o) {
        for (size_t i = 0; i < 32; ++i) columns[i * 2 + o] = pick[o * 32 + i];
      }
      builder.floats("w", {32, 2}, columns).floats("b", {2}, {100, 200});
      builder.node("MatMul", {"v", "w"}, "product");
      builder.node("Add", {"b", "product"}, "out");
    } else {
      builder.floats("w", {2, 32}, pick).floats("b", {2}, {50, 100});
      auto& node = builder.node("Gemm", {"v", "w", "b"}, "out");
      set(node, "transB", int64_t{1});
      set(node, "beta", 2.0F);
    }
    builder.output("out");
    return run(builder, ramp());
  };
  const auto flatten = [](ModelBuilder& builder) { builder.node("Flatten", {"x"}, "v"); };
  const auto reshape = [](ModelBuilder& builder) {
    builder.integers("shape", {0, -1});
    builder.node("Reshape", {"x", "shape"}, "v");
  };
  for (const bool matmul : {false, true}) {
    EXPECT_THAT(build(flatten, matmul), ElementsAre(100 + 10, 200 + 7));
    EXPECT_THAT(build(reshape, matmul), ElementsAre(100 + 10, 200 + 7));
  }
}

TEST(Import, AddsConcatenatesAndNormalizes) {
  const auto y = mean_of(
      [](ModelBuilder& builder) {
        builder.floats("c", {2, 1, 1}, {10, 20});
        builder.node("Add", {"x", "c"}, "shifted");
        builder.node("Identity", {"shifted"}, "same");
        builder.node("Dropout", {"same"}, "kept");
        builder.node("Add", {"kept", "x"}, "sum");
        builder.node("Relu", {"x"}, "positive");
        set(builder.node("Concat", {"sum", "positive"}, "y"), "axis", int64_t{1});
      },
      ramp());
  EXPECT_THAT(y, ElementsAre(40, 52, 15, 16));
  ModelBuilder builder({1, 2, 1, 1});
  builder.node("Flatten", {"x"}, "v");
  builder.node("Softmax", {"v"}, "out");
  const auto share = run(builder.output("out"), {1, 1 + std::log(3.0F)});
  EXPECT_NEAR(share[1], 0.75, 1e-6);
}

TEST(Import, QuantizedModelsKeepTheirCodes) {
  ModelBuilder builder({1, 2, 2, 2});
  builder.floats("sx", {}, {0.5}).codes("zx", {}, onnx::TensorProto::UINT8, {0});
  builder.codes("wq", {3, 2, 1, 1}, onnx::TensorProto::INT8, {1, -2, 3, 4, -128, 127});
  builder.floats("sw", {3}, {0.1F, 0.2F, 0.3F})
      .codes("zw", {3}, onnx::TensorProto::INT8, {0, 0, 0});
  builder.node("QuantizeLinear", {"x", "sx", "zx"}, "xq");
  builder.node("DequantizeLinear", {"xq", "sx", "zx"}, "xd");
  set(builder.node("DequantizeLinear", {"wq", "sw", "zw"}, "wd"), "axis", int64_t{0});
  builder.node("Conv", {"xd", "wd"}, "y");
  builder.node("GlobalAveragePool", {"y"}, "out");
  const auto graph = import(builder.output("out").bytes());
  ASSERT_TRUE(graph) << spec::to_text(graph.error()[0]);
  const auto layer = weighted_layers(*graph).at(0);
  ASSERT_TRUE(graph->conv(layer)->codes);
  EXPECT_THAT(graph->conv(layer)->codes->codes, ElementsAre(1, -2, 3, 4, -128, 127));
  EXPECT_THAT(graph->conv(layer)->codes->scale, ElementsAre(0.1F, 0.2F, 0.3F));
  // -1 becomes 0, 0.8 becomes 1, 0.75 a tie becomes 1, 1000 becomes 127.5.
  const auto y = run(builder, {-1, 0.8F, 0.75F, 1000, -1, 0.8F, 0.75F, 1000});
  EXPECT_NEAR(y[0], 0.1 * (0.5 * 1 - 2 * 0.5 * (1 + 127.5)), 1e-4);
}

TEST(Import, EveryUnsupportedNodeIsNamedAtOnce) {
  ModelBuilder builder({1, 2, 4, 4}, 11);
  builder.node("Sigmoid", {"x"}, "s");
  builder.node("Relu", {"s"}, "r");
  builder.node("LRN", {"r"}, "n");
  builder.node("Mish", {"n"}, "m").set_domain("com.example");
  const auto texts = problems(builder.output("m").bytes());
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_THAT(texts[0],
              AllOf(HasSubstr("node \"s\" (Sigmoid, opset 11)"), HasSubstr("GlobalAveragePool")));
  EXPECT_THAT(texts[1], HasSubstr("node \"n\" (LRN, opset 11)"));
  EXPECT_THAT(texts[2], AllOf(HasSubstr("Mish"), HasSubstr("com.example")));
}

TEST(Import, UnsupportedUsesAreNamedAtOnce) {
  ModelBuilder builder({1, 2, 4, 4});
  builder.floats("w", {2, 2, 3, 3}, std::vector<float>(36, 1));
  builder.floats("v", {2, 3, 1, 1}, std::vector<float>(6, 1));
  set(builder.node("Conv", {"x", "w"}, "wrong_kernel"), "kernel_shape", std::vector<int64_t>{5, 5});
  builder.node("Relu", {"wrong_kernel"}, "behind");
  builder.node("Conv", {"x", "v"}, "wrong_channels");
  builder.integers("pads", std::vector<int64_t>(8, 0));
  set(builder.node("Pad", {"x", "pads"}, "reflected"), "mode", std::string("reflect"));
  builder.node("Add", {"behind", "wrong_channels"}, "sum");
  builder.node("Add", {"sum", "reflected"}, "y");
  const auto texts = problems(builder.output("y").bytes());
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_THAT(texts[0], AllOf(HasSubstr("wrong_kernel"), HasSubstr("[5, 5]"), HasSubstr("[3, 3]")));
  EXPECT_THAT(texts[1], AllOf(HasSubstr("wrong_channels"), HasSubstr("3"), HasSubstr("2")));
  EXPECT_THAT(texts[2], AllOf(HasSubstr("reflected"), HasSubstr("reflect")));
}

TEST(Import, WeightsMustBeFiniteAndWhole) {
  const auto bad_second = [](size_t count, float bad) {
    std::vector<float> weights(count, 1);
    weights[1] = bad;
    return weights;
  };
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    EXPECT_THAT(problem_of([&](ModelBuilder& b) {
                  b.floats("w", {1, 2, 4, 4}, bad_second(32, bad));
                  b.node("Conv", {"x", "w"}, "y");
                  b.output("y");
                }),
                AllOf(HasSubstr("initializer \"w\"[1]"), HasSubstr("finite")));
  }
  EXPECT_THAT(problem_of([](ModelBuilder& b) {
                b.floats("w", {1, 2, 1, 1}, {1, 2, 3});
                b.node("Conv", {"x", "w"}, "y");
                b.output("y");
              }),
              AllOf(HasSubstr("\"w\""), HasSubstr("3 elements"), HasSubstr("2 elements")));
}

TEST(Import, OpsetsBatchesAndOutputsAreChecked) {
  const auto relu = [](ModelBuilder& b) {
    b.node("GlobalAveragePool", {"x"}, "y");
    b.output("y");
  };
  for (const int64_t opset : {8, 18}) {
    EXPECT_THAT(problem_of(relu, opset), AllOf(HasSubstr("opset_import"), HasSubstr("9..17")));
  }
  for (int64_t opset = 9; opset <= 17; ++opset) {
    ModelBuilder builder({1, 2, 4, 4}, opset);
    relu(builder);
    EXPECT_THAT(problems(builder.bytes()), ElementsAre()) << opset;
  }
  EXPECT_THAT(problem_of([&](ModelBuilder& b) {
                relu(b);
                b.input_shape().mutable_dim(0)->set_dim_value(8);
              }),
              AllOf(HasSubstr("8x2x4x4"), HasSubstr("symbolic")));
  ModelBuilder symbolic({1, 2, 4, 4});
  relu(symbolic);
  symbolic.input_shape().mutable_dim(0)->set_dim_param("N");
  EXPECT_THAT(problems(symbolic.bytes()), ElementsAre());
  EXPECT_THAT(problem_of([](ModelBuilder& b) {
                b.node("Relu", {"x"}, "y");
                b.output("y");
              }),
              AllOf(HasSubstr("output \"y\""), HasSubstr("2x4x4")));
}

TEST(Import, CorruptFilesAreRefused) {
  ModelBuilder builder({1, 2, 4, 4});
  builder.floats("w", {1, 2, 1, 1}, {1, 2});
  builder.node("Conv", {"x", "w"}, "c");
  builder.node("GlobalAveragePool", {"c"}, "y");
  const std::string good = builder.output("y").bytes();
  ASSERT_TRUE(import(good));
  for (size_t length = 0; length < good.size(); ++length) {
    const auto graph = import(good.substr(0, length));
    // Opset and graph are the file's last fields: nothing shorter is a model.
    EXPECT_FALSE(graph) << length;
  }
  EXPECT_FALSE(import("not a model"));
  EXPECT_THAT(load_onnx("/nowhere/m.onnx").error()[0].where, HasSubstr("/nowhere"));
  // Any single damaged byte is refused or read as another model, but never crashes.
  for (size_t at = 0; at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5A);
    import(damaged);
  }
}

}  // namespace
}  // namespace sparq::net
