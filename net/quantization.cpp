// SPDX-License-Identifier: Apache-2.0
#include "net/quantization.h"

#include <algorithm>
#include <cmath>

namespace sparq::net {

LayerQuantization quantize_layer(const Conv& conv, CodeScale input) {
  LayerQuantization layer;
  layer.input = input;
  layer.bias = conv.bias;
  layer.gain.assign(conv.bias.size(), 1.0F);
  if (conv.codes) {
    layer.weights = conv.codes->codes;
    layer.weight_scale = conv.codes->scale;
    return layer;
  }
  const size_t per_channel = conv.weights.size() / conv.bias.size();
  layer.weights.resize(conv.weights.size());
  for (size_t o = 0; o < conv.bias.size(); ++o) {
    const float* w = conv.weights.data() + o * per_channel;
    float peak = 0;
    for (size_t k = 0; k < per_channel; ++k) peak = std::max(peak, std::abs(w[k]));
    const float step = peak / 127.5F;
    // A dead channel's, whose sums in real units would leave the range of single precision.
    constexpr float kNothing = 1e-20F;
    const float scale = step > kNothing ? step : 1.0F;
    layer.weight_scale.push_back(scale);
    for (size_t k = 0; k < per_channel; ++k) {
      const float code = std::clamp(std::nearbyint(w[k] / scale), -128.0F, 127.0F);
      layer.weights[o * per_channel + k] = static_cast<int8_t>(code);
    }
  }
  return layer;
}

}  // namespace sparq::net
