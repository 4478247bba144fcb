// SPDX-License-Identifier: Apache-2.0
#include "net/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/importer.h"

namespace sparq::net {

const onnx::AttributeProto* Attributes::find(const std::string& name) const {
  for (const auto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

int64_t Attributes::integer(const std::string& name, int64_t otherwise) const {
  const auto* attribute = find(name);
  return attribute != nullptr ? attribute->i() : otherwise;
}

float Attributes::real(const std::string& name, float otherwise) const {
  const auto* attribute = find(name);
  return attribute != nullptr ? attribute->f() : otherwise;
}

std::string Attributes::text(const std::string& name, const std::string& otherwise) const {
  const auto* attribute = find(name);
  return attribute != nullptr ? attribute->s() : otherwise;
}

std::optional<std::vector<int64_t>> Attributes::integers(const std::string& name) const {
  const auto* attribute = find(name);
  if (attribute == nullptr) return std::nullopt;
  return std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

const std::map<std::string, Importer::Handler>& Importer::handlers() {
  static const std::map<std::string, Handler> table = {
      {"Conv", &Importer::conv},
      {"BatchNormalization", &Importer::batch_normalization},
      {"Relu", &Importer::relu},
      {"Clip", &Importer::clip},
      {"MaxPool", &Importer::pool},
      {"AveragePool", &Importer::pool},
      {"GlobalAveragePool", &Importer::global_average_pool},
      {"Add", &Importer::add},
      {"Concat", &Importer::concat},
      {"Flatten", &Importer::flatten},
      {"Reshape", &Importer::reshape},
      {"Gemm", &Importer::gemm},
      {"MatMul", &Importer::mat_mul},
      {"Identity", &Importer::identity},
      {"Dropout", &Importer::identity},
      {"Constant", &Importer::constant_node},
      {"Pad", &Importer::pad},
      {"Softmax", &Importer::softmax},
      {"QuantizeLinear", &Importer::quantize_linear},
      {"DequantizeLinear", &Importer::dequantize_linear},
  };
  return table;
}

std::set<std::string> Importer::operators() {
  std::set<std::string> names;
  for (const auto& [name, handler] : handlers()) names.insert(name);
  return names;
}

Importer::Importer(std::string path, const onnx::ModelProto& model)
    : path_(std::move(path)), model_(model), opset_(opset_of(model)) {
  graph_.source = path_;
  graph_.opset = static_cast<int>(opset_);
}

spec::Checked<Graph> Importer::run() {
  read_initializers();
  read_input();
  for (const auto& node : model_.graph().node()) read_node(node);
  read_output();
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));
  return simplified(std::move(graph_));
}

void Importer::read_initializers() {
  for (const auto& tensor : model_.graph().initializer()) {
    auto decoded = decode(tensor, path_, fmt::format("initializer \"{}\"", tensor.name()));
    if (decoded) {
      constants_.emplace(tensor.name(), *std::move(decoded));
    } else {
      unknown_.insert(tensor.name());
      problems_.insert(problems_.end(), decoded.error().begin(), decoded.error().end());
    }
  }
}

void Importer::read_input() {
  for (const auto& input : model_.graph().input()) {
    if (constants_.contains(input.name()) || unknown_.contains(input.name())) continue;
    const std::string field = fmt::format("input \"{}\"", input.name());
    const auto& type = input.type().tensor_type();
    if (type.elem_type() != onnx::TensorProto::FLOAT) {
      problems_.push_back({path_, field, "", "must be a FLOAT tensor"});
    }
    std::string text;
    bool fixed = type.shape().dim_size() == 4;
    for (int i = 0; i < type.shape().dim_size(); ++i) {
      const auto& dim = type.shape().dim(i);
      text += (i > 0 ? "x" : "") +
              (dim.has_dim_value() ? std::to_string(dim.dim_value()) : "?" + dim.dim_param());
      if (i == 0) {
        fixed = fixed && (!dim.has_dim_value() || dim.dim_value() == 1);
      } else {
        fixed = fixed && dim.dim_value() >= 1 && dim.dim_value() <= (1 << 16);
      }
    }
    if (!fixed) {
      problems_.push_back(
          {path_, field, text, "must be N x C x H x W, with N 1 or symbolic and C, H, W fixed"});
      unknown_.insert(input.name());
      return;
    }
    const auto& dims = type.shape().dim();
    graph_.input = add_value(input.name(), {.channels = dims[1].dim_value(),
                                            .height = dims[2].dim_value(),
                                            .width = dims[3].dim_value()});
  }
}

void Importer::read_node(const onnx::NodeProto& node) {
  const bool known = std::none_of(node.input().begin(), node.input().end(),
                                  [&](const std::string& name) { return unknown_.contains(name); });
  const size_t before = problems_.size();
  if (known) (this->*handlers().at(node.op_type()))(node);
  for (const std::string& output : node.output()) {
    if (!values_.contains(output) && !constants_.contains(output)) unknown_.insert(output);
  }
  if (!known || problems_.size() > before) return;
  for (int i = 1; i < node.output_size(); ++i) {
    for (const auto& reader : model_.graph().node()) {
      const auto& inputs = reader.input();
      if (node.output(i).empty()) continue;
      if (std::find(inputs.begin(), inputs.end(), node.output(i)) == inputs.end()) continue;
      refuse(node, fmt::format("output \"{}\"", node.output(i)),
             fmt::format("is read by \"{}\"; only the first output is supported", name_of(reader)));
    }
  }
}

void Importer::read_output() {
  const std::string& name = model_.graph().output(0).name();
  const std::string field = fmt::format("output \"{}\"", name);
  if (const auto found = values_.find(name); found != values_.end()) {
    graph_.output = found->second;
    if (quantized_.contains(name)) {
      problems_.push_back({path_, field, "", "must be FLOAT; a DequantizeLinear is missing"});
    }
    if (graph_.shape(graph_.output).pixels() != 1) {
      problems_.push_back({path_, field, to_text(graph_.shape(graph_.output)),
                           "must be one number per class, N x classes"});
    }
    if (graph_.output == graph_.input) {
      problems_.push_back({path_, field, "", "must not be the input"});
    }
  } else if (problems_.empty()) {
    problems_.push_back({path_, field, "", "must be the result of a node"});
  }
}

void Importer::refuse(const onnx::NodeProto& node, std::string value, std::string allowed) {
  problems_.push_back({path_, describe(node, opset_), std::move(value), std::move(allowed)});
}

ValueId Importer::add_value(const std::string& name, const Shape& shape) {
  graph_.values.push_back({name, shape});
  values_[name] = graph_.values.size() - 1;
  return graph_.values.size() - 1;
}

void Importer::add_node(const onnx::NodeProto& node, Op op, std::vector<ValueId> inputs,
                        const Shape& shape) {
  const ValueId output = add_value(node.output(0), shape);
  graph_.nodes.push_back({name_of(node), node.op_type(), std::move(op), std::move(inputs), output});
}

bool Importer::has_input(const onnx::NodeProto& node, int index) const {
  return index < node.input_size() && !node.input(index).empty();
}

const ValueId* Importer::value(const onnx::NodeProto& node, int index) const {
  if (!has_input(node, index)) return nullptr;
  const auto found = values_.find(node.input(index));
  return found == values_.end() ? nullptr : &found->second;
}

const Constant* Importer::constant(const onnx::NodeProto& node, int index) const {
  if (!has_input(node, index)) return nullptr;
  const auto found = constants_.find(node.input(index));
  return found == constants_.end() ? nullptr : &found->second;
}

const std::vector<float>* Importer::floats(const onnx::NodeProto& node, int index, size_t count) {
  const std::string name = has_input(node, index) ? node.input(index) : std::to_string(index);
  const Constant* found = constant(node, index);
  if (found == nullptr || found->floats() == nullptr) {
    refuse(node, fmt::format("input \"{}\"", name), "must be a FLOAT constant");
    return nullptr;
  }
  if (found->elements() != count) {
    refuse(node, fmt::format("input \"{}\" of {} elements", name, found->elements()),
           fmt::format("must have {} elements", count));
    return nullptr;
  }
  return found->floats();
}

const ValueId* Importer::data(const onnx::NodeProto& node, Rank rank) {
  const ValueId* found = value(node, 0);
  if (found == nullptr) {
    refuse(node, node.input_size() > 0 ? fmt::format("input \"{}\"", node.input(0)) : "",
           "must depend on the images; arithmetic on constants is not supported");
    return nullptr;
  }
  const Shape& shape = graph_.shape(*found);
  if (rank == Rank::kImage && shape.is_vector) {
    refuse(node, fmt::format("input of shape Nx{}", to_text(shape)),
           "must be N x C x H x W; only two spatial dimensions are supported");
    return nullptr;
  }
  if (rank == Rank::kVector && !shape.is_vector) {
    refuse(node, fmt::format("input of shape Nx{}", to_text(shape)), "must be N x features");
    return nullptr;
  }
  return found;
}

bool Importer::is_channel_axis(int64_t axis, const Shape& shape) const {
  return axis == 1 || axis == (shape.is_vector ? -1 : -3);
}

spec::Checked<Graph> load_onnx(const std::string& path) {
  const auto model = read_model(path, Importer::operators());
  if (!model) return tl::unexpected(model.error());
  return Importer(path, *model).run();
}

}  // namespace sparq::net
