// SPDX-License-Identifier: Apache-2.0
#include "net/calibration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include "net/executor.h"
#include "net/histogram.h"
#include "net/share_out.h"

namespace sparq::net {
namespace {

constexpr std::array<std::string_view, 5> kMethods = {"mean-of-maxima", "min-max", "percentile",
                                                      "kl", "lp"};

// Sees the inputs of all weighted layers, one image at a time, from several threads.
using See = std::function<void(size_t image, ValueId value, std::span<const float> elements)>;

void run_all(const Graph& graph, Images& images, const Preprocess& preprocess, int threads,
             const See& see, const std::function<void(size_t)>& progress) {
  std::vector<bool> watched(graph.values.size());
  for (const NodeId layer : weighted_layers(graph)) watched[graph.nodes[layer].inputs[0]] = true;
  const Quantization none(graph.nodes.size());
  const LayerFormats formats(graph.nodes.size());
  constexpr size_t kBatch = 4;
  const Executor executor(graph, none, {.batch = kBatch, .fusion = Fusion::kNone});
  const size_t elements = graph.shape(graph.input).elements();
  struct Worker {
    std::shared_ptr<Executor::Workspace> workspace;
    std::vector<float> images;
    std::vector<float> logits;
  };
  std::vector<Worker> workers(static_cast<size_t>(threads));
  for (Worker& worker : workers) {
    worker = {executor.make_workspace(), std::vector<float>(kBatch * elements),
              std::vector<float>(kBatch * graph.shape(graph.output).elements())};
  }
  share_out(
      images.count(), kBatch, threads,
      [&](int index, size_t first, size_t count) {
        Worker& worker = workers[static_cast<size_t>(index)];
        images.read(first, count, preprocess, worker.images);
        executor.run(*worker.workspace, worker.images, worker.logits, formats,
                     [&](ValueId value, std::span<float> all) {
                       if (!watched[value]) return;
                       const size_t size = all.size() / kBatch;
                       for (size_t i = 0; i < count; ++i) {
                         see(first + i, value, all.subspan(i * size, size));
                       }
                     });
      },
      progress);
}

}  // namespace

std::string_view to_text(CalibrationMethod method) {
  return kMethods.at(static_cast<size_t>(method));
}

std::optional<CalibrationMethod> calibration_method_from(std::string_view text) {
  const auto* found = std::find(kMethods.begin(), kMethods.end(), text);
  if (found == kMethods.end()) return std::nullopt;
  return static_cast<CalibrationMethod>(found - kMethods.begin());
}

std::set<NodeId> default_skip(const Graph& graph) {
  const std::vector<NodeId> layers = weighted_layers(graph);
  if (layers.empty()) return {};
  return {layers.front(), layers.back()};
}

spec::Checked<std::set<NodeId>> layers_by_name(const Graph& graph,
                                               const std::vector<std::string>& names,
                                               const std::string& where) {
  spec::Problems problems;
  std::set<NodeId> skip;
  std::vector<std::string> known;
  for (const NodeId layer : weighted_layers(graph)) known.push_back(graph.nodes[layer].name);
  for (const std::string& name : names) {
    bool found = false;
    for (const NodeId layer : weighted_layers(graph)) {
      if (graph.nodes[layer].name != name) continue;
      skip.insert(layer);
      found = true;
    }
    if (!found) {
      problems.push_back(
          {where, "layer", name, fmt::format("must be one of {}", fmt::join(known, ", "))});
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return skip;
}

Ranges calibrate(const Graph& graph, Images& images, const Preprocess& preprocess,
                 CalibrationMethod method, int threads, const Progress& progress) {
  const bool needs_histogram =
      method != CalibrationMethod::kMeanOfMaxima && method != CalibrationMethod::kMinMax;
  const size_t total = images.count() * (needs_histogram ? 2 : 1);
  const auto report = [&](size_t before) {
    return [&, before](size_t done) {
      if (progress) progress(before + done, total);
    };
  };
  Ranges ranges(graph.values.size());
  // Summed in the order of the images, so that the result does not depend on the threads.
  std::vector<std::vector<float>> maxima(graph.values.size());
  std::mutex mutex;
  run_all(
      graph, images, preprocess, threads,
      [&](size_t image, ValueId value, std::span<const float> elements) {
        const auto [low, high] = std::minmax_element(elements.begin(), elements.end());
        const std::lock_guard hold(mutex);
        maxima[value].resize(images.count());
        maxima[value][image] = *high;
        ranges[value].lowest = std::min(ranges[value].lowest, *low);
      },
      report(0));
  for (ValueId value = 0; value < ranges.size(); ++value) {
    if (maxima[value].empty()) continue;
    double sum = 0;
    float most = 0;
    for (const float maximum : maxima[value]) {
      sum += maximum;
      most = std::max(most, maximum);
    }
    ranges[value].clip = method == CalibrationMethod::kMeanOfMaxima
                             ? static_cast<float>(sum / static_cast<double>(images.count()))
                             : most;
  }
  if (!needs_histogram) return ranges;
  std::vector<Histogram> histograms(graph.values.size());
  run_all(
      graph, images, preprocess, threads,
      [&](size_t, ValueId value, std::span<const float> elements) {
        const Histogram one = histogram(elements, ranges[value].clip);
        const std::lock_guard hold(mutex);
        add(histograms[value], one);
      },
      report(images.count()));
  for (ValueId value = 0; value < ranges.size(); ++value) {
    if (ranges[value].clip <= 0) continue;
    const float share = method == CalibrationMethod::kPercentile
                            ? percentile_clip(histograms[value])
                        : method == CalibrationMethod::kKl ? kl_clip(histograms[value])
                                                           : lp_clip(histograms[value]);
    ranges[value].clip *= share;
  }
  return ranges;
}

spec::Checked<Quantization> quantize(const Graph& graph, const Ranges& ranges,
                                     const std::set<NodeId>& skip, int max_code,
                                     const std::string& where) {
  std::vector<const FakeQuantize*> made_by(graph.values.size());
  for (const Node& node : graph.nodes) {
    made_by[node.output] = std::get_if<FakeQuantize>(&node.op);
    const auto* pool = std::get_if<Pool>(&node.op);
    const auto* clip = std::get_if<Clip>(&node.op);
    const bool keeps_codes = std::holds_alternative<Reshape>(node.op) ||
                             (pool != nullptr && pool->kind == PoolKind::kMax) ||
                             (clip != nullptr && clip->low == 0 && std::isinf(clip->high));
    if (keeps_codes) made_by[node.output] = made_by[node.inputs[0]];
  }
  spec::Problems problems;
  std::vector<std::string> left_alone;  // a --skip that would do
  Quantization quantization(graph.nodes.size());
  for (const NodeId layer : weighted_layers(graph)) {
    const Node& node = graph.nodes[layer];
    if (skip.contains(layer)) {
      left_alone.push_back(node.name);
      continue;
    }
    const ValueId input = node.inputs[0];
    const auto refuse = [&](std::string value, std::string allowed) {
      const std::string& cause = made_by[input] != nullptr ? graph.source : where;
      problems.push_back({cause, fmt::format("input of layer \"{}\"", node.name), std::move(value),
                          std::move(allowed)});
      left_alone.push_back(node.name);
    };
    if (made_by[input] == nullptr && ranges.empty()) {
      refuse("", "is not quantized by the model; --calibration is required");
      continue;
    }
    const Range range = ranges.empty() ? Range{} : ranges[input];
    CodeScale scale{.scale = range.clip / static_cast<float>(max_code), .max_code = max_code};
    if (const FakeQuantize* model = made_by[input]) {
      if (model->zero != 0 || model->low != 0) {
        refuse(fmt::format("zero point {} of {}..{}", model->zero, model->low, model->high),
               "must be quantized to unsigned codes with zero point 0");
        continue;
      }
      scale.scale = model->scale * 255 / static_cast<float>(max_code);
    } else if (range.lowest < 0) {
      refuse(fmt::format("{}", range.lowest),
             "must not be negative: activations are unsigned, as behind a ReLU (negative ones are "
             "the signed extension, which eval does not cover)");
      continue;
    }
    if (!(scale.scale > 0) || !std::isfinite(scale.scale)) {
      refuse(fmt::format("{}", range.clip),
             "must be positive somewhere on the calibration images, and finite");
      continue;
    }
    quantization[layer] = quantize_layer(*graph.conv(layer), scale);
  }
  if (problems.empty()) return quantization;
  for (spec::Problem& problem : problems) {
    problem.allowed +=
        fmt::format("; or leave it in floating point: --skip {}", fmt::join(left_alone, ","));
  }
  return tl::unexpected(std::move(problems));
}

}  // namespace sparq::net
