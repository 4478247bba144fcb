// SPDX-License-Identifier: Apache-2.0
// Random models of all operators, with every attribute that matters, in every opset, against the
// reference that computes ONNX's definitions with plain loops.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "golden/tests/scratch.h"
#include "net/executor.h"
#include "net/import.h"
#include "net/tests/onnx_reference.h"
#include "net/tests/random_model.h"

namespace sparq::net {
namespace {

using testing::RandomModel;

constexpr unsigned kSeed = 20210511;

TEST(RandomGraphs, AreWhatOnnxDefines) {
  const golden::testing::Scratch scratch;
  const SingleThread single;
  std::set<std::string> operators;
  constexpr unsigned kGraphs = 900;
  size_t compared = 0;
  for (unsigned round = 0; round < kGraphs; ++round) {
    const int64_t opset = 9 + round % 9;
    RandomModel model(kSeed + round, opset);
    operators.insert(model.operators().begin(), model.operators().end());
    const std::string name = std::to_string(round) + ".onnx";
    const auto graph = load_onnx(scratch.file(name, model.builder().bytes()));
    ASSERT_TRUE(graph) << name << " opset " << opset << ": " << spec::to_text(graph.error()[0]);
    const Quantization none(graph->nodes.size());
    const LayerFormats formats(graph->nodes.size());
    constexpr size_t kBatch = 2;
    const auto& [c, h, w] = std::tuple(model.input()[0], model.input()[1], model.input()[2]);
    std::mt19937 random(round);
    std::uniform_real_distribution<float> real(-2, 2);
    const auto elements = static_cast<size_t>(c * h * w);
    std::vector<float> x(kBatch * elements);
    for (float& value : x) value = real(random);
    const size_t classes = graph->shape(graph->output).elements();
    for (const Fusion fusion : {Fusion::kFull, Fusion::kNone}) {
      const Executor executor(*graph, none, {.batch = kBatch, .fusion = fusion});
      std::vector<float> y(kBatch * classes);
      executor.run(*executor.make_workspace(), x, y, formats);
      for (size_t image = 0; image < kBatch; ++image) {
        std::vector<double> planes(elements);
        for (size_t i = 0; i < elements; ++i) {
          const size_t pixels = elements / static_cast<size_t>(c);
          planes[i % static_cast<size_t>(c) * pixels + i / static_cast<size_t>(c)] =
              x[image * elements + i];
        }
        const auto want = testing::OnnxReference(model.builder().model()).run(planes);
        ASSERT_EQ(want.data.size(), classes) << name;
        double largest = 1;
        for (const double value : want.data) largest = std::max(largest, std::abs(value));
        // A quantization may fall the other way by the last bit of what it quantizes.
        const double tolerance = (model.quantizes() ? 2e-2 : 1e-4) * largest;
        for (size_t i = 0; i < classes; ++i) {
          ASSERT_NEAR(y[image * classes + i], want.data[i], tolerance)
              << name << " opset " << opset << " at " << i << "\n"
              << model.builder().model().DebugString();
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(operators.size(), 20U) << "every operator was drawn";
  EXPECT_GT(compared, 10000U);
}

}  // namespace
}  // namespace sparq::net
