// SPDX-License-Identifier: Apache-2.0
// Everything a network computes beside its weighted layers, on one thread. All values are NHWC:
// `pixels` rows of `channels`, images one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/graph.h"

namespace sparq::net {

// clamp(RNE(x / scale), 0, max_code); a NaN gives 0.
void quantize(std::span<const float> x, float scale, int max_code, std::span<uint8_t> codes);

void affine(const Affine& op, std::span<const float> x, std::span<float> y);
void clip(const Clip& op, std::span<const float> x, std::span<float> y);
void add(std::span<const float> a, std::span<const float> b, std::span<float> y);
void fake_quantize(const FakeQuantize& op, std::span<const float> x, std::span<float> y);
void softmax(size_t channels, std::span<const float> x, std::span<float> y);

// The elements of every image in the order C, H, W, laid out again as `to`.
void reshape(const Shape& from, const Shape& to, size_t images, const float* x, float* y);

void pad(const Pad& op, const Shape& in, const Shape& out, size_t images, const float* x, float* y);

// Copies rows of `channels` into rows of `out_channels`, starting at `offset` within each.
template <class T>
void place_channels(size_t pixels, size_t channels, const T* x, size_t out_channels, size_t offset,
                    T* y);

// The largest value under each window; padding does not count. T is float or uint8_t.
template <class T>
void max_pool(const Window& window, const Shape& in, const Shape& out, size_t images, const T* x,
              T* y);

// The mean under each window. What a window reaches beyond the padding never counts; the padding
// itself does with Pool::count_padding.
void average_pool(const Pool& op, const Shape& in, const Shape& out, size_t images, const float* x,
                  float* y);

}  // namespace sparq::net
