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
    double peak = 0;
    for (size_t k = 0; k < per_channel; ++k) peak = std::max(peak, std::abs(double{w[k]}));
    layer.weight_scale.push_back(peak > 0 ? static_cast<float>(2 * peak / 255) : 1.0F);
    for (size_t k = 0; peak > 0 && k < per_channel; ++k) {
      const double code = std::nearbyint(255 * double{w[k]} / (2 * peak));
      layer.weights[o * per_channel + k] = static_cast<int8_t>(std::clamp(code, -128.0, 127.0));
    }
  }
  return layer;
}

}  // namespace sparq::net
