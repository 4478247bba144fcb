// SPDX-License-Identifier: Apache-2.0
// sparq eval: what a number format costs a trained network in accuracy, and gains in cycles.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "app/eval_report.h"
#include "app/eval_rtl.h"
#include "app/format_flags.h"
#include "app/subcommands.h"
#include "golden/spec/config_json.h"
#include "golden/spec/signature.h"
#include "net/import.h"
#include "net/latency.h"
#include "net/layer_formats.h"
#include "net/modes.h"

namespace sparq::app {
namespace {

constexpr const char* kWhere = "command line";
constexpr const char* kFooter = R"(Images: u8, N x H x W x C. Labels: one class index per image.
Preprocessing: {"order": "RGB" or "BGR", "scale", "mean", "std"}, x = (u8 * scale - mean) / std per
channel in that order; without it x = u8 / 255. The first convolution and the last layer stay in
floating point unless --skip names others. SQNR is that of the logits against floating point.
With --engine rtl the layers' GEMMs also run on the emitted array; every accumulator is compared with
the golden model's and every cycle count with the predicted one (exit status 1 when one differs).
docs/networks.md says what is measured, and how.

Examples:
  sparq eval examples/digits/digits.onnx --images examples/digits/test_images.npy \
    --labels examples/digits/test_labels.npy --calibration examples/digits/calibration_images.npy \
    --preprocess examples/digits/digits.pre.json --sweep --json digits.json
  sparq eval NET.onnx --images X.npy --labels Y.npy --calibration C.npy --placements 3opt \
    --engine rtl --limit 2)";

struct Options {
  CommonFlags common;
  FormatFlags format;
  std::optional<std::string> config;
  std::string model;
  std::string images;
  std::string labels;
  std::string calibration;
  std::string method;
  std::string preprocess;
  std::optional<std::vector<std::string>> skip;
  std::string layer_formats;
  std::string engine;
  std::optional<std::vector<std::string>> rtl_layers;
  std::optional<std::string> limit;
  std::string output;
  bool sweep = false;
  bool recalibrate = false;
  bool sparse24 = false;
};

struct Inputs {
  net::Graph graph;
  std::optional<net::Images> images;
  std::optional<net::Images> calibration;
  std::vector<int64_t> labels;
  net::Preprocess preprocess;
  std::set<net::NodeId> skip;
  std::set<net::NodeId> rtl_layers;
  std::map<net::NodeId, spec::Format> layer_formats;
};

// The model and everything that is checked against it.
spec::Checked<Inputs> load(const Options& options, const spec::Format& format) {
  Inputs inputs;
  auto graph = net::load_onnx(options.model);
  if (!graph) return tl::unexpected(graph.error());
  inputs.graph = *std::move(graph);
  spec::Problems problems;
  const net::Shape& shape = inputs.graph.shape(inputs.graph.input);
  const auto open = [&](const std::string& path, std::optional<net::Images>& images) {
    auto opened = net::Images::open(path, shape);
    if (collect(opened, problems)) images = *std::move(opened);
  };
  open(options.images, inputs.images);
  if (!options.calibration.empty()) {
    open(options.calibration, inputs.calibration);
    if (inputs.calibration && inputs.calibration->is_black()) {
      problems.push_back({options.calibration, "", "", "must not be zero everywhere"});
    }
  } else if (!net::is_quantized(inputs.graph)) {
    problems.push_back({kWhere, "--calibration", "", "is required: ranges are measured there"});
  }
  inputs.preprocess = net::default_preprocess(shape.channels);
  if (!options.preprocess.empty()) {
    const auto given = net::load_preprocess(options.preprocess, shape.channels);
    if (collect(given, problems)) inputs.preprocess = *given;
  }
  if (inputs.images) {
    const auto classes = inputs.graph.shape(inputs.graph.output).channels;
    auto labels = net::load_labels(options.labels, inputs.images->count(), classes);
    if (collect(labels, problems)) inputs.labels = *std::move(labels);
  }
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
                        "must have one that is not skipped"});
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
                                                 format.activation_bits);
    if (collect(formats, problems)) inputs.layer_formats = *formats;
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return inputs;
}

