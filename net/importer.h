// SPDX-License-Identifier: Apache-2.0
// The state of an import and one function per kind of operator. Private to the import.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/graph.h"
#include "net/onnx_model.h"

namespace sparq::net {

// A node's attributes, with ONNX's defaults given by the caller.
class Attributes {
 public:
  explicit Attributes(const onnx::NodeProto& node) : node_(node) {}
  const onnx::AttributeProto* find(const std::string& name) const;
  int64_t integer(const std::string& name, int64_t otherwise) const;
  float real(const std::string& name, float otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
  std::optional<std::vector<int64_t>> integers(const std::string& name) const;

 private:
  const onnx::NodeProto& node_;
};

// Reads one model. A node that cannot be understood is reported and its output becomes unknown;
// nodes that read an unknown value are passed over, so that every problem has one cause.
class Importer {
 public:
  using Handler = void (Importer::*)(const onnx::NodeProto&);
  static const std::map<std::string, Handler>& handlers();
  static std::set<std::string> operators();

  Importer(std::string path, const onnx::ModelProto& model);
  spec::Checked<Graph> run();

 private:
  // import.cpp
  void read_initializers();
  void add_constant(const std::string& name, const onnx::TensorProto& tensor,
                    const std::string& field);
  void read_input();
  void read_node(const onnx::NodeProto& node);
  bool is_supported(const onnx::NodeProto& node);
  bool is_legal(const onnx::NodeProto& node);
  bool is_known(const std::string& name) const;
  void check_finite(const Graph& graph);
  void read_output();
  void refuse(const onnx::NodeProto& node, std::string value, std::string allowed);

  ValueId add_value(const std::string& name, const Shape& shape);
  void add_node(const onnx::NodeProto& node, Op op, std::vector<ValueId> inputs,
                const Shape& shape);

  // Input `index` of a node; null when it is absent or of the other kind.
  const ValueId* value(const onnx::NodeProto& node, int index) const;
  const Constant* constant(const onnx::NodeProto& node, int index) const;
  bool has_input(const onnx::NodeProto& node, int index) const;
  // Input `index`, a constant of `count` floats; a problem otherwise.
  const std::vector<float>* floats(const onnx::NodeProto& node, int index, size_t count);
  // The first input; a problem when it is a constant, or is of the wrong rank.
  enum class Rank { kAny, kImage, kVector };
  const ValueId* data(const onnx::NodeProto& node, Rank rank);
  // 1 when it names the channels of a value of that shape, counted from either end.
  bool is_channel_axis(int64_t axis, const Shape& shape) const;

  // import_conv.cpp
  std::optional<Window> window(const onnx::NodeProto& node, const Shape& in, Extent kernel);
  // Output size; a problem when it is empty.
  std::optional<Extent> output_size(const onnx::NodeProto& node, const Shape& in,
                                    const Window& window, bool ceil);
  bool matching_input(const onnx::NodeProto& node, int64_t weights, int64_t input);
  std::optional<WeightCodes> codes_of(const Constant& weights, size_t out_axis) const;
  void conv(const onnx::NodeProto& node);
  void gemm(const onnx::NodeProto& node);
  void mat_mul(const onnx::NodeProto& node);
  void dense(const onnx::NodeProto& node, ValueId input, const Constant& weights, bool transposed,
             float alpha, std::vector<float> bias);
  void pool(const onnx::NodeProto& node);
  void global_average_pool(const onnx::NodeProto& node);
  void batch_normalization(const onnx::NodeProto& node);

  // import_ops.cpp
  void constant_node(const onnx::NodeProto& node);
  void identity(const onnx::NodeProto& node);
  void relu(const onnx::NodeProto& node);
  void clip(const onnx::NodeProto& node);
  void add(const onnx::NodeProto& node);
  void concat(const onnx::NodeProto& node);
  void flatten(const onnx::NodeProto& node);
  void reshape(const onnx::NodeProto& node);
  void pad(const onnx::NodeProto& node);
  void softmax(const onnx::NodeProto& node);
  void quantize_linear(const onnx::NodeProto& node);
  void dequantize_linear(const onnx::NodeProto& node);
  // Scales of a constant: one, or one per index of `axis`.
  struct Scales {
    std::vector<float> scale;
    size_t axis;
    size_t inner;  // elements per index of the axes behind
    float of(size_t element) const { return scale[element / inner % scale.size()]; }
  };
  std::optional<Scales> scales_of(const onnx::NodeProto& node, const Constant& scaled);
  void quantize_constant(const onnx::NodeProto& node, const Constant& reals);
  void dequantize_constant(const onnx::NodeProto& node, const Constant& codes);
  // Scale and zero point of a (de)quantization; a problem when there are several of either.
  std::optional<FakeQuantize> quantization(const onnx::NodeProto& node);

  const std::string path_;
  const onnx::ModelProto& model_;
  const int64_t opset_;
  Graph graph_;
  spec::Problems problems_;
  std::map<std::string, Constant> constants_;
  std::map<std::string, ValueId> values_;
  std::set<std::string> unknown_;
  std::map<std::string, FakeQuantize> quantized_;  // tensors of codes, by name
};

}  // namespace sparq::net
