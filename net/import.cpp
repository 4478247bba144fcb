// SPDX-License-Identifier: Apache-2.0
#include "net/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
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

namespace {

// Far more than the largest value of known networks at 224 x 224, and still some memory.
constexpr int64_t kMostElements = int64_t{1} << 26;
const std::string kTooLarge = fmt::format("must be at most {} elements per image", kMostElements);

bool is_too_large(const Shape& shape) {
  return shape.channels > kMostElements || shape.height > kMostElements / shape.channels ||
         shape.width > kMostElements / shape.channels / shape.height;
}

}  // namespace

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
  problems_ = interface_problems(model_, path_);
  read_initializers();
  read_input();
  for (const auto& node : model_.graph().node()) read_node(node);
  read_output();
  if (problems_.empty()) {
    if (const std::string text = complaint(model_); !text.empty()) {
      problems_.push_back({path_, "", "", "is no legal ONNX model: " + text});
    }
  }
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));
  Graph result = simplified(std::move(graph_));
  check_finite(result);
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));
  return result;
}

void Importer::read_initializers() {
  for (const auto& tensor : model_.graph().initializer()) {
    const std::string field = fmt::format("initializer \"{}\"", tensor.name());
    if (is_known(tensor.name())) problems_.push_back({path_, field, "", "must be there once only"});
    add_constant(tensor.name(), tensor, field);
  }
}

// One with elements that are no numbers is reported and serves on, for its shape.
void Importer::add_constant(const std::string& name, const onnx::TensorProto& tensor,
                            const std::string& field) {
  auto decoded = decode(tensor, path_, field);
  if (!decoded) {
    unknown_.insert(name);
    problems_.insert(problems_.end(), decoded.error().begin(), decoded.error().end());
    return;
  }
  if (const auto* list = decoded->floats()) {
    const auto bad = std::find_if(list->begin(), list->end(),
                                  [](float number) { return !std::isfinite(number); });
    if (bad != list->end()) {
      problems_.push_back({path_, fmt::format("{}[{}]", field, bad - list->begin()),
                           fmt::format("{}", *bad), "must be finite"});
    }
  }
  constants_.emplace(name, *std::move(decoded));
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
    const Shape shape{.channels = dims[1].dim_value(),
                      .height = dims[2].dim_value(),
                      .width = dims[3].dim_value()};
    if (is_too_large(shape)) {
      problems_.push_back({path_, field, text, kTooLarge});
      unknown_.insert(input.name());
      return;
    }
    graph_.input = add_value(input.name(), shape);
  }
}

bool Importer::is_supported(const onnx::NodeProto& node) {
  const bool is_onnx = node.domain().empty() || node.domain() == "ai.onnx";
  if (is_onnx && handlers().contains(node.op_type())) return true;
  refuse(node, "",
         is_onnx ? fmt::format("is not a supported operator; supported are {}",
                               fmt::join(operators(), ", "))
                 : fmt::format("is of the operator set {}, which is not supported", node.domain()));
  return false;
}

bool Importer::is_known(const std::string& name) const {
  return values_.contains(name) || constants_.contains(name) || unknown_.contains(name);
}

// What must hold for a handler to look at the node. A node behind an unknown value is left alone.
bool Importer::is_legal(const onnx::NodeProto& node) {
  const size_t before = problems_.size();
  if (const std::string text = complaint(model_, node); !text.empty()) {
    refuse(node, "", "is no legal ONNX node: " + text);
  }
  bool behind_unknown = false;
  for (const std::string& name : node.input()) {
    behind_unknown = behind_unknown || unknown_.contains(name);
    if (!name.empty() && !is_known(name)) {
      refuse(node, fmt::format("input \"{}\"", name),
             "must be an initializer, the input or the result of an earlier node");
    }
    const std::set<std::string> on_codes = {"DequantizeLinear", "MaxPool", "Identity", "Flatten",
                                            "Reshape"};
    if (quantized_.contains(name) && !on_codes.contains(node.op_type())) {
      refuse(node, fmt::format("input \"{}\"", name),
             "must not work on integers; a DequantizeLinear is missing");
    }
  }
  for (const std::string& name : node.output()) {
    if (name.empty() || !is_known(name)) continue;
    refuse(node, fmt::format("output \"{}\"", name), "must be the result of one node only");
  }
  return !behind_unknown && problems_.size() == before;
}

void Importer::read_node(const onnx::NodeProto& node) {
  const size_t before = problems_.size();
  const bool is_legal_one = is_supported(node) && is_legal(node);
  if (is_legal_one) {
    (this->*handlers().at(node.op_type()))(node);
    const auto codes = quantized_.find(node.input_size() > 0 ? node.input(0) : "");
    if (codes != quantized_.end() && node.op_type() != "DequantizeLinear") {
      quantized_.emplace(node.output(0), codes->second);
    }
  }
  for (const std::string& output : node.output()) {
    if (!output.empty() && !is_known(output)) unknown_.insert(output);
  }
  if (!is_legal_one || problems_.size() > before) return;
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
  if (model_.graph().output().empty()) return;
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

// Folding and scaling may leave the range of single precision.
void Importer::check_finite(const Graph& graph) {
  const auto check = [&](const Node& node, const char* what, const std::vector<float>& list) {
    const auto bad =
        std::find_if(list.begin(), list.end(), [](float number) { return !std::isfinite(number); });
    if (bad == list.end()) return;
    problems_.push_back({path_, fmt::format("node \"{}\" ({})", node.name, node.operation),
                         fmt::format("{}[{}] = {}", what, bad - list.begin(), *bad),
                         "must be finite with what is folded into it"});
  };
  for (const Node& node : graph.nodes) {
    if (const auto* conv = std::get_if<Conv>(&node.op)) {
      check(node, "weights", conv->weights);
      check(node, "bias", conv->bias);
      if (conv->codes) check(node, "scale", conv->codes->scale);
    } else if (const auto* affine = std::get_if<Affine>(&node.op)) {
      check(node, "scale", affine->scale);
      check(node, "shift", affine->shift);
    }
  }
}

ValueId Importer::add_value(const std::string& name, const Shape& shape) {
  graph_.values.push_back({name, shape});
  values_[name] = graph_.values.size() - 1;
  return graph_.values.size() - 1;
}

void Importer::add_node(const onnx::NodeProto& node, Op op, std::vector<ValueId> inputs,
                        const Shape& shape) {
  if (is_too_large(shape)) {
    return refuse(node, fmt::format("result of shape {}", to_text(shape)), kTooLarge);
  }
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
  const bool is_list = std::count_if(found->dims.begin(), found->dims.end(),
                                     [](int64_t dim) { return dim != 1; }) <= 1;
  if (found->elements() != count || !is_list) {
    refuse(node, fmt::format("input \"{}\" of shape [{}]", name, fmt::join(found->dims, ", ")),
           fmt::format("must have {} elements, along one axis", count));
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
  const auto model = read_model(path);
  if (!model) return tl::unexpected(model.error());
  return Importer(path, *model).run();
}

}  // namespace sparq::net
