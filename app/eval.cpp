// SPDX-License-Identifier: Apache-2.0
// sparq eval: what a number format costs a trained network in accuracy.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "app/format_flags.h"
#include "app/subcommands.h"
#include "net/evaluate.h"
#include "net/import.h"
#include "net/modes.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter = R"(Images: u8, N x H x W x C. Labels: one class index per image.
Preprocessing: {"order": "RGB" or "BGR", "scale", "mean", "std"}, x = (u8 * scale - mean) / std per
channel in that order; without it x = u8 / 255.
The first convolution and the classifier stay in floating point unless --skip says otherwise.

Examples:
  sparq eval examples/digits/digits.onnx --images examples/digits/test_images.npy \
    --labels examples/digits/test_labels.npy --calibration examples/digits/calibration_images.npy \
    --preprocess examples/digits/digits.pre.json --sweep --json digits.json)";

struct Options {
  CommonFlags common;
  FormatFlags format;
  std::string model;
  std::string images;
  std::string labels;
  std::string calibration;
  std::string preprocess;
  bool sweep = false;
};

struct Inputs {
  net::Graph graph;
  std::optional<net::Images> images;
  std::optional<net::Images> calibration;
  std::vector<int64_t> labels;
  net::Preprocess preprocess;
};

// Everything the user gave, with all its problems.
spec::Checked<Inputs> load(const Options& options) {
  spec::Problems problems;
  Inputs inputs;
  auto graph = net::load_onnx(options.model);
  if (!collect(graph, problems)) return tl::unexpected(std::move(problems));
  inputs.graph = *std::move(graph);
  const net::Shape& shape = inputs.graph.shape(inputs.graph.input);
  const auto open = [&](const std::string& path, std::optional<net::Images>& images) {
    auto opened = net::Images::open(path, shape);
    if (collect(opened, problems)) images = *std::move(opened);
  };
  open(options.images, inputs.images);
  if (!options.calibration.empty()) open(options.calibration, inputs.calibration);
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
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return inputs;
}

host::Exit eval(const Options& options) {
  spec::Problems problems;
  const auto format = resolve(options.format);
  collect(format, problems);
  auto inputs = load(options);
  collect(inputs, problems);
  ResultFile result_file(options.common, problems);
  if (!problems.empty()) return host::report(problems);

  const net::Graph& graph = inputs->graph;
  const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  net::Ranges ranges(graph.values.size());
  if (inputs->calibration) {
    host::Step step(options.common.verbosity(), "calibration");
    ranges = net::calibrate(graph, *inputs->calibration, inputs->preprocess,
                            net::CalibrationMethod::kMeanOfMaxima, threads,
                            [&](size_t done, size_t total) { step.update(done, total); });
  }
  net::ModeSet set(graph, std::move(ranges), net::default_skip(graph),
                   net::good_batch(graph, inputs->images->count()), options.calibration);
  set.add_fp32();
  collect(set.add_static("a8w8", 255), problems);
  if (!problems.empty()) return host::report(problems);
  collect(set.add_static("a4w8", 15), problems);
  for (const spec::Format& each :
       options.sweep ? net::sweep_formats() : std::vector<spec::Format>{*format}) {
    collect(set.add_format(spec::full_name(each), each), problems);
  }
  if (!problems.empty()) return host::report(problems);
  std::vector<net::Score> scores;
  {
    host::Step step(options.common.verbosity(), "evaluation");
    scores = net::evaluate(set.modes(), *inputs->images, inputs->labels, inputs->preprocess,
                           threads, [&](size_t done, size_t total) { step.update(done, total); });
  }
  for (const net::Score& score : scores) {
    const auto images = static_cast<double>(score.images);
    fmt::print("{:24} {:5} {:6.2f} {:6.2f} {:7.1f}\n", score.name, score.top1,
               100 * static_cast<double>(score.agreement) / images, score.sqnr_db(),
               images / score.seconds);
  }
  return host::Exit::kDone;
}

}  // namespace

void add_eval(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("eval", "Measures what a format costs a network in accuracy");
  const auto options = std::make_shared<Options>();
  sub->add_option("model", options->model, "A trained network")
      ->required()
      ->type_name("MODEL.onnx");
  sub->add_option("--images", options->images, "Test images")->required()->type_name("X.npy");
  sub->add_option("--labels", options->labels, "Their classes")->required()->type_name("Y.npy");
  sub->add_option("--calibration", options->calibration, "Images to measure ranges on")
      ->type_name("C.npy");
  sub->add_option("--preprocess", options->preprocess, "How pixels become inputs")
      ->type_name("P.json");
  sub->add_flag("--sweep", options->sweep,
                "All named formats, both roundings, pair rule on and off");
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return eval(*options); }; });
}

}  // namespace sparq::app
