// SPDX-License-Identifier: Apache-2.0
// Random models of all operators, with every attribute that matters.
#pragma once

#include <cmath>
#include <random>
#include <set>

#include "net/tests/model_builder.h"
#include "net/tests/onnx_reference.h"

namespace sparq::net::testing {

// Draws a model node by node; every value is an image or a vector.
class RandomModel {
 public:
  RandomModel(unsigned seed, int64_t opset)
      : random_(seed),
        opset_(opset),
        shape_{draw(1, 6), draw(1, 9), draw(1, 9)},
        builder_({1, shape_[0], shape_[1], shape_[2]}, opset) {
    for (int64_t nodes = draw(3, 9); nodes > 0; --nodes) add_image_node();
    to_vector();
    for (int64_t nodes = draw(1, 3); nodes > 0; --nodes) add_vector_node();
    builder_.output(last_);
  }

  ModelBuilder& builder() { return builder_; }
  const std::vector<int64_t>& input() const { return input_; }
  const std::set<std::string>& operators() const { return operators_; }
  bool quantizes() const { return operators_.contains("QuantizeLinear"); }

 private:
  int64_t draw(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  bool coin() { return draw(0, 1) == 1; }
  std::vector<float> reals(int64_t count, float low, float high) {
    std::uniform_real_distribution<float> real(low, high);
    std::vector<float> list(static_cast<size_t>(count));
    for (float& each : list) each = real(random_);
    return list;
  }
  std::string name(const std::string& what) { return what + std::to_string(++names_); }

  // A FLOAT constant: an initializer, or the result of a Constant node.
  std::string constant(const std::vector<int64_t>& dims, const std::vector<float>& values) {
    const std::string result = name("c");
    builder_.floats(result, dims, values);
    return as_node(result);
  }
  std::string constant(const std::vector<int64_t>& values) {
    const std::string result = name("c");
    builder_.integers(result, values);
    return as_node(result);
  }
  std::string as_node(const std::string& initializer) {
    if (coin()) return initializer;
    auto& list = *builder_.model().mutable_graph()->mutable_initializer();
    std::string result = initializer + "_node";
    auto& attribute = *node("Constant", {}, result).add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    *attribute.mutable_t() = list.Get(list.size() - 1);
    list.RemoveLast();
    return result;
  }

  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::string& output) {
    operators_.insert(type);
    return builder_.node(type, inputs, output);
  }
  // A node that reads the last value and makes the next.
  onnx::NodeProto& next(const std::string& type, std::vector<std::string> more = {}) {
    more.insert(more.begin(), last_);
    last_ = name(type);
    return node(type, more, last_);
  }

  struct Axes {
    std::vector<int64_t> kernel, stride, dilation, pads;
    std::string automatic;
    bool ceil;
  };
  // A window that fits, and the size it makes; nothing when it would not.
  bool draw_window(bool is_pool, bool can_dilate, Axes& axes, std::vector<int64_t>& out) {
    axes = {{draw(1, 4), draw(1, 4)}, {draw(1, 3), draw(1, 3)}, {1, 1}, {0, 0, 0, 0}, "", false};
    if (can_dilate && draw(0, 2) == 0) axes.dilation = {draw(1, 3), draw(1, 3)};
    const int64_t kind = draw(0, 5);
    if (kind < 3) axes.automatic = std::vector{"SAME_UPPER", "SAME_LOWER", "VALID"}[kind];
    const auto reach = [&](size_t i) { return (axes.kernel[i] - 1) * axes.dilation[i] + 1; };
    if (kind >= 3) {
      for (size_t i = 0; i < 4; ++i) {
        axes.pads[i] = draw(0, is_pool ? axes.kernel[i % 2] - 1 : 3);
      }
    }
    axes.ceil = is_pool && coin();
    for (size_t i = 0; i < 2; ++i) {
      const int64_t size = shape_[i + 1];
      if (kind == 0 || kind == 1) {
        out[i + 1] = (size + axes.stride[i] - 1) / axes.stride[i];
        if (is_pool && reach(i) > size) return false;  // padding as large as the kernel
        continue;
      }
      const int64_t room = size + axes.pads[i] + axes.pads[i + 2] - reach(i);
      if (room < 0 || (is_pool && axes.dilation[i] > 1 && reach(i) > size)) return false;
      out[i + 1] = room / axes.stride[i] + 1;
      if (axes.ceil && room % axes.stride[i] != 0 &&
          out[i + 1] * axes.stride[i] < size + axes.pads[i]) {
        ++out[i + 1];
      }
    }
    return true;
  }
  void set_window(onnx::NodeProto& of, const Axes& axes) {
    set(of, "kernel_shape", axes.kernel);
    set(of, "strides", axes.stride);
    if (axes.dilation != std::vector<int64_t>{1, 1}) set(of, "dilations", axes.dilation);
    if (!axes.automatic.empty()) {
      set(of, "auto_pad", axes.automatic);
    } else {
      set(of, "pads", axes.pads);
    }
  }

