// SPDX-License-Identifier: Apache-2.0
// Distributions of activations, and where to clip them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sparq::net {

// Positive elements in kBins equal bins of 0..most; zeros and negative elements are not counted.
using Histogram = std::vector<uint64_t>;
inline constexpr size_t kBins = 2048;

Histogram histogram(std::span<const float> elements, float most);
void add(Histogram& sum, const Histogram& addend);  // an empty sum is all zeros

// Each gives the best clip as a share of `most`, in (0, 1].
float percentile_clip(const Histogram& histogram);  // 99.99 % of the counted are not larger

// Kullback-Leibler divergence of the distribution clipped there, from itself at 256 levels.
// Source: Migacz, "8-bit inference with TensorRT", GTC 2017.
float kl_clip(const Histogram& histogram);

// Sum of |x - x^|^2.4 for 256 levels.
float lp_clip(const Histogram& histogram);

}  // namespace sparq::net
