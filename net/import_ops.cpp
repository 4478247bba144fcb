// SPDX-License-Identifier: Apache-2.0
// Import of operators without weights.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "net/importer.h"

namespace sparq::net {

void Importer::constant_node(const onnx::NodeProto& node) {
  const Attributes attributes(node);
  Constant constant;
  if (const auto* tensor = attributes.find("value")) {
    return add_constant(node.output(0), tensor->t(), describe(node, opset_));
  }
  if (const auto* real = attributes.find("value_float")) {
    constant.values = std::vector<float>{real->f()};
  } else if (const auto* reals = attributes.find("value_floats")) {
    constant.dims = {reals->floats_size()};
    constant.values = std::vector<float>(reals->floats().begin(), reals->floats().end());
  } else if (const auto* integer = attributes.find("value_int")) {
    constant.values = std::vector<int64_t>{integer->i()};
  } else if (const auto* integers = attributes.find("value_ints")) {
    constant.dims = {integers->ints_size()};
    constant.values = std::vector<int64_t>(integers->ints().begin(), integers->ints().end());
  } else {
    return refuse(node, node.attribute_size() > 0 ? node.attribute(0).name() : "",
                  "must be value, value_float, value_floats, value_int or value_ints");
  }
  constants_.emplace(node.output(0), std::move(constant));
}

void Importer::identity(const onnx::NodeProto& node) {
  if (has_input(node, 2)) {  // of a Dropout
    const Constant* training = constant(node, 2);
    const auto* flag =
        training != nullptr ? std::get_if<std::vector<uint8_t>>(&training->values) : nullptr;
    if (flag == nullptr || flag->size() != 1 || flag->front() != 0) {
      return refuse(node, "training_mode", "must be absent or a constant false");
    }
  }
  if (const ValueId* input = value(node, 0)) {
    values_[node.output(0)] = *input;
  } else if (const Constant* same = constant(node, 0)) {
    constants_.emplace(node.output(0), *same);
  }
}

void Importer::relu(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kAny);
  if (input != nullptr) add_node(node, Clip{}, {*input}, graph_.shape(*input));
}

void Importer::clip(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const Attributes attributes(node);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Clip op{.low = attributes.real("min", -kInfinity), .high = attributes.real("max", kInfinity)};
  for (const int index : {1, 2}) {
    if (!has_input(node, index)) continue;
    const auto* bound = floats(node, index, 1);
    if (bound == nullptr) return;
    (index == 1 ? op.low : op.high) = bound->front();
  }
  if (op.low > op.high) {
    return refuse(node, fmt::format("min = {}, max = {}", op.low, op.high),
                  "min must not exceed max");
  }
  add_node(node, op, {*input}, graph_.shape(*input));
}

void Importer::add(const onnx::NodeProto& node) {
  const ValueId* a = value(node, 0);
  const ValueId* b = value(node, 1);
  if (a != nullptr && b != nullptr) {
    const Shape shape = graph_.shape(*a);
    if (shape != graph_.shape(*b)) {
      return refuse(node,
                    fmt::format("shapes {} and {}", to_text(shape), to_text(graph_.shape(*b))),
                    "must be equal; broadcasting between activations is not supported");
    }
    return add_node(node, Add{}, {*a, *b}, shape);
  }
  const ValueId* input = a != nullptr ? a : b;
  if (input == nullptr) return refuse(node, "", "must not add constants only");
  const Constant* addend = constant(node, a != nullptr ? 1 : 0);
  const Shape shape = graph_.shape(*input);
  const auto channels = static_cast<size_t>(shape.channels);
  // Broadcast from the right: the channels are the last axis of a vector, the third last otherwise.
  const size_t behind = shape.is_vector ? 0 : 2;
  bool fits = addend->floats() != nullptr && addend->dims.size() <= (shape.is_vector ? 2 : 4);
  for (size_t i = 0; fits && i < addend->dims.size(); ++i) {
    const size_t from_right = addend->dims.size() - 1 - i;
    fits = addend->dims[i] == 1 || (from_right == behind && addend->dims[i] == shape.channels);
  }
  if (!fits) {
    return refuse(node, fmt::format("constant of shape {}", fmt::join(addend->dims, "x")),
                  "must be FLOAT, a scalar or one number per channel");
  }
  const auto& values = *addend->floats();
  Affine op{.scale = std::vector<float>(channels, 1), .shift = {}, .normalized = {}};
  for (size_t c = 0; c < channels; ++c) op.shift.push_back(values[values.size() == 1 ? 0 : c]);
  add_node(node, std::move(op), {*input}, shape);
}

