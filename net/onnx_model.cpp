// SPDX-License-Identifier: Apache-2.0
#include "net/onnx_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <set>

namespace sparq::net {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little endian");

// The elements of raw_data or of the typed field.
template <class T, class Field>
spec::Checked<Constant> elements_of(const onnx::TensorProto& tensor, const Field& typed,
                                    size_t count, const std::string& where,
                                    const std::string& field) {
  std::vector<T> values;
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != count * sizeof(T)) {
      return spec::fail(where, field, fmt::format("{} bytes", tensor.raw_data().size()),
                        fmt::format("must be {} bytes, by its dims", count * sizeof(T)));
    }
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), tensor.raw_data().data(), count * sizeof(T));
  } else {
    if (static_cast<size_t>(typed.size()) != count) {
      return spec::fail(where, field, fmt::format("{} elements", typed.size()),
                        fmt::format("must be {} elements, by its dims", count));
    }
    values.reserve(count);
    for (const auto value : typed) values.push_back(static_cast<T>(value));
  }
  Constant constant;
  constant.dims.assign(tensor.dims().begin(), tensor.dims().end());
  constant.values = std::move(values);
  return constant;
}

std::optional<size_t> element_count(const onnx::TensorProto& tensor) {
  constexpr int64_t kMost = int64_t{1} << 31;  // protocol buffers end there
  int64_t count = 1;
  for (const int64_t dim : tensor.dims()) {
    if (dim < 0 || (dim > 0 && count > kMost / dim)) return std::nullopt;
    count *= dim;
  }
  return static_cast<size_t>(count);
}

void collect_interface(const onnx::GraphProto& graph, const std::string& path,
                       spec::Problems& problems) {
  std::set<std::string> initializers;
  for (const auto& tensor : graph.initializer()) initializers.insert(tensor.name());
  std::vector<std::string> inputs;
  for (const auto& input : graph.input()) {
    if (!initializers.contains(input.name())) inputs.push_back(input.name());
  }
  std::vector<std::string> outputs;
  for (const auto& output : graph.output()) outputs.push_back(output.name());
  if (inputs.size() != 1) {
    problems.push_back({path, "graph.input", fmt::format("{}", fmt::join(inputs, ", ")),
                        "must be one input, the images"});
  }
  if (outputs.size() != 1) {
    problems.push_back({path, "graph.output", fmt::format("{}", fmt::join(outputs, ", ")),
                        "must be one output, the logits"});
  }
}

// What `check` throws, in one line.
std::string complaint_of(const std::function<void()>& check) {
  try {
    check();
    return "";
  } catch (const std::exception& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }
}

}  // namespace

size_t Constant::elements() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

std::optional<std::vector<int64_t>> Constant::integers() const {
  if (floats() != nullptr) return std::nullopt;
  return std::visit([](const auto& list) { return std::vector<int64_t>(list.begin(), list.end()); },
                    values);
}

spec::Checked<Constant> decode(const onnx::TensorProto& tensor, const std::string& where,
                               const std::string& field) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    return spec::fail(where, field, "external data", "must be inside the file");
  }
  const auto count = element_count(tensor);
  if (!count) {
    return spec::fail(where, field, fmt::format("{}", fmt::join(tensor.dims(), "x")),
                      "must be dims of a tensor of less than 2^31 elements");
  }
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      return elements_of<float>(tensor, tensor.float_data(), *count, where, field);
    case onnx::TensorProto::INT64:
      return elements_of<int64_t>(tensor, tensor.int64_data(), *count, where, field);
    case onnx::TensorProto::INT32:
      return elements_of<int32_t>(tensor, tensor.int32_data(), *count, where, field);
    case onnx::TensorProto::INT8:
      return elements_of<int8_t>(tensor, tensor.int32_data(), *count, where, field);
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
      return elements_of<uint8_t>(tensor, tensor.int32_data(), *count, where, field);
    default:
      return spec::fail(where, field,
                        onnx::TensorProto::DataType_IsValid(tensor.data_type())
                            ? onnx::TensorProto::DataType_Name(
                                  static_cast<onnx::TensorProto::DataType>(tensor.data_type()))
                            : fmt::format("data type {}", tensor.data_type()),
                        "must be FLOAT, INT64, INT32, INT8, UINT8 or BOOL");
  }
}

spec::Checked<onnx::ModelProto> read_model(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return spec::fail(path, "", "", "cannot be read");
  const google::protobuf::LogSilencer silence;  // the problem below says it
  onnx::ModelProto model;
  if (!model.ParseFromIstream(&file) || !model.has_graph()) {
    return spec::fail(path, "", "", "is no ONNX model, or is truncated or corrupt");
  }
  // Files of today's exporters are newer than the checker, which refuses their version; what later
  // versions added no supported operator uses.
  model.set_ir_version(std::min<int64_t>(model.ir_version(), onnx::IR_VERSION));
  return model;
}

spec::Problems interface_problems(const onnx::ModelProto& model, const std::string& path) {
  spec::Problems problems;
  const int64_t opset = opset_of(model);
  if (opset < kOldestOpset || opset > kNewestOpset) {
    problems.push_back({path, "opset_import", fmt::format("{}", opset),
                        fmt::format("must be {}..{}", kOldestOpset, kNewestOpset)});
  }
  if (model.graph().node().empty()) {
    problems.push_back({path, "graph.node", "", "must be at least one node"});
  }
  collect_interface(model.graph(), path, problems);
  return problems;
}

std::string complaint(const onnx::ModelProto& model, const onnx::NodeProto& node) {
  onnx::checker::CheckerContext context;
  context.set_ir_version(static_cast<int>(model.ir_version()));
  const auto opset = static_cast<int>(std::clamp(opset_of(model), kOldestOpset, kNewestOpset));
  context.set_opset_imports({{"", opset}, {"ai.onnx", opset}});
  return complaint_of([&] { onnx::checker::check_node(node, context, {}); });
}

std::string complaint(const onnx::ModelProto& model) {
  return complaint_of([&] { onnx::checker::check_model(model); });
}

int64_t opset_of(const onnx::ModelProto& model) {
  for (const auto& set : model.opset_import()) {
    if (set.domain().empty() || set.domain() == "ai.onnx") return set.version();
  }
  return 0;
}

std::string name_of(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.name();
  return node.output_size() > 0 ? node.output(0) : "";
}

std::string describe(const onnx::NodeProto& node, int64_t opset) {
  return fmt::format("node \"{}\" ({}, opset {})", name_of(node), node.op_type(), opset);
}

}  // namespace sparq::net