  void add_convolution() {
    Axes axes;
    auto out = shape_;
    if (!draw_window(false, true, axes, out)) return;
    std::vector<int64_t> groups;
    for (int64_t g = 1; g <= shape_[0]; ++g) {
      if (shape_[0] % g == 0) groups.push_back(g);
    }
    const int64_t group = groups[static_cast<size_t>(draw(0, std::ssize(groups) - 1))];
    out[0] = group * draw(1, 3);
    const std::vector<int64_t> dims = {out[0], shape_[0] / group, axes.kernel[0], axes.kernel[1]};
    const int64_t fan_in = dims[1] * dims[2] * dims[3];
    std::string weights;
    if (draw(0, 3) == 0) {  // stated as integers
      std::vector<int> codes;
      for (int64_t i = 0; i < out[0] * fan_in; ++i)
        codes.push_back(static_cast<int>(draw(-128, 127)));
      const std::string stored = name("codes");
      builder_.codes(stored, dims, onnx::TensorProto::INT8, codes);
      const bool per_channel = opset_ >= 13 && coin();
      const std::string scale =
          per_channel ? constant({out[0]}, reals(out[0], 0.001F, 0.01F)) : constant({}, {0.005F});
      weights = name("weights");
      if (opset_ >= 10) {
        auto& made = node("DequantizeLinear", {stored, scale}, weights);
        if (per_channel) set(made, "axis", int64_t{0});
      }
    }
    if (weights.empty() || opset_ < 10) {
      weights = constant(dims, reals(out[0] * fan_in, -1, 1));
    }
    std::vector<std::string> inputs = {weights};
    if (coin()) inputs.push_back(constant({out[0]}, reals(out[0], -1, 1)));
    auto& conv = next("Conv", inputs);
    set_window(conv, axes);
    if (group > 1) set(conv, "group", group);
    shape_ = out;
  }

  void add_pool() {
    const bool is_max = coin();
    Axes axes;
    auto out = shape_;
    if (!draw_window(true, is_max && opset_ >= 10, axes, out)) return;
    if (opset_ < 10 && axes.ceil) return;
    auto& pool = next(is_max ? "MaxPool" : "AveragePool");
    set_window(pool, axes);
    if (axes.ceil) set(pool, "ceil_mode", int64_t{1});
    if (!is_max && coin()) set(pool, "count_include_pad", int64_t{1});
    shape_ = out;
  }

  void add_normalization() {
    const int64_t c = shape_[0];
    std::vector<std::string> inputs;
    for (const float low : {-2.0F, -1.0F, -1.0F}) {
      inputs.push_back(constant({c}, reals(c, low, 2)));
    }
    inputs.push_back(constant({c}, reals(c, 0.1F, 3)));
    set(next("BatchNormalization", inputs), "epsilon", 0.01F);
  }

  void add_clip() {
    if (opset_ < 11) {
      auto& clip = next("Clip");
      if (coin()) set(clip, "min", -0.5F);
      if (coin()) set(clip, "max", 6.0F);
    } else {
      std::vector<std::string> bounds = {coin() ? constant({}, {-0.5F}) : ""};
      if (coin()) bounds.push_back(constant({}, {6.0F}));
      next("Clip", bounds);
    }
  }