// What this command cannot evaluate of what is legal elsewhere.
void check_config(const spec::Config& config, spec::Problems& problems) {
  if (config.format.activation_bits > 8 || config.format.signed_activations) {
    problems.push_back({kWhere, "format", spec::full_name(config.format),
                        "must have unsigned activations of at most 8 bits"});
  }
  if (!net::can_predict(config)) {
    problems.push_back({kWhere, "--config", std::string(spec::to_text(config.array.kind)),
                        "must be an output-stationary systolic array"});
  }
  if (config.weight_bits != 8 || config.accumulator_bits > 32) {
    problems.push_back({kWhere, "--config",
                        fmt::format("weight_bits = {}, accumulator_bits = {}", config.weight_bits,
                                    config.accumulator_bits),
                        "must be 8 and at most 32"});
  }
}

std::optional<size_t> image_limit(const Options& options, spec::Problems& problems) {
  if (!options.limit) return std::nullopt;
  const auto limit = parse_integer<size_t>(*options.limit);
  if (limit && *limit > 0) return limit;
  problems.push_back({kWhere, "--limit", *options.limit, "must be an integer of at least 1"});
  return std::nullopt;
}

net::CalibrationMethod method_of(const Options& options, spec::Problems& problems) {
  const auto method = net::calibration_method_from(options.method);
  if (!method) {
    problems.push_back({kWhere, "--calibration-method", options.method,
                        "must be mean-of-maxima, min-max, percentile, kl or lp"});
  }
  return method.value_or(net::CalibrationMethod::kMeanOfMaxima);
}

spec::Format int8_format(int bits) {
  return {.kind = spec::Kind::kInt8,
          .activation_bits = bits,
          .window_bits = bits,
          .placements = {},
          .vsparq = false};
}

// One row per quantized layer of the mode, measured on the first images.
void add_layers(const Inputs& inputs, net::Images& images, const net::Mode& mode,
                const spec::Config& config, EvalReport& report) {
  constexpr size_t kSample = 16;  // images; every one gives thousands of activations
  for (net::LayerStatistics& statistics : net::layer_statistics(
           inputs.graph, *mode.quantization, mode.formats, images, inputs.preprocess, kSample)) {
    const net::NodeId layer = statistics.layer;
    const net::Arithmetic* arithmetic = mode.formats[layer];
    spec::Config on = config;
    on.format = arithmetic != nullptr ? arithmetic->format : int8_format(8);
    report.layers.push_back({.result = mode.name,
                             .name = inputs.graph.nodes[layer].name,
                             .format = on.format,
                             .statistics = std::move(statistics),
                             .macs = net::macs(inputs.graph, layer),
                             .cycles = net::predicted_layer_cycles(inputs.graph, layer, on),
                             .int8_cycles = net::predicted_layer_cycles(
                                 inputs.graph, layer, net::int8_counterpart(on))});
  }
}

spec::Checked<void> add_modes(const Options& options, Inputs& inputs, const spec::Format& format,
                              net::ModeSet& set) {
  set.add_fp32();
  auto added = set.add_static("a8w8", 8);
  if (!added) return added;
  added = set.add_static("a4w8", 4);
  const auto add = [&](const spec::Format& each) {
    const std::string name = spec::full_name(each);
    if (added) added = set.add_format(name, each);
    if (added && options.recalibrate) {
      set.add_recalibrated(*inputs.calibration, inputs.preprocess);
    }
    if (added && options.sparse24) added = set.add_sparse24(name, each);
  };
  if (options.sweep) {
    for (const spec::Format& each : net::sweep_formats()) add(each);
  } else {
    add(format);
  }
  if (added && !inputs.layer_formats.empty()) {
    added = set.add_format("by-layer", format, inputs.layer_formats);
    if (added && options.recalibrate) {
      set.add_recalibrated(*inputs.calibration, inputs.preprocess);
    }
  }
  return added;
}

nlohmann::json rtl_json(const RtlRun& run, const net::Graph& graph, const spec::Config& config) {
  nlohmann::json result = {{"images", run.images}, {"classes", run.classes}};
  uint64_t cycles = 0;
  uint64_t predicted = 0;
  int64_t int8_cycles = 0;
  int64_t macs = 0;
  const double peak =
      double{1} * config.array.rows * config.array.cols * spec::signature(config).k_per_step;
  for (const RtlLayer& layer : run.layers) {
    const int64_t int8 =
        static_cast<int64_t>(run.images) *
        net::predicted_layer_cycles(graph, layer.layer, net::int8_counterpart(config));
    cycles += layer.cycles;
    predicted += layer.predicted;
    int8_cycles += int8;
    macs += layer.macs;
    result["layers"].push_back(
        {{"name", graph.nodes[layer.layer].name},
         {"cycles", layer.cycles},
         {"predicted_cycles", layer.predicted},
         {"int8_cycles", int8},
         {"utilization",
          static_cast<double>(layer.macs) / static_cast<double>(layer.cycles) / peak},
         {"speedup_over_int8", static_cast<double>(int8) / static_cast<double>(layer.cycles)}});
  }
  result["cycles"] = cycles;
  result["predicted_cycles"] = predicted;
  result["utilization"] = static_cast<double>(macs) / static_cast<double>(cycles) / peak;
  result["speedup_over_int8"] = static_cast<double>(int8_cycles) / static_cast<double>(cycles);
  return result;
}