void Importer::concat(const onnx::NodeProto& node) {
  const ValueId* first = data(node, Rank::kAny);
  if (first == nullptr) return;
  Shape out = graph_.shape(*first);
  const int64_t axis = Attributes(node).integer("axis", 1);
  if (!is_channel_axis(axis, out)) {
    return refuse(node, fmt::format("axis = {}", axis), "must be 1, the channels");
  }
  std::vector<ValueId> inputs;
  out.channels = 0;
  for (int i = 0; i < node.input_size(); ++i) {
    const ValueId* input = value(node, i);
    if (input == nullptr) {
      return refuse(node, fmt::format("input \"{}\"", node.input(i)), "must not be a constant");
    }
    const Shape& shape = graph_.shape(*input);
    if (shape.height != out.height || shape.width != out.width ||
        shape.is_vector != out.is_vector) {
      return refuse(node, fmt::format("input \"{}\" of shape {}", node.input(i), to_text(shape)),
                    fmt::format("must be of {}x{}, as the first is", out.height, out.width));
    }
    out.channels += shape.channels;
    inputs.push_back(*input);
  }
  add_node(node, Concat{}, std::move(inputs), out);
}

void Importer::flatten(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const Shape& shape = graph_.shape(*input);
  const int64_t axis = Attributes(node).integer("axis", 1);
  if (!is_channel_axis(axis, shape)) {
    return refuse(node, fmt::format("axis = {}", axis), "must be 1");
  }
  add_node(node, Reshape{}, {*input},
           {.channels = static_cast<int64_t>(shape.elements()), .is_vector = true});
}

void Importer::reshape(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const Shape in = graph_.shape(*input);
  const Constant* target = constant(node, 1);
  auto dims = target != nullptr ? target->integers() : std::nullopt;
  if (!dims) return refuse(node, "shape", "must be a constant of integers");
  const auto text = fmt::format("shape [{}] of {}", fmt::join(*dims, ", "), to_text(in));
  if (Attributes(node).integer("allowzero", 0) != 0)
    return refuse(node, "allowzero = 1", "must be 0");
  const std::vector<int64_t> old = {1, in.channels, in.height, in.width};
  const size_t old_rank = in.is_vector ? 2 : 4;
  const auto elements = static_cast<int64_t>(in.elements());
  int64_t known = 1;
  size_t free = 0;
  bool good = dims->size() == 2 || dims->size() == 4;
  for (size_t i = 1; good && i < dims->size(); ++i) {
    int64_t& dim = (*dims)[i];
    if (dim == 0 && i < old_rank) dim = old[i];
    if (dim == -1) {
      good = free == 0;
      free = i;
    } else {
      good = dim >= 1 && known <= elements / dim;
      if (good) known *= dim;
    }
  }
  // The batch stays the first axis: 0 keeps it, 1 is the batch the model was exported with, and -1
  // can only be the batch when the others take all elements.
  good = good && (*dims)[0] >= -1 && (*dims)[0] <= 1 && ((*dims)[0] != -1 || free == 0);
  if (good && free != 0) {
    good = elements % known == 0;
    (*dims)[free] = elements / known;
    known *= (*dims)[free];
  }
  if (!good || known != elements) {
    return refuse(node, text, "must be [N, features] or [N, C, H, W] of as many elements");
  }
  dims->resize(4, 1);
  add_node(node, Reshape{}, {*input},
           {.channels = (*dims)[1],
            .height = (*dims)[2],
            .width = (*dims)[3],
            .is_vector = target->elements() == 2});
}

