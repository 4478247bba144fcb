// SPDX-License-Identifier: Apache-2.0
// A small good model to be damaged, and what must hold of every model whatever its damage: refused
// with what is wrong, or read as another model that runs; never a crash, never much memory.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "golden/tests/scratch.h"
#include "net/executor.h"
#include "net/import.h"
#include "net/tests/model_builder.h"

namespace sparq::net::testing {

// One node of nearly every operator.
inline ModelBuilder small_model() {
  ModelBuilder b({1, 2, 5, 6});
  const std::vector<int64_t> pair = {2, 2};
  b.floats("w", {4, 1, 3, 3}, std::vector<float>(36, 0.25F)).floats("b", {4}, {1, 2, 3, 4});
  auto& conv = b.node("Conv", {"x", "w", "b"}, "conv");
  set(conv, "group", int64_t{2});
  set(conv, "pads", std::vector<int64_t>{1, 1, 1, 1});
  set(conv, "dilations", std::vector<int64_t>{1, 1});
  for (const char* name : {"gamma", "beta", "mean", "variance"}) {
    b.floats(name, {4}, {1, 2, 1, 1});
  }
  set(b.node("BatchNormalization", {"conv", "gamma", "beta", "mean", "variance"}, "bn"), "epsilon",
      0.001F);
  b.node("Relu", {"bn"}, "relu");
  b.integers("pads", {0, 0, 1, 0, 0, 0, 0, 2});
  b.node("Pad", {"relu", "pads"}, "pad");
  auto& max_pool = b.node("MaxPool", {"pad"}, "max");
  set(max_pool, "kernel_shape", pair);
  set(max_pool, "strides", pair);
  set(max_pool, "ceil_mode", int64_t{1});
  auto& mean = b.node("AveragePool", {"pad"}, "mean_pool");
  set(mean, "kernel_shape", pair);
  set(mean, "strides", pair);
  set(mean, "auto_pad", std::string("SAME_UPPER"));
  b.node("Add", {"max", "mean_pool"}, "sum");
  b.floats("low", {}, {0}).floats("high", {}, {6});
  b.node("Clip", {"sum", "low", "high"}, "clip");
  b.floats("sx", {}, {0.5}).codes("zx", {}, onnx::TensorProto::UINT8, {0});
  b.node("QuantizeLinear", {"clip", "sx", "zx"}, "q");
  b.node("DequantizeLinear", {"q", "sx", "zx"}, "dq");
  b.codes("wq", {3, 4, 1, 1}, onnx::TensorProto::INT8, {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4});
  b.floats("sw", {3}, {0.1F, 0.2F, 0.3F});
  set(b.node("DequantizeLinear", {"wq", "sw"}, "wd"), "axis", int64_t{0});
  b.node("Conv", {"dq", "wd"}, "conv2");
  set(b.node("Concat", {"conv2", "clip"}, "concat"), "axis", int64_t{1});
  b.node("GlobalAveragePool", {"concat"}, "gap");
  b.integers("shape", {0, -1});
  b.node("Reshape", {"gap", "shape"}, "flat");
  b.floats("fc", {5, 7}, std::vector<float>(35, 0.5F)).floats("c", {5}, {1, 2, 3, 4, 5});
  auto& gemm = b.node("Gemm", {"flat", "fc", "c"}, "gemm");
  set(gemm, "transB", int64_t{1});
  set(gemm, "alpha", 0.5F);
  b.node("Softmax", {"gemm"}, "y");
  b.output("y");
  return b;
}

class DamagedModel : public ::testing::Test {
 protected:
  // The problems; none when it was read, and then it also ran.
  std::vector<std::string> try_model(const std::string& bytes) {
    // Some file systems wait for the disk when a file is written over.
    std::filesystem::remove(scratch_.path("m.onnx"));
    const auto graph = load_onnx(scratch_.file("m.onnx", bytes));
    std::vector<std::string> texts;
    if (!graph) {
      for (const auto& problem : graph.error()) texts.push_back(spec::to_text(problem));
      for (const std::string& text : texts) {
        EXPECT_THAT(text, ::testing::HasSubstr("m.onnx: "));
        EXPECT_EQ(text.find('\n'), std::string::npos);
      }
      EXPECT_FALSE(texts.empty());
      return texts;
    }
    const SingleThread single;
    const Quantization none(graph->nodes.size());
    const Executor executor(*graph, none, {.batch = 1});
    const std::vector<float> x(graph->shape(graph->input).elements(), 0.5F);
    std::vector<float> y(graph->shape(graph->output).elements());
    executor.run(*executor.make_workspace(), x, y, LayerFormats(graph->nodes.size()));
    ++ran_;
    return texts;
  }

  std::vector<std::string> problems_after(const std::function<void(ModelBuilder&)>& edit) {
    ModelBuilder builder = small_model();
    edit(builder);
    return try_model(builder.bytes());
  }

  void TearDown() override {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(usage.ru_maxrss, 1 << 20) << "kilobytes";
  }

  golden::testing::Scratch scratch_;
  size_t ran_ = 0;
};

}  // namespace sparq::net::testing
