// SPDX-License-Identifier: Apache-2.0
// A feed-forward convolutional network, as inference sees it: values and the nodes between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sparq::net {

// One image's part of a value; the batch is never part of a shape. A vector of F features (ONNX
// rank 2) has channels = F, height = width = 1. In memory the channels run fastest (NHWC).
struct Shape {
  int64_t channels = 1;
  int64_t height = 1;
  int64_t width = 1;
  bool is_vector = false;  // rank 2 in ONNX

  size_t elements() const { return static_cast<size_t>(channels * height * width); }
  size_t pixels() const { return static_cast<size_t>(height * width); }
  bool operator==(const Shape&) const = default;
};

std::string to_text(const Shape& shape);  // "16x32x32" (CxHxW), "10" for a vector

using ValueId = size_t;
using NodeId = size_t;

// Sizes along height and width.
struct Extent {
  int64_t h = 1;
  int64_t w = 1;
  bool operator==(const Extent&) const = default;
};

struct Padding {
  int64_t top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Padding&) const = default;
};

struct Window {
  Extent kernel;
  Extent stride;
  Extent dilation;  // 1: none
  Padding padding;
};

// Weights that the model itself states as integers: w = scale * code.
struct WeightCodes {
  std::vector<int8_t> codes;  // as Conv::weights
  std::vector<float> scale;   // one per output channel
};

// What batch normalization would make of a convolution's output: mean and standard deviation per
// channel. Known for a convolution it was folded into.
struct Moments {
  std::vector<float> mean;
  std::vector<float> deviation;
};

// y[o] = bias[o] + sum over i, position of x[i] * w[o][i][position]. A fully connected layer is one
// with a 1x1 kernel on a 1x1 image.
struct Conv {
  int64_t out_channels = 0;
  int64_t in_channels = 0;  // of the whole input
  int64_t groups = 1;
  Window window;
  std::vector<float> weights;  // out_channels x (in_channels / groups) x kernel.h x kernel.w
  std::vector<float> bias;     // out_channels
  std::optional<WeightCodes> codes;
  std::optional<Moments> normalized;

  int64_t group_channels() const { return in_channels / groups; }
};

struct Affine {  // y[c] = x[c] * scale[c] + shift[c]
  std::vector<float> scale;
  std::vector<float> shift;
  std::optional<Moments> normalized;  // when it is a batch normalization
};

struct Clip {  // y = min(max(x, low), high); ReLU is low = 0
  float low = 0;
  float high = std::numeric_limits<float>::infinity();
};

enum class PoolKind { kMax, kAverage };
struct Pool {
  PoolKind kind = PoolKind::kMax;
  Window window;
  bool count_padding = false;  // average: zeros of the padding count as values
};

struct Add {};      // of two values of one shape
struct Concat {};   // along channels
struct Reshape {};  // the elements in the order C, H, W
struct Pad {
  Padding padding;
  float value = 0;
};
struct Softmax {};     // over the channels of every pixel
struct FakeQuantize {  // y = (clamp(RNE(x / scale) + zero, low, high) - zero) * scale
  float scale = 1;
  int zero = 0;
  int low = 0;
  int high = 255;
};

using Op = std::variant<Conv, Affine, Clip, Pool, Add, Concat, Reshape, Pad, Softmax, FakeQuantize>;

struct Node {
  std::string name;
  std::string operation;  // ONNX's name of it
  Op op;
  std::vector<ValueId> inputs;
  ValueId output = 0;
};

struct Value {
  std::string name;
  Shape shape;
};

// Nodes stand in an order in which they can be computed; every value but the input has one
// producer.
struct Graph {
  std::string source;  // the file
  int opset = 0;
  std::vector<Value> values;
  std::vector<Node> nodes;
  ValueId input = 0;
  ValueId output = 0;

  const Shape& shape(ValueId value) const { return values[value].shape; }
  const Conv* conv(NodeId node) const { return std::get_if<Conv>(&nodes[node].op); }
};

// For every value, the nodes that read it, in order; a node that reads it twice stands there twice.
std::vector<std::vector<NodeId>> consumers(const Graph& graph);

// The convolutions and fully connected layers, in order.
std::vector<NodeId> weighted_layers(const Graph& graph);

// The model itself quantizes activations.
bool is_quantized(const Graph& graph);

// Multiply-accumulates of a layer for one image, without padded channels.
int64_t macs(const Graph& graph, NodeId layer);

// Batch normalization folded into the convolution before it, padding of zeros into the convolution
// behind it, where nothing else reads what is between; nodes whose result nobody reads are dropped.
Graph simplified(Graph graph);

}  // namespace sparq::net
