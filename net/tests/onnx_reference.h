// SPDX-License-Identifier: Apache-2.0
// The slow way to compute a whole model, straight from ONNX's definitions of its operators: plain
// loops in N x C x H x W and double, for a batch of 1. Shares nothing with the import or the
// executor.
#pragma once

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace sparq::net::testing {

struct Array {
  std::vector<int64_t> dims;
  std::vector<double> data;

  double& at(int64_t c, int64_t h, int64_t w) {
    return data[static_cast<size_t>((c * dims[2] + h) * dims[3] + w)];
  }
  bool inside(int64_t h, int64_t w) const { return h >= 0 && h < dims[2] && w >= 0 && w < dims[3]; }
};

inline Array zeros(std::vector<int64_t> dims) {
  size_t count = 1;
  for (const int64_t dim : dims) count *= static_cast<size_t>(dim);
  return {std::move(dims), std::vector<double>(count)};
}

class OnnxReference {
 public:
  explicit OnnxReference(const onnx::ModelProto& model) : model_(model) {
    for (const auto& tensor : model.graph().initializer()) {
      values_[tensor.name()] = read(tensor);
    }
  }

  // x: C x H x W, row by row.
  Array run(const std::vector<double>& x) {
    std::vector<int64_t> dims = {1};
    const auto& shape = model_.graph().input(0).type().tensor_type().shape();
    for (int i = 1; i < 4; ++i) dims.push_back(shape.dim(i).dim_value());
    values_[model_.graph().input(0).name()] = {dims, x};
    for (const auto& node : model_.graph().node()) values_[node.output(0)] = compute(node);
    return values_.at(model_.graph().output(0).name());
  }

 private:
  static Array read(const onnx::TensorProto& tensor) {
    Array array{{tensor.dims().begin(), tensor.dims().end()}, {}};
    for (const float value : tensor.float_data()) array.data.push_back(value);
    for (const int64_t value : tensor.int64_data()) {
      array.data.push_back(static_cast<double>(value));
    }
    for (const int32_t value : tensor.int32_data()) array.data.push_back(value);
    return array;
  }

  static const onnx::AttributeProto* find(const onnx::NodeProto& node, const std::string& name) {
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() == name) return &attribute;
    }
    return nullptr;
  }
  static int64_t integer(const onnx::NodeProto& node, const std::string& name, int64_t otherwise) {
    const auto* found = find(node, name);
    return found != nullptr ? found->i() : otherwise;
  }
  static double real(const onnx::NodeProto& node, const std::string& name, double otherwise) {
    const auto* found = find(node, name);
    return found != nullptr ? found->f() : otherwise;
  }
  static std::vector<int64_t> integers(const onnx::NodeProto& node, const std::string& name,
                                       std::vector<int64_t> otherwise) {
    const auto* found = find(node, name);
    if (found == nullptr) return otherwise;
    return {found->ints().begin(), found->ints().end()};
  }

  bool has(const onnx::NodeProto& node, int index) const {
    return index < node.input_size() && !node.input(index).empty();
  }
  const Array& in(const onnx::NodeProto& node, int index) const {
    return values_.at(node.input(index));
  }

  // Where the windows of one spatial axis start, and how many there are.
  struct Axis {
    int64_t kernel, stride, dilation, before, after, count;
  };
  static Axis axis(const onnx::NodeProto& node, size_t i, int64_t kernel, int64_t size) {
    const auto pads = integers(node, "pads", {0, 0, 0, 0});
    Axis a{kernel,
           integers(node, "strides", {1, 1})[i],
           integers(node, "dilations", {1, 1})[i],
           pads[i],
           pads[i + 2],
           0};
    const int64_t extent = (a.kernel - 1) * a.dilation + 1;
    const auto* automatic = find(node, "auto_pad");
    const std::string mode = automatic != nullptr ? automatic->s() : "NOTSET";
    if (mode == "VALID") a.before = a.after = 0;
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      const auto out = static_cast<int64_t>(
          std::ceil(static_cast<double>(size) / static_cast<double>(a.stride)));
      const int64_t total = std::max<int64_t>((out - 1) * a.stride + extent - size, 0);
      a.before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      a.after = total - a.before;
    }
    const double steps =
        static_cast<double>(size + a.before + a.after - extent) / static_cast<double>(a.stride);
    const bool ceil = integer(node, "ceil_mode", 0) != 0;
    a.count = static_cast<int64_t>(ceil ? std::ceil(steps) : std::floor(steps)) + 1;
    // No window starts behind the input.
    while (ceil && (a.count - 1) * a.stride >= size + a.before) --a.count;
    return a;
  }

  Array convolution(const onnx::NodeProto& node) const {
    Array x = in(node, 0);
    const Array& weights = in(node, 1);
    const int64_t group = integer(node, "group", 1);
    const Axis h = axis(node, 0, weights.dims[2], x.dims[2]);
    const Axis w = axis(node, 1, weights.dims[3], x.dims[3]);
    Array y = zeros({1, weights.dims[0], h.count, w.count});
    const int64_t channels = weights.dims[1];
    for (int64_t o = 0; o < weights.dims[0]; ++o) {
      const int64_t first = o / (weights.dims[0] / group) * channels;
      for (int64_t i = 0; i < h.count; ++i) {
        for (int64_t j = 0; j < w.count; ++j) {
          double sum = has(node, 2) ? in(node, 2).data[static_cast<size_t>(o)] : 0;
          for (int64_t c = 0; c < channels; ++c) {
            for (int64_t p = 0; p < h.kernel * w.kernel; ++p) {
              const int64_t ih = i * h.stride - h.before + p / w.kernel * h.dilation;
              const int64_t iw = j * w.stride - w.before + p % w.kernel * w.dilation;
              if (!x.inside(ih, iw)) continue;
              const auto at = static_cast<size_t>((o * channels + c) * h.kernel * w.kernel + p);
              sum += x.at(first + c, ih, iw) * weights.data[at];
            }
          }
          y.at(o, i, j) = sum;
        }
      }
    }
    return y;
  }

  Array pool(const onnx::NodeProto& node) const {
    Array x = in(node, 0);
    const bool is_max = node.op_type() == "MaxPool";
    const bool counts_padding = integer(node, "count_include_pad", 0) != 0;
    const auto kernel = integers(node, "kernel_shape", {});
    const Axis h = axis(node, 0, kernel[0], x.dims[2]);
    const Axis w = axis(node, 1, kernel[1], x.dims[3]);
    Array y = zeros({1, x.dims[1], h.count, w.count});
    for (int64_t c = 0; c < x.dims[1]; ++c) {
      for (int64_t i = 0; i < h.count; ++i) {
        for (int64_t j = 0; j < w.count; ++j) {
          double most = -std::numeric_limits<double>::infinity();
          double sum = 0;
          double count = 0;
          for (int64_t p = 0; p < kernel[0] * kernel[1]; ++p) {
            const int64_t ih = i * h.stride - h.before + p / kernel[1] * h.dilation;
            const int64_t iw = j * w.stride - w.before + p % kernel[1] * w.dilation;
            const bool in_padding = ih < x.dims[2] + h.after && iw < x.dims[3] + w.after;
            if (x.inside(ih, iw)) {
              most = std::max(most, x.at(c, ih, iw));
              sum += x.at(c, ih, iw);
              ++count;
            } else if (counts_padding && in_padding) {
              ++count;
            }
          }
          y.at(c, i, j) = is_max ? most : sum / count;
        }
      }
    }
    return y;
  }

  Array pad(const onnx::NodeProto& node) const {
    Array x = in(node, 0);
    std::vector<int64_t> pads = integers(node, "pads", {});
    if (has(node, 1)) pads.assign(in(node, 1).data.begin(), in(node, 1).data.end());
    const double value = has(node, 2) ? in(node, 2).data[0] : real(node, "value", 0);
    Array y = zeros({1, x.dims[1], x.dims[2] + pads[2] + pads[6], x.dims[3] + pads[3] + pads[7]});
    for (int64_t c = 0; c < y.dims[1]; ++c) {
      for (int64_t h = 0; h < y.dims[2]; ++h) {
        for (int64_t w = 0; w < y.dims[3]; ++w) {
          const bool inside = x.inside(h - pads[2], w - pads[3]);
          y.at(c, h, w) = inside ? x.at(c, h - pads[2], w - pads[3]) : value;
        }
      }
    }
    return y;
  }

  // x (1 x K) times B (K x N, or N x K).
  static Array product(const Array& x, const Array& b, bool transposed) {
    const int64_t inner = x.dims[1];
    const int64_t outputs = b.dims[transposed ? 0 : 1];
    Array y = zeros({1, outputs});
    for (int64_t n = 0; n < outputs; ++n) {
      for (int64_t k = 0; k < inner; ++k) {
        y.data[static_cast<size_t>(n)] +=
            x.data[static_cast<size_t>(k)] *
            b.data[static_cast<size_t>(transposed ? n * inner + k : k * outputs + n)];
      }
    }
    return y;
  }

  // b is broadcast to a, aligned at the last axis.
  static Array sum(Array a, const Array& b, double factor = 1) {
    for (size_t i = 0; i < a.data.size(); ++i) {
      size_t rest = i;
      size_t at = 0;
      size_t stride = 1;
      for (size_t k = 0; k < a.dims.size(); ++k) {
        const auto size = static_cast<size_t>(a.dims[a.dims.size() - 1 - k]);
        const size_t index = rest % size;
        rest /= size;
        if (k >= b.dims.size()) continue;
        const auto own = static_cast<size_t>(b.dims[b.dims.size() - 1 - k]);
        at += (own == 1 ? 0 : index) * stride;
        stride *= own;
      }
      a.data[i] += factor * b.data[at];
    }
    return a;
  }

  Array concatenation(const onnx::NodeProto& node) const {
    Array y = in(node, 0);
    for (int i = 1; i < node.input_size(); ++i) {
      const Array& next = in(node, i);  // of batch 1: one behind the other
      y.dims[1] += next.dims[1];
      y.data.insert(y.data.end(), next.data.begin(), next.data.end());
    }
    return y;
  }

  Array reshape(const onnx::NodeProto& node) const {
    Array y = in(node, 0);
    const std::vector<int64_t> old = y.dims;
    y.dims.clear();
    int64_t rest = static_cast<int64_t>(y.data.size());
    for (const double wanted : in(node, 1).data) {
      y.dims.push_back(wanted == 0 ? old[y.dims.size()] : static_cast<int64_t>(wanted));
      if (y.dims.back() > 0) rest /= y.dims.back();
    }
    std::replace(y.dims.begin(), y.dims.end(), int64_t{-1}, rest);
    return y;
  }

  Array normalization(const onnx::NodeProto& node) const {
    Array y = in(node, 0);
    const size_t inner = y.data.size() / static_cast<size_t>(y.dims[1]);
    for (size_t i = 0; i < y.data.size(); ++i) {
      const size_t c = i / inner;
      y.data[i] = (y.data[i] - in(node, 3).data[c]) /
                      std::sqrt(in(node, 4).data[c] + real(node, "epsilon", 1e-5F)) *
                      in(node, 1).data[c] +
                  in(node, 2).data[c];
    }
    return y;
  }

  Array compute(const onnx::NodeProto& node) const {
    const std::string& type = node.op_type();
    if (type == "Constant") return read(find(node, "value")->t());
    if (type == "Conv") return convolution(node);
    if (type == "MaxPool" || type == "AveragePool") return pool(node);
    if (type == "Pad") return pad(node);
    if (type == "Concat") return concatenation(node);
    if (type == "Reshape") return reshape(node);
    if (type == "BatchNormalization") return normalization(node);
    if (type == "MatMul") return product(in(node, 0), in(node, 1), false);
    Array y = in(node, 0);
    const auto each = [&](auto function) {
      for (double& value : y.data) value = function(value);
      return y;
    };
    if (type == "Identity" || type == "Dropout") return y;
    if (type == "Relu") return each([](double v) { return std::max(v, 0.0); });
    if (type == "Clip") {
      constexpr double kMost = std::numeric_limits<double>::infinity();
      const double low = has(node, 1) ? in(node, 1).data[0] : real(node, "min", -kMost);
      const double high = has(node, 2) ? in(node, 2).data[0] : real(node, "max", kMost);
      return each([&](double v) { return std::min(std::max(v, low), high); });
    }
    if (type == "Add") {
      const Array& other = in(node, 1);
      return other.dims.size() > y.dims.size() || other.data.size() > y.data.size() ? sum(other, y)
                                                                                    : sum(y, other);
    }
    if (type == "Gemm") {
      y = product(y, in(node, 1), integer(node, "transB", 0) != 0);
      for (double& value : y.data) value *= real(node, "alpha", 1);
      return has(node, 2) ? sum(y, in(node, 2), real(node, "beta", 1)) : y;
    }
    if (type == "Flatten") {
      y.dims = {1, static_cast<int64_t>(y.data.size())};
      return y;
    }
    if (type == "GlobalAveragePool") {
      Array mean = zeros({1, y.dims[1], 1, 1});
      const size_t inner = y.data.size() / mean.data.size();
      for (size_t i = 0; i < y.data.size(); ++i) {
        mean.data[i / inner] += y.data[i] / static_cast<double>(inner);
      }
      return mean;
    }
    if (type == "Softmax") {  // of a vector
      double total = 0;
      for (const double value : y.data) total += std::exp(value);
      return each([&](double v) { return std::exp(v) / total; });
    }
    if (type == "QuantizeLinear") {  // u8
      const double scale = in(node, 1).data[0];
      const double zero = in(node, 2).data[0];
      return each(
          [&](double v) { return std::clamp(std::nearbyint(v / scale) + zero, 0.0, 255.0); });
    }
    if (type == "DequantizeLinear") {
      const Array& scale = in(node, 1);
      const double zero = has(node, 2) && scale.data.size() == 1 ? in(node, 2).data[0] : 0;
      const size_t inner = y.data.size() / static_cast<size_t>(y.dims.empty() ? 1 : y.dims[0]);
      for (size_t i = 0; i < y.data.size(); ++i) {  // along axis 0
        y.data[i] = (y.data[i] - zero) * scale.data[scale.data.size() == 1 ? 0 : i / inner];
      }
      return y;
    }
    throw std::invalid_argument(type);
  }

  const onnx::ModelProto& model_;
  std::map<std::string, Array> values_;
};

}  // namespace sparq::net::testing
