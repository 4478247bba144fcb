// SPDX-License-Identifier: Apache-2.0
#include "app/eval_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/import.h"
#include "net/layer_formats.h"

namespace sparq::app {
namespace {

constexpr const char* kWhere = "command line";

// What this command cannot evaluate of what is legal elsewhere.
void check_config(const spec::Config& config, spec::Problems& problems) {
  if (config.format.activation_bits > 8 || config.format.signed_activations) {
    problems.push_back({kWhere, "format", spec::full_name(config.format),
                        "must have unsigned activations of at most 8 bits"});
  }
  if (config.weight_bits != 8 || config.accumulator_bits > 32) {
    problems.push_back({kWhere, "--config",
                        fmt::format("weight_bits = {}, accumulator_bits = {}", config.weight_bits,
                                    config.accumulator_bits),
                        "must be 8 and at most 32"});
  }
}

std::optional<size_t> image_limit(const EvalOptions& options, spec::Problems& problems) {
  if (!options.limit) return std::nullopt;
  const auto limit = parse_integer<size_t>(*options.limit);
  if (limit && *limit > 0) return limit;
  problems.push_back({kWhere, "--limit", *options.limit, "must be an integer of at least 1"});
  return std::nullopt;
}

net::CalibrationMethod method_of(const EvalOptions& options, spec::Problems& problems) {
  const auto method = net::calibration_method_from(options.method);
  if (!method) {
    problems.push_back({kWhere, "--calibration-method", options.method,
                        "must be mean-of-maxima, min-max, percentile, kl or lp"});
  }
  return method.value_or(net::CalibrationMethod::kMeanOfMaxima);
}

void check_flags(const EvalOptions& options, spec::Problems& problems) {
  if (!options.on_rtl() && options.engine != "fast") {
    problems.push_back({kWhere, "--engine", options.engine, "must be fast or rtl"});
  }
  if (options.rtl_layers && !options.on_rtl()) {
    problems.push_back({kWhere, "--layers", "", "chooses layers for --engine rtl"});
  }
  if (options.sweep && (options.config || !options.format.given().empty() || options.on_rtl())) {
    problems.push_back({kWhere, "--sweep", "",
                        "evaluates all named formats; cannot be combined with format flags, "
                        "--config or --engine rtl"});
  }
  if (options.recalibrate && options.calibration.empty()) {
    problems.push_back({kWhere, "--recalibrate", "", "needs --calibration"});
  }
}

// The files of images, labels and preprocessing. Without a network, whatever of them does not
// depend on it.
void open_files(const EvalOptions& options, const net::Shape* input, std::optional<int64_t> classes,
                EvalInputs& inputs, spec::Problems& problems) {
  const auto open = [&](const std::string& path, std::optional<net::Images>& images) {
    auto opened = net::Images::open(path, input);
    if (collect(opened, problems)) images = *std::move(opened);
  };
  open(options.images, inputs.images);
  if (!options.calibration.empty()) {
    open(options.calibration, inputs.calibration);
    if (inputs.calibration && inputs.calibration->is_black()) {
      problems.push_back({options.calibration, "", "", "must not be zero everywhere"});
    }
  }
  const std::optional<int64_t> channels =
      input != nullptr ? std::optional(input->channels) : std::nullopt;
  if (!options.preprocess.empty()) {
    const auto given = net::load_preprocess(options.preprocess, channels);
    if (collect(given, problems)) inputs.preprocess = *given;
  } else if (channels) {
    inputs.preprocess = net::default_preprocess(*channels);
  }
  const std::optional<size_t> count =
      inputs.images ? std::optional(inputs.images->count()) : std::nullopt;
  auto labels = net::load_labels(options.labels, count, classes);
  if (collect(labels, problems)) inputs.labels = *std::move(labels);
}

// The layers that flags and maps name.
void choose_layers(const EvalOptions& options, EvalInputs& inputs, spec::Problems& problems) {
  inputs.skip = net::default_skip(inputs.graph);
  if (options.skip) {
    const bool none = *options.skip == std::vector<std::string>{"none"};
    const auto skip = net::layers_by_name(
        inputs.graph, none ? std::vector<std::string>{} : *options.skip, "--skip");
    if (collect(skip, problems)) inputs.skip = *skip;
  }
  const auto layers = net::weighted_layers(inputs.graph);
  std::vector<net::NodeId> quantized;
  std::copy_if(layers.begin(), layers.end(), std::back_inserter(quantized),
               [&](net::NodeId layer) { return !inputs.skip.contains(layer); });
  if (quantized.empty()) {
    problems.push_back({options.model, "", fmt::format("{} layers with weights", layers.size()),
                        "must have one that is not skipped (--skip)"});
  }
  inputs.rtl_layers = {quantized.begin(), quantized.end()};
  if (options.rtl_layers) {
    const auto chosen = net::layers_by_name(inputs.graph, *options.rtl_layers, "--layers");
    if (collect(chosen, problems)) inputs.rtl_layers = *chosen;
    for (const net::NodeId layer : inputs.rtl_layers) {
      if (!inputs.skip.contains(layer)) continue;
      problems.push_back({kWhere, "--layers", inputs.graph.nodes[layer].name,
                          "is skipped and stays in floating point"});
    }
  }
  if (!options.layer_formats.empty()) {
    const auto formats = net::load_layer_formats(options.layer_formats, inputs.graph, inputs.skip,
                                                 inputs.config.format.activation_bits);
    if (collect(formats, problems)) inputs.layer_formats = *formats;
  }
}

}  // namespace

spec::Checked<EvalInputs> load_inputs(const EvalOptions& options) {
  EvalInputs inputs;
  spec::Problems problems;
  check_flags(options, problems);
  const auto limit = image_limit(options, problems);
  inputs.method = method_of(options, problems);
  auto config = resolve(options.format, options.config);
  if (collect(config, problems)) {
    check_config(*config, problems);
    inputs.config = *std::move(config);
    inputs.sparse24 =
        options.sparse24 || inputs.config.array.kind == spec::ArrayKind::kSparseTensorCore;
  }
  auto graph = net::load_onnx(options.model);
  if (collect(graph, problems)) {
    inputs.graph = *std::move(graph);
    if (options.calibration.empty() && !net::is_quantized(inputs.graph)) {
      problems.push_back({kWhere, "--calibration", "", "is required: ranges are measured there"});
    }
    open_files(options, &inputs.graph.shape(inputs.graph.input),
               inputs.graph.shape(inputs.graph.output).channels, inputs, problems);
    choose_layers(options, inputs, problems);
  } else {
    open_files(options, nullptr, std::nullopt, inputs, problems);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  if (limit) inputs.images->keep_first(*limit);
  inputs.labels.resize(inputs.images->count());
  return inputs;
}

}  // namespace sparq::app