void print_rtl(const nlohmann::json& rtl) {
  fmt::print(
      "\non the emitted array, {} images; every accumulator equals the golden model's\n"
      "{:<28} {:>12} {:>12} {:>8} {:>8}\n",
      rtl["images"].get<size_t>(), "layer", "cycles", "predicted", "util. %", "speedup");
  const auto line = [](const std::string& name, const nlohmann::json& row) {
    fmt::print("{:<28} {:>12} {:>12} {:>8.1f} {:>8.2f}\n", name, row["cycles"].get<uint64_t>(),
               row["predicted_cycles"].get<uint64_t>(), 100 * row["utilization"].get<double>(),
               row["speedup_over_int8"].get<double>());
  };
  for (const auto& layer : rtl["layers"]) line(layer["name"].get<std::string>(), layer);
  line("all", rtl);
}

spec::Checked<void> write_directory(host::OutputDirectory& directory, const EvalReport& report,
                                    const nlohmann::json& result) {
  const nlohmann::json manifest = {
      {"schema_version", spec::kSchemaVersion}, {"tool", result["tool"]}, {"command", "eval"}};
  return directory.write("manifest.json", manifest.dump(2) + "\n")
      .and_then([&] { return directory.write("results.csv", results_csv(report)); })
      .and_then([&] { return directory.write("layers.csv", layers_csv(report)); })
      .and_then([&] { return directory.write("accuracy.svg", accuracy_svg(report)); })
      .and_then([&] { return directory.write("noise.svg", noise_svg(report)); });
}

