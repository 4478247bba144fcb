// SPDX-License-Identifier: Apache-2.0
// What ONNX's protocol buffers say, with every irregularity turned into a problem. Private to the
// import.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "golden/spec/problem.h"

namespace sparq::net {

inline constexpr int64_t kOldestOpset = 9;
inline constexpr int64_t kNewestOpset = 17;

// A tensor whose elements are known when the model is read.
struct Constant {
  std::vector<int64_t> dims;
  std::variant<std::vector<float>, std::vector<int64_t>, std::vector<int32_t>, std::vector<int8_t>,
               std::vector<uint8_t>>
      values;
  // Of a dequantized constant: what it was made from. value = scale * code.
  std::vector<int8_t> codes;
  std::vector<float> scale;  // one, or one per index of scale_axis
  size_t scale_axis = 0;

  size_t elements() const;
  const std::vector<float>* floats() const { return std::get_if<std::vector<float>>(&values); }
  // The elements, when they are no floats.
  std::optional<std::vector<int64_t>> integers() const;
};

// The elements of a tensor of one of the types above, as many as its dims say.
// `where` is the file, `field` what names the tensor in problems.
spec::Checked<Constant> decode(const onnx::TensorProto& tensor, const std::string& where,
                               const std::string& field);

// Reads the file; a problem when it is no model at all.
spec::Checked<onnx::ModelProto> read_model(const std::string& path);

// What can be said of a model without its operators' meaning: its opset is 9..17, it has nodes, one
// input beside its initializers and one output.
spec::Problems interface_problems(const onnx::ModelProto& model, const std::string& path);

// What onnx's own checker says against a node, or against the model; empty: nothing.
std::string complaint(const onnx::ModelProto& model, const onnx::NodeProto& node);
std::string complaint(const onnx::ModelProto& model);

// Opset of the default operator set; 0 when there is none.
int64_t opset_of(const onnx::ModelProto& model);

// node "conv1" (Conv, opset 13); a node without a name is called after its output.
std::string describe(const onnx::NodeProto& node, int64_t opset);
std::string name_of(const onnx::NodeProto& node);

}  // namespace sparq::net
