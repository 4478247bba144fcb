// SPDX-License-Identifier: Apache-2.0
// Ranges of activations, measured on calibration images in floating point.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "golden/spec/problem.h"
#include "net/graph.h"
#include "net/images.h"
#include "net/quantization.h"

namespace sparq::net {

// What the largest code stands for.
enum class CalibrationMethod {
  kMeanOfMaxima,  // mean over images of the per-image maximum (the paper's)
  kMinMax,        // maximum over all images
  kPercentile,    // 99.99 % of the positive activations are not larger
  kKl,            // least Kullback-Leibler divergence of the clipped histogram's quantization
  kLp,            // least sum of |x - x^|^2.4 over the histogram
};

std::string_view to_text(CalibrationMethod method);  // "mean-of-maxima", "min-max", ...
std::optional<CalibrationMethod> calibration_method_from(std::string_view text);

// Ranges by value; only those that weighted layers read are known.
struct Range {
  float lowest = 0;
  float clip = 0;  // the largest code's value; > 0 when known
};
using Ranges = std::vector<Range>;

using Progress = std::function<void(size_t done, size_t total)>;

// The layers that are quantized unless the user says otherwise: all but the first convolution and
// the last layer, the classifier.
std::set<NodeId> default_skip(const Graph& graph);

// The layers of these names; unknown ones are problems of `where`.
spec::Checked<std::set<NodeId>> layers_by_name(const Graph& graph,
                                               const std::vector<std::string>& names,
                                               const std::string& where);

// Runs all images. Needs at least one.
Ranges calibrate(const Graph& graph, Images& images, const Preprocess& preprocess,
                 CalibrationMethod method, int threads, const Progress& progress = {});

// Quantizes all layers that are not skipped, activations to 0..max_code. Problems: a layer whose
// input was negative, or always zero, on the calibration images; a quantized model whose scales do
// not suit. Ranges of a layer behind a QuantizeLinear are the model's own; without any other layer
// `ranges` may be empty. `where` names the calibration file.
spec::Checked<Quantization> quantize(const Graph& graph, const Ranges& ranges,
                                     const std::set<NodeId>& skip, int max_code,
                                     const std::string& where);

}  // namespace sparq::net