void Importer::pad(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kImage);
  if (input == nullptr) return;
  const Attributes attributes(node);
  const std::string mode = attributes.text("mode", "constant");
  if (mode != "constant") return refuse(node, "mode = " + mode, "must be constant");
  Pad op{.padding = {}, .value = attributes.real("value", 0)};
  auto pads = attributes.integers("pads");
  if (const Constant* list = constant(node, 1)) pads = list->integers();
  if (has_input(node, 2)) {
    const auto* value = floats(node, 2, 1);
    if (value == nullptr) return;
    op.value = value->front();
  }
  constexpr int64_t kMost = 1 << 16;
  const bool good =
      pads && pads->size() == 8 && (*pads)[0] == 0 && (*pads)[1] == 0 && (*pads)[4] == 0 &&
      (*pads)[5] == 0 &&
      std::all_of(pads->begin(), pads->end(), [](int64_t pad) { return pad >= 0 && pad <= kMost; });
  if (!good) {
    return refuse(node, pads ? fmt::format("pads = [{}]", fmt::join(*pads, ", ")) : "pads",
                  "must be eight constant numbers >= 0, those of batch and channels 0");
  }
  op.padding = {(*pads)[2], (*pads)[3], (*pads)[6], (*pads)[7]};
  Shape out = graph_.shape(*input);
  out.height += op.padding.top + op.padding.bottom;
  out.width += op.padding.left + op.padding.right;
  add_node(node, op, {*input}, out);
}

void Importer::softmax(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const Shape& shape = graph_.shape(*input);
  constexpr int64_t kAxisMeansOne = 13;  // before, everything from the axis on counted as one
  const int64_t axis = Attributes(node).integer("axis", opset_ < kAxisMeansOne ? 1 : -1);
  const bool one_pixel = shape.pixels() == 1;
  if (!is_channel_axis(axis, shape) || (opset_ < kAxisMeansOne && !one_pixel)) {
    return refuse(node, fmt::format("axis = {} of N x {}", axis, to_text(shape)),
                  "must be the channels only");
  }
  add_node(node, Softmax{}, {*input}, shape);
}

std::optional<FakeQuantize> Importer::quantization(const onnx::NodeProto& node) {
  const auto* scale = floats(node, 1, 1);
  if (scale == nullptr) return std::nullopt;
  FakeQuantize result{.scale = scale->front(), .zero = 0, .low = 0, .high = 255};
  if (!(result.scale > 0)) {
    refuse(node, fmt::format("scale = {}", result.scale), "must be positive");
    return std::nullopt;
  }
  if (!has_input(node, 2)) return result;
  const Constant* zero = constant(node, 2);
  const auto codes = zero != nullptr ? zero->integers() : std::nullopt;
  const bool is_signed =
      zero != nullptr && std::holds_alternative<std::vector<int8_t>>(zero->values);
  const bool is_unsigned =
      zero != nullptr && std::holds_alternative<std::vector<uint8_t>>(zero->values);
  if ((is_signed || is_unsigned) && codes->size() == 1) {
    result.zero = static_cast<int>(codes->front());
    if (is_signed) {
      result.low = -128;
      result.high = 127;
    }
    return result;
  }
  refuse(node, "zero point", "must be one UINT8 or INT8 constant");
  return std::nullopt;
}

void Importer::quantize_linear(const onnx::NodeProto& node) {
  if (const Constant* reals = constant(node, 0)) return quantize_constant(node, *reals);
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const auto op = quantization(node);
  if (!op) return;
  add_node(node, *op, {*input}, graph_.shape(*input));
  quantized_.emplace(node.output(0), *op);
}