host::Exit eval(const Options& options) {
  spec::Problems problems;
  const bool on_rtl = options.engine == "rtl";
  if (!on_rtl && options.engine != "fast") {
    problems.push_back({kWhere, "--engine", options.engine, "must be fast or rtl"});
  }
  if (options.rtl_layers && !on_rtl) {
    problems.push_back({kWhere, "--layers", "", "chooses layers for --engine rtl"});
  }
  if (options.sweep && (options.config || !options.format.given().empty() || on_rtl)) {
    problems.push_back({kWhere, "--sweep", "",
                        "evaluates all named formats; cannot be combined with format flags, "
                        "--config or --engine rtl"});
  }
  if (options.recalibrate && options.calibration.empty()) {
    problems.push_back({kWhere, "--recalibrate", "", "needs --calibration"});
  }
  const auto limit = image_limit(options, problems);
  const auto method = method_of(options, problems);
  const auto config = resolve(options.format, options.config);
  if (collect(config, problems)) check_config(*config, problems);
  auto inputs = load(options, config ? config->format : spec::Format{});
  collect(inputs, problems);
  std::optional<host::OutputDirectory> directory;
  if (!options.output.empty()) {
    auto opened = host::OutputDirectory::open(options.output);
    if (collect(opened, problems)) directory = *std::move(opened);
    collect_clash("-o", options.output, options.common, problems);
  }
  ResultFile result_file(options.common, problems);
  if (!problems.empty()) return host::report(problems);

  const net::Graph& graph = inputs->graph;
  const host::Verbosity verbosity = options.common.verbosity();
  const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (limit) inputs->images->keep_first(*limit);
  inputs->labels.resize(inputs->images->count());
  net::Ranges ranges(graph.values.size());
  if (inputs->calibration) {
    host::Step step(verbosity, "calibration");
    ranges = net::calibrate(graph, *inputs->calibration, inputs->preprocess, method, threads,
                            [&](size_t done, size_t total) { step.update(done, total); });
  }
  net::ModeSet set(graph, std::move(ranges), inputs->skip,
                   net::good_batch(graph, inputs->images->count()),
                   options.calibration.empty() ? options.model : options.calibration);
  EvalReport report;
  {
    host::Step step(verbosity, "quantization");
    const auto added = add_modes(options, *inputs, config->format, set);
    if (!added) return host::report(added.error());
    for (const net::Mode& mode : set.modes()) report.bits.push_back(mode.bits);
  }
  {
    host::Step step(verbosity, "evaluation");
    report.scores =
        net::evaluate(set.modes(), *inputs->images, inputs->labels, inputs->preprocess, threads,
                      [&](size_t done, size_t total) { step.update(done, total); });
  }
  {
    host::Step step(verbosity, "layers");
    for (size_t i = 1; i < set.modes().size(); ++i) {
      // Behind the selection every output channel has pairs of its own.
      if (!set.modes()[i].behind_selection) {
        add_layers(*inputs, *inputs->images, set.modes()[i], *config, report);
      }
      step.update(i, set.modes().size());
    }
  }
  nlohmann::json result = new_result("eval");
  add_to_json(report, result);
  print_results(report);
  if (!options.sweep) print_layers(report, report.layers.back().result);
  if (on_rtl) {
    host::Step step(verbosity, "array, in GEMMs");
    const auto mode = std::find_if(
        set.modes().begin(), set.modes().end(),
        [&](const net::Mode& each) { return each.name == spec::full_name(config->format); });
    const auto run = run_on_rtl(graph, *mode->quantization, inputs->rtl_layers, *config,
                                *inputs->images, inputs->preprocess, inputs->images->count(), step);
    if (!run) return host::report(run.error());
    if (!run->mismatch.empty()) {
      host::print_error("the array and the golden model differ: " + run->mismatch);
      return host::Exit::kCheckFailed;
    }
    result["config_digest"] = spec::digest(*config);
    result["tool"]["verilator"] = run->verilator;
    result["rtl"] = rtl_json(*run, graph, *config);
    print_rtl(result["rtl"]);
  }
  spec::Checked<void> written;
  if (directory) {
    written = write_directory(*directory, report, result).and_then([&] {
      return publish(*directory, result_file, result);
    });
  } else {
    written = result_file.write(result).and_then([&] { return result_file.commit(); });
  }
  if (!written) return host::report(written.error());
  return host::Exit::kDone;
}

}  // namespace

void add_eval(CLI::App& app, Run& run) {
  CLI::App* sub =
      app.add_subcommand("eval", "Measures what a format costs a network, and what it gains");
  const auto options = std::make_shared<Options>();
  const auto text = [&](const char* name, std::string& value, const char* type, const char* help) {
    return sub->add_option(name, value, help)->type_name(type);
  };
  text("model", options->model, "MODEL.onnx", "A trained network")->required();
  text("--images", options->images, "X.npy", "Test images")->required();
  text("--labels", options->labels, "Y.npy", "Their classes")->required();
  text("--calibration", options->calibration, "C.npy", "Images to measure ranges on");
  options->method = "mean-of-maxima";
  text("--calibration-method", options->method, "METHOD",
       "mean-of-maxima (default), min-max, percentile, kl or lp");
  text("--preprocess", options->preprocess, "P.json", "How pixels become inputs");
  sub->add_option("--skip", options->skip, "Layers to leave in floating point; none for none")
      ->delimiter(',')
      ->type_name("LAYER,...");
  text("--layer-formats", options->layer_formats, "MAP.json",
       "{\"layer\": format}: evaluates the format with these exceptions, too");
  sub->add_flag("--recalibrate", options->recalibrate,
                "Each format also with normalization statistics estimated again");
  sub->add_flag("--sparse24", options->sparse24,
                "Each format also behind 2:4 weights; a network that is not 2:4 is pruned");
  sub->add_flag("--sweep", options->sweep,
                "All named formats, both roundings, pair rule on and off");
  sub->add_option("--limit", options->limit, "Only the first N images")->type_name("N");
  options->engine = "fast";
  text("--engine", options->engine, "fast|rtl", "rtl: also on the emitted array, under Verilator");
  sub->add_option("--layers", options->rtl_layers,
                  "Layers for --engine rtl (default: all quantized)")
      ->delimiter(',')
      ->type_name("LAYER,...");
  sub->add_option("--config", options->config, "A config, instead of format flags")
      ->type_name("CONFIG.json");
  text("-o,--output", options->output, "DIR", "Tables as CSV, plots as SVG");
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return eval(*options); }; });
}

}  // namespace sparq::app
