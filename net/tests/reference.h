// SPDX-License-Identifier: Apache-2.0
// The slow way to compute layers, straight from ONNX's definitions, in NCHW and double. Shares
// nothing with the executor.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "golden/pair.h"
#include "net/graph.h"

namespace sparq::net::testing {

// One image, C x H x W.
struct Tensor {
  int64_t c = 0, h = 0, w = 0;
  std::vector<double> data;

  Tensor(int64_t channels, int64_t height, int64_t width)
      : c(channels), h(height), w(width), data(static_cast<size_t>(c * h * w)) {}
  double& at(int64_t i, int64_t y, int64_t x) {
    return data[static_cast<size_t>((i * h + y) * w + x)];
  }
  double at(int64_t i, int64_t y, int64_t x) const {
    return data[static_cast<size_t>((i * h + y) * w + x)];
  }
  bool inside(int64_t y, int64_t x) const { return y >= 0 && y < h && x >= 0 && x < w; }

  std::vector<float> nhwc() const {
    std::vector<float> result;
    for (int64_t y = 0; y < h; ++y) {
      for (int64_t x = 0; x < w; ++x) {
        for (int64_t i = 0; i < c; ++i) result.push_back(static_cast<float>(at(i, y, x)));
      }
    }
    return result;
  }
  static Tensor from_nhwc(int64_t c, int64_t h, int64_t w, const float* values) {
    Tensor result(c, h, w);
    for (int64_t y = 0; y < h; ++y) {
      for (int64_t x = 0; x < w; ++x) {
        for (int64_t i = 0; i < c; ++i) result.at(i, y, x) = *values++;
      }
    }
    return result;
  }
};

// Sum over the group's channels and the kernel of x * w, without the bias.
inline Tensor convolve(const Conv& conv, const Tensor& x, int64_t out_h, int64_t out_w,
                       const std::function<double(size_t)>& weight) {
  Tensor y(conv.out_channels, out_h, out_w);
  const auto& [kernel, stride, dilation, padding] = conv.window;
  const int64_t per_group = conv.out_channels / conv.groups;
  for (int64_t o = 0; o < conv.out_channels; ++o) {
    for (int64_t oy = 0; oy < out_h; ++oy) {
      for (int64_t ox = 0; ox < out_w; ++ox) {
        double sum = 0;
        for (int64_t i = 0; i < conv.group_channels(); ++i) {
          for (int64_t ky = 0; ky < kernel.h; ++ky) {
            for (int64_t kx = 0; kx < kernel.w; ++kx) {
              const int64_t iy = oy * stride.h - padding.top + ky * dilation.h;
              const int64_t ix = ox * stride.w - padding.left + kx * dilation.w;
              if (!x.inside(iy, ix)) continue;
              const int64_t index =
                  ((o * conv.group_channels() + i) * kernel.h + ky) * kernel.w + kx;
              sum += x.at(o / per_group * conv.group_channels() + i, iy, ix) *
                     weight(static_cast<size_t>(index));
            }
          }
        }
        y.at(o, oy, ox) = sum;
      }
    }
  }
  return y;
}

// x^ of codes 0..2^A-1: pairs are channels 0 and 1, 2 and 3, ... of a group, an odd end has a zero
// partner. By golden::pair_values, the reference of the pair rule.
inline Tensor encode(const Tensor& codes, int64_t group_channels, const spec::Format& format) {
  Tensor result = codes;
  for (int64_t y = 0; y < codes.h; ++y) {
    for (int64_t x = 0; x < codes.w; ++x) {
      for (int64_t first = 0; first < codes.c; first += group_channels) {
        for (int64_t i = first; i < first + group_channels; i += 2) {
          const bool has_partner = i + 1 < first + group_channels;
          const auto own = static_cast<uint32_t>(codes.at(i, y, x));
          const auto partner = has_partner ? static_cast<uint32_t>(codes.at(i + 1, y, x)) : 0U;
          const auto values = golden::pair_values(own, partner, format);
          result.at(i, y, x) = values[0];
          if (has_partner) result.at(i + 1, y, x) = values[1];
        }
      }
    }
  }
  return result;
}

}  // namespace sparq::net::testing
