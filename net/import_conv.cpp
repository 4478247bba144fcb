// SPDX-License-Identifier: Apache-2.0
// Import of operators with weights or windows.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "net/importer.h"

namespace sparq::net {
namespace {

// One spatial axis of a window.
int64_t reach(int64_t kernel, int64_t dilation) { return (kernel - 1) * dilation + 1; }

int64_t padding_for_same(int64_t size, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t out = (size + stride - 1) / stride;
  return std::max<int64_t>(0, (out - 1) * stride + reach(kernel, dilation) - size);
}

// Windows along one axis. With `ceil` a last window may reach beyond the padding, but not start
// there.
int64_t count_windows(int64_t size, int64_t kernel, int64_t stride, int64_t dilation,
                      int64_t before, int64_t after, bool ceil) {
  const int64_t room = size + before + after - reach(kernel, dilation);
  if (room < 0) return 0;
  int64_t count = room / stride + 1;
  if (ceil && room % stride != 0 && count * stride < size + before) ++count;
  return count;
}

}  // namespace

std::optional<Window> Importer::window(const onnx::NodeProto& node, const Shape& in,
                                       Extent kernel) {
  const Attributes attributes(node);
  Window result{.kernel = kernel, .stride = {}, .dilation = {}, .padding = {}};
  bool good = true;
  const auto read = [&](const char* name, size_t count, int64_t least, int64_t most) {
    auto list = attributes.integers(name);
    if (!list) return list;
    const bool in_range =
        std::all_of(list->begin(), list->end(), [&](int64_t v) { return v >= least && v <= most; });
    if (list->size() != count || !in_range) {
      refuse(node, fmt::format("{} = [{}]", name, fmt::join(*list, ", ")),
             fmt::format("must be {} numbers of {}..{}", count, least, most));
      good = false;
    }
    return list;
  };
  constexpr int64_t kMost = 1 << 16;
  const auto shape = read("kernel_shape", 2, 1, kMost);
  const auto strides = read("strides", 2, 1, kMost);
  const auto dilations = read("dilations", 2, 1, kMost);
  const auto pads = read("pads", 4, 0, kMost);
  if (!good) return std::nullopt;
  if (shape && kernel.h != 0 && Extent{(*shape)[0], (*shape)[1]} != kernel) {
    refuse(node, fmt::format("kernel_shape = [{}]", fmt::join(*shape, ", ")),
           fmt::format("must be [{}, {}], as the weights are", kernel.h, kernel.w));
    return std::nullopt;
  }
  if (shape) result.kernel = {(*shape)[0], (*shape)[1]};
  if (strides) result.stride = {(*strides)[0], (*strides)[1]};
  if (dilations) result.dilation = {(*dilations)[0], (*dilations)[1]};
  if (pads) result.padding = {(*pads)[0], (*pads)[1], (*pads)[2], (*pads)[3]};

  const std::string automatic = attributes.text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const int64_t odd = automatic == "SAME_LOWER" ? 1 : 0;  // where the odd one goes: first
    const int64_t h =
        padding_for_same(in.height, result.kernel.h, result.stride.h, result.dilation.h);
    const int64_t w =
        padding_for_same(in.width, result.kernel.w, result.stride.w, result.dilation.w);
    result.padding = {(h + odd) / 2, (w + odd) / 2, h - (h + odd) / 2, w - (w + odd) / 2};
  } else if (automatic == "VALID") {
    result.padding = {};
  } else if (automatic != "NOTSET") {
    refuse(node, "auto_pad = " + automatic, "must be NOTSET, VALID, SAME_UPPER or SAME_LOWER");
    return std::nullopt;
  }
  return result;
}

std::optional<Extent> Importer::output_size(const onnx::NodeProto& node, const Shape& in,
                                            const Window& window, bool ceil) {
  const auto& [kernel, stride, dilation, padding] = window;
  const Extent out{
      count_windows(in.height, kernel.h, stride.h, dilation.h, padding.top, padding.bottom, ceil),
      count_windows(in.width, kernel.w, stride.w, dilation.w, padding.left, padding.right, ceil)};
  if (out.h < 1 || out.w < 1) {
    refuse(node, fmt::format("kernel {}x{} on {}x{}", kernel.h, kernel.w, in.height, in.width),
           "must fit into the padded input");
    return std::nullopt;
  }
  return out;
}

bool Importer::matching_input(const onnx::NodeProto& node, int64_t weights, int64_t input) {
  if (weights == input) return true;
  refuse(node, fmt::format("weights for {} inputs", weights),
         fmt::format("must match the {} that arrive", input));
  return false;
}