void Importer::dequantize_linear(const onnx::NodeProto& node) {
  if (const Constant* codes = constant(node, 0)) return dequantize_constant(node, *codes);
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const auto op = quantization(node);
  if (!op) return;
  const auto made = quantized_.find(node.input(0));
  if (made == quantized_.end() || made->second.scale != op->scale ||
      made->second.zero != op->zero || made->second.low != op->low) {
    return refuse(node, "", "must undo a QuantizeLinear of the same scale and zero point");
  }
  values_[node.output(0)] = *input;  // the node of the QuantizeLinear gives real numbers
}

std::optional<Importer::Scales> Importer::scales_of(const onnx::NodeProto& node,
                                                    const Constant& scaled) {
  const Constant* scale = constant(node, 1);
  if (scale == nullptr || scale->floats() == nullptr || scale->elements() == 0) {
    refuse(node, "scale", "must be a FLOAT constant");
    return std::nullopt;
  }
  Scales result{.scale = *scale->floats(), .axis = 0, .inner = 1};
  for (const float each : result.scale) {
    if (each > 0) continue;
    refuse(node, fmt::format("scale = {}", each), "must be positive");
    return std::nullopt;
  }
  if (result.scale.size() > 1) {
    const auto rank = static_cast<int64_t>(scaled.dims.size());
    const int64_t given = Attributes(node).integer("axis", 1);
    const int64_t resolved = given < 0 ? given + rank : given;
    if (resolved < 0 || resolved >= rank ||
        scaled.dims[static_cast<size_t>(resolved)] != static_cast<int64_t>(result.scale.size())) {
      refuse(node, fmt::format("axis = {}, {} scales", given, result.scale.size()),
             "must be one scale per index of an axis of the constant");
      return std::nullopt;
    }
    result.axis = static_cast<size_t>(resolved);
  }
  for (size_t i = result.axis + 1; i < scaled.dims.size(); ++i) {
    result.inner *= static_cast<size_t>(scaled.dims[i]);
  }
  if (!has_input(node, 2)) return result;
  const Constant* zero = constant(node, 2);
  const bool all_zero =
      zero != nullptr &&
      std::visit(
          [](const auto& list) {
            return std::all_of(list.begin(), list.end(), [](auto value) { return value == 0; });
          },
          zero->values);
  if (all_zero) return result;
  refuse(node, "zero point of a constant", "must be a constant 0");
  return std::nullopt;
}

// Weights that the model stores in floating point, with both nodes behind them.
void Importer::quantize_constant(const onnx::NodeProto& node, const Constant& reals) {
  const auto scales = scales_of(node, reals);
  if (!scales) return;
  const Constant* zero = constant(node, 2);
  if (reals.floats() == nullptr || zero == nullptr ||
      !std::holds_alternative<std::vector<int8_t>>(zero->values)) {
    return refuse(node, "constant", "must be FLOAT, its zero point INT8");
  }
  std::vector<int8_t> codes;
  for (const float real : *reals.floats()) {
    const float code = std::nearbyint(real / scales->of(codes.size()));
    codes.push_back(static_cast<int8_t>(std::clamp(code, -128.0F, 127.0F)));
  }
  Constant result;
  result.dims = reals.dims;
  result.values = std::move(codes);
  constants_.emplace(node.output(0), std::move(result));
}

void Importer::dequantize_constant(const onnx::NodeProto& node, const Constant& codes) {
  const auto scales = scales_of(node, codes);
  if (!scales) return;
  Constant result;
  result.dims = codes.dims;
  const auto dequantize = [&](const auto& list) {
    std::vector<float> values(list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      values[i] = static_cast<float>(list[i]) * scales->of(i);
    }
    result.values = std::move(values);
  };
  if (const auto* s8 = std::get_if<std::vector<int8_t>>(&codes.values)) {
    dequantize(*s8);
    result.codes = *s8;
    result.scale = scales->scale;
    result.scale_axis = scales->axis;
  } else if (const auto* s32 = std::get_if<std::vector<int32_t>>(&codes.values)) {
    dequantize(*s32);  // a bias
  } else {
    return refuse(node, "constant", "must be INT8 (weights) or INT32 (biases)");
  }
  constants_.emplace(node.output(0), std::move(result));
}

}  // namespace sparq::net
