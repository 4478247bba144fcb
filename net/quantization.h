// SPDX-License-Identifier: Apache-2.0
// Post-training quantization: unsigned activations, symmetric weights per output channel.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/graph.h"

namespace sparq::net {

// How real activations become codes: q = clamp(RNE(x / scale), 0, max_code).
struct CodeScale {
  float scale = 1;
  int max_code = 255;
  bool operator==(const CodeScale&) const = default;
};

// What a weighted layer computes in integers:
// y[o] = bias[o] + gain[o] * input.scale * weight_scale[o] * (sum of code * weight code).
struct LayerQuantization {
  CodeScale input;
  std::vector<int8_t> weights;      // as Conv::weights
  std::vector<float> weight_scale;  // one per output channel, not 0
  std::vector<float> gain;          // one per output channel; 1 unless recalibrated
  std::vector<float> bias;          // one per output channel; the layer's own unless recalibrated
};

// By node; layers without one stay in floating point.
using Quantization = std::vector<std::optional<LayerQuantization>>;

// Weights as the paper has them: scale = 2 max|w| / 255 per output channel, RNE(w / scale) clamped
// to -128..127, all in single precision. The largest weight is a tie but for rounding: when it is
// negative its code is -128 or -127, as the division falls. A layer whose weights the model states
// as integers keeps those.
LayerQuantization quantize_layer(const Conv& conv, CodeScale input);

}  // namespace sparq::net