std::optional<WeightCodes> Importer::codes_of(const Constant& weights, size_t out_axis) const {
  if (weights.codes.empty()) return std::nullopt;
  const auto outputs = static_cast<size_t>(weights.dims[out_axis]);
  if (weights.scale.size() == 1) {
    return WeightCodes{weights.codes, std::vector<float>(outputs, weights.scale[0])};
  }
  if (weights.scale_axis != out_axis) return std::nullopt;
  return WeightCodes{weights.codes, weights.scale};
}

void Importer::conv(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kImage);
  if (input == nullptr) return;
  const Shape& in = graph_.shape(*input);
  const Constant* weights = constant(node, 1);
  if (weights == nullptr || weights->floats() == nullptr || weights->dims.size() != 4) {
    return refuse(node, "weights", "must be a FLOAT constant of rank 4; only 2-D is supported");
  }
  const auto& dims = weights->dims;
  Conv op{.out_channels = dims[0],
          .in_channels = in.channels,
          .groups = Attributes(node).integer("group", 1),
          .window = {},
          .weights = *weights->floats(),
          .bias = {},
          .codes = codes_of(*weights, 0),
          .normalized = {}};
  if (op.groups < 1 || op.out_channels < 1 || op.out_channels % op.groups != 0 ||
      in.channels % op.groups != 0) {
    return refuse(node, fmt::format("group = {}", op.groups),
                  fmt::format("must divide the {} input and {} output channels", in.channels,
                              op.out_channels));
  }
  if (!matching_input(node, dims[1] * op.groups, in.channels)) return;
  if (dims[2] < 1 || dims[3] < 1) {
    return refuse(node, fmt::format("weights of shape {}", fmt::join(dims, "x")),
                  "must not be empty");
  }
  const auto found = window(node, in, {dims[2], dims[3]});
  if (!found) return;
  op.window = *found;
  const auto size = output_size(node, in, op.window, false);
  if (!size) return;
  op.bias.assign(static_cast<size_t>(op.out_channels), 0);
  if (has_input(node, 2)) {
    const auto* bias = floats(node, 2, op.bias.size());
    if (bias == nullptr) return;
    op.bias = *bias;
  }
  const Shape out{.channels = op.out_channels, .height = size->h, .width = size->w};
  add_node(node, std::move(op), {*input}, out);
}

void Importer::dense(const onnx::NodeProto& node, ValueId input, const Constant& weights,
                     bool transposed, float alpha, std::vector<float> bias) {
  if (weights.elements() == 0) {
    return refuse(node, fmt::format("weights of shape {}", fmt::join(weights.dims, "x")),
                  "must not be empty");
  }
  const auto inputs = static_cast<size_t>(weights.dims[transposed ? 1 : 0]);
  const auto outputs = static_cast<size_t>(weights.dims[transposed ? 0 : 1]);
  const auto rows_of = [&](const auto& list) {  // outputs x inputs
    auto rows = list;
    if (transposed) return rows;
    for (size_t o = 0; o < outputs; ++o) {
      for (size_t i = 0; i < inputs; ++i) rows[o * inputs + i] = list[i * outputs + o];
    }
    return rows;
  };
  Conv op{.out_channels = static_cast<int64_t>(outputs),
          .in_channels = static_cast<int64_t>(inputs),
          .groups = 1,
          .window = {},
          .weights = rows_of(*weights.floats()),
          .bias = std::move(bias),
          .codes = codes_of(weights, transposed ? 0 : 1),
          .normalized = {}};
  for (float& w : op.weights) w *= alpha;
  if (op.codes) {
    op.codes->codes = rows_of(op.codes->codes);
    for (float& scale : op.codes->scale) scale *= alpha;
  }
  const Shape out{.channels = op.out_channels, .is_vector = true};
  add_node(node, std::move(op), {input}, out);
}

