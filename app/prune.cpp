// SPDX-License-Identifier: Apache-2.0
// sparq prune: 2:4 sparse weights out of dense ones, for those who have no pruned network.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <variant>

#include "app/npy_output.h"
#include "app/subcommands.h"
#include "golden/load.h"
#include "golden/npy_file.h"
#include "golden/sparse24.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(In each group of 4 neighbouring weights of a row (k = 4g to 4g + 3) the two of largest magnitude stay,
of equal magnitudes those at the lower indices; the others become zero. W: N x K, i8 or i16.

A convenience for trying --sparse24 and for measuring cost: a network pruned like this and not trained
again loses accuracy. Accuracy figures belong to networks that were pruned while they were trained.

Example:
  sparq prune weights.npy -o weights24.npy)";

struct Options {
  CommonFlags common;
  std::string input;
  std::string output;
};

template <class W>
size_t nonzero(const golden::Matrix<W>& weights) {
  return weights.data.size() -
         static_cast<size_t>(std::count(weights.data.begin(), weights.data.end(), W{0}));
}

// Whatever width the file has.
spec::Checked<golden::Weights> load(const std::string& path) {
  const auto file = golden::NpyFile::open(path);
  if (!file) return tl::unexpected(file.error());
  return golden::load_weights(path, file->header().dtype == golden::Dtype::kI16 ? 16 : 8);
}

host::Exit prune(const Options& options) {
  spec::Problems problems;
  const auto weights = load(options.input);
  collect(weights, problems);
  auto file = host::OutputFile::open(options.output, "-o");
  collect(file, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", options.output, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  nlohmann::json result = new_result("prune");
  auto written = std::visit(
      [&](const auto& dense) {
        const auto pruned = golden::prune24(dense);
        result["n"] = dense.rows;
        result["k"] = dense.cols;
        result["nonzero_before"] = nonzero(dense);
        result["nonzero"] = nonzero(pruned);
        return write_npy(*file, {pruned.rows, pruned.cols}, pruned.data);
      },
      *weights);
  if (written) written = publish(*file, result_file, result);
  if (!written) return host::report(written.error());
  fmt::print("{} x {} weights (N x K): {} of {} nonzero ones stay\n", result["n"].get<size_t>(),
             result["k"].get<size_t>(), result["nonzero"].get<size_t>(),
             result["nonzero_before"].get<size_t>());
  return host::Exit::kDone;
}

}  // namespace

void add_prune(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand(
      "prune", "Makes weights 2:4 sparse by magnitude: a convenience, no substitute for training");
  const auto options = std::make_shared<Options>();
  sub->add_option("input", options->input, "Weights, N x K")->required()->type_name("W.npy");
  sub->add_option("-o,--output", options->output, "2:4 sparse weights, N x K")
      ->required()
      ->type_name("W24.npy");
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return prune(*options); }; });
}

}  // namespace sparq::app
