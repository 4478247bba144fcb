// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "app/eval_report.h"
#include "synth/axes_plot.h"

namespace sparq::app {

std::string accuracy_svg(const EvalReport& report) {
  std::vector<synth::Series> all;
  for (size_t i = 0; i < report.scores.size(); ++i) {
    const net::Score& score = report.scores[i];
    if (report.bits[i] > 8) continue;  // floating point
    all.push_back({score.name,
                   {{static_cast<double>(report.bits[i]),
                     100 * static_cast<double>(score.top1) / static_cast<double>(score.images)}}});
  }
  return synth::axes_svg(
      {"Top-1 accuracy against the bits of an activation window", "bits", "top-1 %", 2}, all);
}

std::string noise_svg(const EvalReport& report) {
  std::vector<synth::Series> all;
  for (const LayerRow& row : report.layers) {
    if (all.empty() || all.back().name != row.result) all.push_back({row.result, {}});
    const double sqnr = net::sqnr_db(row.statistics.output_signal, row.statistics.output_noise);
    const auto index = static_cast<double>(all.back().points.size() + 1);
    if (std::isfinite(sqnr)) all.back().points.push_back({index, sqnr});
  }
  return synth::axes_svg(
      {"Signal to quantization noise of every layer's output", "layer, in order", "dB", 5}, all);
}

}  // namespace sparq::app