  void add_pad() {
    const std::vector<int64_t> pads = {0, 0, draw(0, 3), draw(0, 3), 0, 0, draw(0, 3), draw(0, 3)};
    const float value = coin() ? 0 : 0.75F;
    if (opset_ < 11) {
      auto& pad = next("Pad");
      set(pad, "pads", pads);
      if (value != 0) set(pad, "value", value);
    } else {
      std::vector<std::string> inputs = {constant(pads)};
      if (value != 0) inputs.push_back(constant({}, {value}));
      next("Pad", inputs);
    }
    shape_[1] += pads[2] + pads[6];
    shape_[2] += pads[3] + pads[7];
  }

  void add_sum() {
    const int64_t kind = draw(0, 2);
    if (kind == 0) {
      const std::string addend =
          coin() ? constant({shape_[0], 1, 1}, reals(shape_[0], -1, 1)) : constant({}, {0.3F});
      next("Add", {addend});
    } else {  // with something else made of the same value
      const std::string before = last_;
      add_normalization();
      if (coin()) add_clip();
      if (kind == 1) {
        next("Add", {before});
      } else {
        set(next("Concat", {before}), "axis", coin() ? int64_t{1} : int64_t{-3});
        shape_[0] *= 2;
      }
    }
  }

  void add_reshape() {
    const int64_t pixels = shape_[1] * shape_[2];
    const bool flat = coin();
    const std::vector<int64_t> target =
        flat ? std::vector<int64_t>{0, 0, -1, 1} : std::vector<int64_t>{-1, 1, shape_[0], pixels};
    const std::vector<int64_t> out = flat ? std::vector<int64_t>{shape_[0], pixels, 1}
                                          : std::vector<int64_t>{1, shape_[0], pixels};
    if (out[1] > 40 || out[2] > 40) return;
    next("Reshape", {constant(target)});
    shape_ = out;
  }

  void add_quantization() {
    if (opset_ < 10) return;
    const std::string scale = constant({}, {1.0F / 256});
    const std::string zero = name("zero");
    builder_.codes(zero, {}, onnx::TensorProto::UINT8, {coin() ? 0 : 128});
    next("QuantizeLinear", {scale, zero});
    next("DequantizeLinear", {scale, zero});
  }

  void add_image_node() {
    switch (draw(0, 11)) {
      case 0:
        return add_pool();
      case 1:
        return add_normalization();
      case 2:
        next("Relu");
        return;
      case 3:
        return add_clip();
      case 4:
        return add_pad();
      case 5:
        return add_sum();
      case 6:
        return add_reshape();
      case 7:
        next("Identity");
        return;
      case 8:
        next("Dropout");
        return;
      case 9:
        return add_quantization();
      default:
        return add_convolution();
    }
  }

  void to_vector() {
    int64_t features = shape_[0] * shape_[1] * shape_[2];
    if (coin()) {
      next("GlobalAveragePool");
      features = shape_[0];
    }
    if (coin()) {
      next("Flatten");
    } else {
      next("Reshape",
           {constant(coin() ? std::vector<int64_t>{-1, features} : std::vector<int64_t>{0, -1})});
    }
    shape_ = {features};
  }

  void add_vector_node() {
    const int64_t inputs = shape_[0];
    const int64_t outputs = draw(1, 8);
    switch (draw(0, 4)) {
      case 0:
        add_normalization();
        return;
      case 1:
        next("Softmax");
        return;
      case 2:
        next("MatMul", {constant({inputs, outputs}, reals(inputs * outputs, -1, 1))});
        next("Add", {constant({outputs}, reals(outputs, -1, 1))});
        break;
      default: {
        const bool transposed = coin();
        const auto dims = transposed ? std::vector{outputs, inputs} : std::vector{inputs, outputs};
        std::vector<std::string> more = {constant(dims, reals(inputs * outputs, -1, 1))};
        if (opset_ < 11 || coin()) more.push_back(constant({outputs}, reals(outputs, -1, 1)));
        auto& gemm = next("Gemm", more);
        if (transposed) set(gemm, "transB", int64_t{1});
        if (coin()) set(gemm, "alpha", 0.5F);
        if (coin()) set(gemm, "beta", 2.0F);
      }
    }
    shape_ = {outputs};
  }

  std::mt19937 random_;
  int64_t opset_;
  std::vector<int64_t> shape_;  // C, H, W, or features
  ModelBuilder builder_;
  const std::vector<int64_t> input_ = shape_;
  std::string last_ = "x";
  int names_ = 0;
  std::set<std::string> operators_;
};

}  // namespace sparq::net::testing