void Importer::gemm(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kVector);
  if (input == nullptr) return;
  const Attributes attributes(node);
  if (attributes.integer("transA", 0) != 0) return refuse(node, "transA = 1", "must be 0");
  const Constant* weights = constant(node, 1);
  if (weights == nullptr || weights->floats() == nullptr || weights->dims.size() != 2) {
    return refuse(node, "weights", "must be a FLOAT constant of rank 2");
  }
  const bool transposed = attributes.integer("transB", 0) != 0;
  if (!matching_input(node, weights->dims[transposed ? 1 : 0], graph_.shape(*input).channels)) {
    return;
  }
  const auto outputs = static_cast<size_t>(weights->dims[transposed ? 0 : 1]);
  std::vector<float> bias(outputs, 0);
  if (has_input(node, 2)) {
    const Constant* addend = constant(node, 2);
    const bool is_scalar = addend != nullptr && addend->elements() == 1;
    const auto* values = floats(node, 2, is_scalar ? 1 : outputs);
    if (values == nullptr) return;
    if (!is_scalar && addend->dims.back() != static_cast<int64_t>(outputs)) {
      return refuse(node, fmt::format("addend of shape {}", fmt::join(addend->dims, "x")),
                    "must be one number per output");
    }
    const float beta = attributes.real("beta", 1);
    for (size_t o = 0; o < outputs; ++o) bias[o] = beta * (*values)[is_scalar ? 0 : o];
  }
  dense(node, *input, *weights, transposed, attributes.real("alpha", 1), std::move(bias));
}

void Importer::mat_mul(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kVector);
  if (input == nullptr) return;
  const Constant* weights = constant(node, 1);
  if (weights == nullptr || weights->floats() == nullptr || weights->dims.size() != 2) {
    return refuse(node, "second factor", "must be a FLOAT constant of rank 2");
  }
  if (!matching_input(node, weights->dims[0], graph_.shape(*input).channels)) return;
  dense(node, *input, *weights, false, 1,
        std::vector<float>(static_cast<size_t>(weights->dims[1]), 0));
}

void Importer::pool(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kImage);
  if (input == nullptr) return;
  const Attributes attributes(node);
  const Shape in = graph_.shape(*input);
  Pool op{.kind = node.op_type() == "MaxPool" ? PoolKind::kMax : PoolKind::kAverage,
          .window = {},
          .count_padding = attributes.integer("count_include_pad", 0) != 0};
  if (attributes.integer("storage_order", 0) != 0) {
    return refuse(node, "storage_order = 1", "must be 0");
  }
  const auto found = window(node, in, {0, 0});
  if (!found) return;
  op.window = *found;
  const auto& [kernel, stride, dilation, padding] = op.window;
  if (std::max(padding.top, padding.bottom) >= reach(kernel.h, dilation.h) ||
      std::max(padding.left, padding.right) >= reach(kernel.w, dilation.w)) {
    return refuse(node,
                  fmt::format("pads = [{}, {}, {}, {}]", padding.top, padding.left, padding.bottom,
                              padding.right),
                  "must be smaller than the kernel");
  }
  const auto size = output_size(node, in, op.window, attributes.integer("ceil_mode", 0) != 0);
  if (!size) return;
  add_node(node, op, {*input}, {.channels = in.channels, .height = size->h, .width = size->w});
}

void Importer::global_average_pool(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kImage);
  if (input == nullptr) return;
  const Shape in = graph_.shape(*input);
  const Pool op{
      .kind = PoolKind::kAverage,
      .window = {.kernel = {in.height, in.width}, .stride = {}, .dilation = {}, .padding = {}},
      .count_padding = false};
  add_node(node, op, {*input}, {.channels = in.channels});
}

void Importer::batch_normalization(const onnx::NodeProto& node) {
  const ValueId* input = data(node, Rank::kAny);
  if (input == nullptr) return;
  const Attributes attributes(node);
  if (attributes.integer("training_mode", 0) != 0) {
    return refuse(node, "training_mode = 1", "must be 0");
  }
  const Shape in = graph_.shape(*input);
  const auto channels = static_cast<size_t>(in.channels);
  const auto* gamma = floats(node, 1, channels);
  const auto* beta = floats(node, 2, channels);
  const auto* mean = floats(node, 3, channels);
  const auto* variance = floats(node, 4, channels);
  if (gamma == nullptr || beta == nullptr || mean == nullptr || variance == nullptr) return;
  Affine op{.scale = {}, .shift = {}, .normalized = Moments{}};
  for (size_t c = 0; c < channels; ++c) {
    const double spread = (*variance)[c] + attributes.real("epsilon", 1e-5F);
    if (spread <= 0) {
      return refuse(node, fmt::format("variance[{}] = {}", c, (*variance)[c]),
                    "plus epsilon must be positive");
    }
    const double scale = (*gamma)[c] / std::sqrt(spread);
    op.scale.push_back(static_cast<float>(scale));
    op.shift.push_back(static_cast<float>((*beta)[c] - scale * (*mean)[c]));
    op.normalized->mean.push_back((*beta)[c]);
    op.normalized->deviation.push_back(std::abs((*gamma)[c]));
  }
  add_node(node, std::move(op), {*input}, in);
}

}  // namespace sparq::net
