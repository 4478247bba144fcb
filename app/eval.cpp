// SPDX-License-Identifier: Apache-2.0
// sparq eval: what a number format costs a trained network in accuracy, and gains in cycles.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "app/eval_inputs.h"
#include "app/eval_report.h"
#include "app/eval_rtl.h"
#include "app/subcommands.h"
#include "golden/spec/config_json.h"
#include "net/latency.h"
#include "net/modes.h"

namespace sparq::app {
namespace {

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

// One row per quantized layer of the mode, measured on the first images.
void add_layers(const EvalInputs& inputs, net::Images& images, const net::Mode& mode,
                EvalReport& report) {
  constexpr size_t kSample = 16;  // images; every one gives thousands of activations
  const spec::Config array = net::array_for(mode.behind_selection, inputs.config);
  for (net::LayerStatistics& statistics :
       net::layer_statistics(inputs.graph, mode, images, inputs.preprocess, kSample)) {
    const net::NodeId layer = statistics.layer;
    const net::Arithmetic* arithmetic = mode.formats[layer];
    const spec::Config int8 = net::int8_counterpart(array);
    const spec::Config on =
        arithmetic != nullptr ? net::with_format(array, arithmetic->format) : int8;
    report.layers.push_back(
        {.result = mode.name,
         .name = inputs.graph.nodes[layer].name,
         .format = on.format,
         .statistics = std::move(statistics),
         .macs = net::macs(inputs.graph, layer),
         .cycles = net::predicted_layer_cycles(inputs.graph, layer, on),
         .int8_cycles = net::predicted_layer_cycles(inputs.graph, layer, int8)});
  }
}

spec::Checked<void> add_modes(const EvalOptions& options, EvalInputs& inputs,
                              const spec::Format& format, net::ModeSet& set) {
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
    if (added && inputs.sparse24) added = set.add_sparse24(name, each);
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

host::Exit eval(const EvalOptions& options) {
  spec::Problems problems;
  auto inputs = load_inputs(options);
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
  const spec::Config& config = inputs->config;
  const host::Verbosity verbosity = options.common.verbosity();
  const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  net::Ranges ranges;
  if (inputs->calibration) {
    host::Step step(verbosity, "calibration");
    ranges = net::calibrate(graph, *inputs->calibration, inputs->preprocess, inputs->method,
                            threads, [&](size_t done, size_t total) { step.update(done, total); });
  }
  net::ModeSet set(graph, std::move(ranges), inputs->skip,
                   net::good_batch(graph, inputs->images->count()),
                   options.calibration.empty() ? options.model : options.calibration);
  EvalReport report;
  {
    host::Step step(verbosity, "quantization");
    const auto added = add_modes(options, *inputs, config.format, set);
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
      add_layers(*inputs, *inputs->images, set.modes()[i], report);
      step.update(i, set.modes().size());
    }
  }
  nlohmann::json result = new_result("eval");
  add_to_json(report, result);
  print_results(report);
  if (!options.sweep) print_layers(report, report.layers.back().result);
  if (options.on_rtl()) {
    host::Step step(verbosity, "array, in GEMMs");
    const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
    const auto mode =
        std::find_if(set.modes().begin(), set.modes().end(), [&](const net::Mode& each) {
          return each.behind_selection == sparse &&
                 each.name.starts_with(spec::full_name(config.format));
        });
    const auto run = run_on_rtl(graph, *mode->quantization, inputs->rtl_layers, config,
                                *inputs->images, inputs->preprocess, inputs->images->count(), step);
    if (!run) return host::report(run.error());
    if (!run->mismatch.empty()) {
      host::print_error("the array and the golden model differ: " + run->mismatch);
      return host::Exit::kCheckFailed;
    }
    result["config_digest"] = spec::digest(config);
    result["tool"]["verilator"] = run->verilator;
    result["rtl"] = rtl_json(*run, graph, config);
    print_rtl(result["rtl"]);
  }
  spec::Checked<void> written;
  if (directory) {
    written = write_report(*directory, report, result).and_then([&] {
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
  const auto options = std::make_shared<EvalOptions>();
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
