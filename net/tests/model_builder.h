// SPDX-License-Identifier: Apache-2.0
// ONNX models written by hand, for tests.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace sparq::net::testing {

class ModelBuilder {
 public:
  // The input is "x", of 1 x dims; dims[0] may be made symbolic with batch().
  explicit ModelBuilder(const std::vector<int64_t>& dims, int64_t opset = 13) {
    model_.set_ir_version(8);
    model_.set_producer_name("test");
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("test");
    add_info(*model_.mutable_graph()->add_input(), "x", dims);
  }

  onnx::ModelProto& model() { return model_; }
  onnx::TensorShapeProto& input_shape() {
    return *model_.mutable_graph()
                ->mutable_input(0)
                ->mutable_type()
                ->mutable_tensor_type()
                ->mutable_shape();
  }

  ModelBuilder& floats(const std::string& name, const std::vector<int64_t>& dims,
                       const std::vector<float>& values) {
    auto& tensor = initializer(name, dims, onnx::TensorProto::FLOAT);
    for (const float value : values) tensor.add_float_data(value);
    return *this;
  }
  ModelBuilder& integers(const std::string& name, const std::vector<int64_t>& values) {
    auto& tensor =
        initializer(name, {static_cast<int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const int64_t value : values) tensor.add_int64_data(value);
    return *this;
  }
  // INT8, UINT8 or INT32.
  ModelBuilder& codes(const std::string& name, const std::vector<int64_t>& dims,
                      onnx::TensorProto::DataType type, const std::vector<int>& values) {
    auto& tensor = initializer(name, dims, type);
    for (const int value : values) tensor.add_int32_data(value);
    return *this;
  }

  // The node's name and output are `output`. Attributes are set on what is returned.
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto& node = *model_.mutable_graph()->add_node();
    node.set_op_type(type);
    node.set_name(output);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return node;
  }

  ModelBuilder& output(const std::string& name) {
    add_info(*model_.mutable_graph()->add_output(), name, {1, 1});
    return *this;
  }

  std::string bytes() const { return model_.SerializeAsString(); }

 private:
  onnx::TensorProto& initializer(const std::string& name, const std::vector<int64_t>& dims,
                                 onnx::TensorProto::DataType type) {
    auto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const int64_t dim : dims) tensor.add_dims(dim);
    return tensor;
  }
  static void add_info(onnx::ValueInfoProto& info, const std::string& name,
                       const std::vector<int64_t>& dims) {
    info.set_name(name);
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (const int64_t dim : dims) tensor.mutable_shape()->add_dim()->set_dim_value(dim);
  }

  onnx::ModelProto model_;
};

inline void set(onnx::NodeProto& node, const std::string& name, int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

inline void set(onnx::NodeProto& node, const std::string& name, float value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

inline void set(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

inline void set(onnx::NodeProto& node, const std::string& name,
                const std::vector<int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute.add_ints(value);
}

}  // namespace sparq::net::testing
