// SPDX-License-Identifier: Apache-2.0
#include "net/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace sparq::net {
namespace {

constexpr size_t kLevels = 256;

float share(size_t bins) { return static_cast<float>(bins) / static_cast<float>(kBins); }

// The number of bins, kLevels..kBins, that costs least.
template <class Cost>
float cheapest(const Cost& cost) {
  double best = std::numeric_limits<double>::infinity();
  size_t chosen = kBins;
  constexpr size_t kStride = 8;
  for (size_t bins = kBins; bins >= kLevels; bins -= kStride) {
    const double value = cost(bins);
    if (value >= best) continue;
    best = value;
    chosen = bins;
  }
  return share(chosen);
}

double divergence(const Histogram& histogram, size_t bins) {
  // The reference: clipped, what lies beyond counted in the last bin.
  std::vector<double> reference(histogram.begin(),
                                histogram.begin() + static_cast<ptrdiff_t>(bins));
  reference.back() +=
      std::accumulate(histogram.begin() + static_cast<ptrdiff_t>(bins), histogram.end(), 0.0);
  // The candidate: at every level the counts are spread over the bins that had any.
  std::vector<double> candidate(bins, 0);
  for (size_t level = 0; level < kLevels; ++level) {
    const size_t first = level * bins / kLevels;
    const size_t end = (level + 1) * bins / kLevels;
    double sum = 0;
    double used = 0;
    for (size_t i = first; i < end; ++i) {
      sum += static_cast<double>(histogram[i]);
      used += histogram[i] > 0 ? 1 : 0;
    }
    for (size_t i = first; i < end; ++i) {
      if (histogram[i] > 0) candidate[i] = sum / used;
    }
  }
  const double all = std::accumulate(reference.begin(), reference.end(), 0.0);
  const double kept = std::accumulate(candidate.begin(), candidate.end(), 0.0);
  if (all == 0 || kept == 0) return std::numeric_limits<double>::infinity();
  constexpr double kTiny = 1e-9;  // for bins that only the reference has
  double sum = 0;
  for (size_t i = 0; i < bins; ++i) {
    if (reference[i] == 0) continue;
    const double p = reference[i] / all;
    sum += p * std::log(p / std::max(candidate[i] / kept, kTiny));
  }
  return sum;
}

double power_error(const Histogram& histogram, size_t bins) {
  constexpr double kPower = 2.4;
  const double step = static_cast<double>(bins) / (kLevels - 1);
  double sum = 0;
  for (size_t i = 0; i < kBins; ++i) {
    if (histogram[i] == 0) continue;
    const double x = static_cast<double>(i) + 0.5;
    const double code = std::min(std::nearbyint(x / step), double{kLevels - 1});
    sum += static_cast<double>(histogram[i]) * std::pow(std::abs(x - code * step), kPower);
  }
  return sum;
}

}  // namespace

Histogram histogram(std::span<const float> elements, float most) {
  Histogram result(kBins, 0);
  if (most <= 0) return result;
  const float per_unit = static_cast<float>(kBins) / most;
  for (const float x : elements) {
    if (x > 0) ++result[std::min(static_cast<size_t>(x * per_unit), kBins - 1)];
  }
  return result;
}

void add(Histogram& sum, const Histogram& addend) {
  sum.resize(kBins);
  for (size_t i = 0; i < kBins; ++i) sum[i] += addend[i];
}

float percentile_clip(const Histogram& histogram) {
  constexpr double kShare = 0.9999;
  const double all = std::accumulate(histogram.begin(), histogram.end(), 0.0);
  double sum = 0;
  for (size_t i = 0; i < kBins; ++i) {
    sum += static_cast<double>(histogram[i]);
    if (sum >= kShare * all) return share(i + 1);
  }
  return 1;
}

float kl_clip(const Histogram& histogram) {
  return cheapest([&](size_t bins) { return divergence(histogram, bins); });
}

float lp_clip(const Histogram& histogram) {
  return cheapest([&](size_t bins) { return power_error(histogram, bins); });
}

}  // namespace sparq::net
