// SPDX-License-Identifier: Apache-2.0
#include "net/onednn_conv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace sparq::net {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

dnnl::convolution_forward::primitive_desc describe(const dnnl::engine& engine, const Conv& conv,
                                                   const Shape& in, const Shape& out, size_t images,
                                                   const LayerQuantization* layer,
                                                   const Epilogue& epilogue) {
  const auto n = static_cast<int64_t>(images);
  const auto& [kernel, stride, dilation, padding] = conv.window;
  const memory::desc x({n, in.channels, in.height, in.width},
                       layer != nullptr ? Type::u8 : Type::f32, Tag::nhwc);
  const memory::desc y({n, out.channels, out.height, out.width},
                       epilogue.codes ? Type::u8 : Type::f32, Tag::nhwc);
  memory::dims shape = {conv.out_channels, conv.group_channels(), kernel.h, kernel.w};
  if (conv.groups > 1) {
    shape.front() /= conv.groups;
    shape.insert(shape.begin(), conv.groups);
  }
  const memory::desc weights(shape, layer != nullptr ? Type::s8 : Type::f32, Tag::any);
  const memory::desc bias({conv.out_channels}, Type::f32, Tag::x);

  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const float unit = epilogue.codes ? epilogue.codes->scale : 1.0F;
  if (layer != nullptr) {
    std::vector<float> factors = dequantization(*layer).factor;
    for (float& factor : factors) factor /= unit;
    attributes.set_output_scales(1 << 1, factors);
  }
  dnnl::post_ops behind;
  if (epilogue.residual) behind.append_sum(1.0F);
  if (epilogue.clip || epilogue.codes) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const Clip clip = epilogue.clip.value_or(Clip{.low = -kInfinity, .high = kInfinity});
    float low = clip.low / unit;
    float high = clip.high / unit;
    if (epilogue.codes) {
      low = std::max(low, 0.0F);
      high = std::min(high, static_cast<float>(epilogue.codes->max_code));
    }
    if (low == 0 && high == kInfinity) {
      behind.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0, 0);
    } else {
      constexpr float kMost = std::numeric_limits<float>::max();
      behind.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip, std::max(low, -kMost),
                            std::min(high, kMost));
    }
  }
  attributes.set_post_ops(behind);
  const dnnl::convolution_forward::desc operation(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x, weights, bias, y,
      {stride.h, stride.w}, {dilation.h - 1, dilation.w - 1}, {padding.top, padding.left},
      {padding.bottom, padding.right});
  return {operation, attributes, engine};
}

}  // namespace

Dequantization dequantization(const LayerQuantization& layer) {
  Dequantization result;
  for (size_t o = 0; o < layer.bias.size(); ++o) {
    const float factor = layer.gain[o] * layer.input.scale * layer.weight_scale[o];
    result.factor.push_back(factor);
    result.addend.push_back(layer.bias[o] / factor);
  }
  return result;
}

OneDnnConv::OneDnnConv(const dnnl::engine& engine, const Conv& conv, const Shape& in,
                       const Shape& out, size_t images, const LayerQuantization* layer,
                       const Epilogue& epilogue)
    : description_(describe(engine, conv, in, out, images, layer, epilogue)),
      primitive_(description_),
      weights_(description_.weights_desc(), engine),
      bias_(description_.bias_desc(), engine) {
  const Tag order = conv.groups > 1 ? Tag::goihw : Tag::oihw;
  const void* given = layer != nullptr ? static_cast<const void*>(layer->weights.data())
                                       : static_cast<const void*>(conv.weights.data());
  // oneDNN takes no pointer to const; a reorder does not write to its source.
  memory plain({description_.weights_desc().dims(), layer != nullptr ? Type::s8 : Type::f32, order},
               engine, const_cast<void*>(given));
  dnnl::stream stream(engine);
  dnnl::reorder(plain, weights_).execute(stream, plain, weights_);
  stream.wait();
  const std::vector<float> addend = layer != nullptr ? dequantization(*layer).addend : conv.bias;
  std::copy(addend.begin(), addend.end(), static_cast<float*>(bias_.get_data_handle()));
}

size_t OneDnnConv::scratch_bytes() const { return description_.scratchpad_desc().get_size(); }

bool OneDnnConv::is_slow() const {
  return std::string_view(description_.impl_info_str()).starts_with("ref");
}

void OneDnnConv::run(dnnl::stream& stream, const void* x, void* y, void* scratch) const {
  const dnnl::engine engine = description_.get_engine();
  const memory source(description_.src_desc(), engine, const_cast<void*>(x));  // only read
  const memory destination(description_.dst_desc(), engine, y);
  const memory room(description_.scratchpad_desc(), engine, scratch);
  primitive_.execute(stream, {{DNNL_ARG_SRC, source},
                              {DNNL_ARG_WEIGHTS, weights_},
                              {DNNL_ARG_BIAS, bias_},
                              {DNNL_ARG_DST, destination},
                              {DNNL_ARG_SCRATCHPAD, room}});
  stream.wait();
}

}  // namespace sparq::net
