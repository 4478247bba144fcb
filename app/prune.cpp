// SPDX-License-Identifier: Apache-2.0
// sparq prune: 2:4 sparse weights out of dense ones, for those who have no pruned network.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <variant>

#include "app/npy_output.h"
#include "app/stream_flags.h"
#include "app/stream_output.h"
#include "app/subcommands.h"
#include "golden/load.h"
#include "golden/npy_file.h"
#include "golden/sparse24.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(In each group of 4 neighbouring weights of a row (k = 4g to 4g + 3) the two of largest magnitude stay,
of equal magnitudes those at the lower indices; the others become zero. W: N x K, i8 or i16. Weights that
are 2:4 sparse stay as they are.

--stream writes the words of the hardware instead, or too: for each group two values with their indices,
2 * (W + 2) bits, rows without a gap, each padded with zero bits to a whole number of memory words
(docs/sparse24.md).

A convenience for trying --sparse24 and for measuring cost: a network pruned like this and not trained
again loses accuracy. Accuracy figures belong to networks that were pruned while they were trained.

Examples:
  sparq prune weights.npy -o weights24.npy
  sparq prune weights24.npy --stream weights24.bin)";

struct Options {
  CommonFlags common;
  std::string input;
  std::string output;  // empty: not wanted
  std::string stream;  // the same
  std::string memory_bits;
  std::string weight_bits;  // empty: those of the file's type
};

template <class W>
size_t nonzero(const golden::Matrix<W>& weights) {
  return weights.data.size() -
         static_cast<size_t>(std::count(weights.data.begin(), weights.data.end(), W{0}));
}

// Of the width that the user states, or whatever the file has.
spec::Checked<int> width_of(const Options& options) {
  if (options.weight_bits.empty()) {
    const auto file = golden::NpyFile::open(options.input);
    return file && file->header().dtype == golden::Dtype::kI16 ? 16 : 8;
  }
  const auto bits = parse_integer<int>(options.weight_bits);
  if (bits && *bits >= 2 && *bits <= 16) return *bits;
  return spec::fail("command line", "--weight-bits", options.weight_bits, "must be 2..16");
}

host::Exit prune(const Options& options) {
  spec::Problems problems;
  const auto bits = width_of(options);
  collect(bits, problems);
  const auto weights = golden::load_weights(options.input, bits.value_or(16));
  // Without a width only the file itself can be judged, not its dtype or its values.
  if (bits || !golden::NpyFile::open(options.input)) collect(weights, problems);
  const auto memory_bits = parse_memory_bits(options.memory_bits);
  collect(memory_bits, problems);
  ValuesAndStream files(options.output, options.stream, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  nlohmann::json result = new_result("prune");
  spec::Checked<void> written;
  std::visit(
      [&](const auto& dense) {
        const auto pruned = golden::prune24(dense);
        result["n"] = dense.rows;
        result["k"] = dense.cols;
        result["nonzero_before"] = nonzero(dense);
        result["nonzero"] = nonzero(pruned);
        if (files.values) {
          written = write_npy(*files.values, {pruned.rows, pruned.cols}, pruned.data);
        }
        if (!files.stream || !written) return;
        const golden::StreamLayout layout{golden::packed_group_bits(*bits), *memory_bits};
        written = write_stream(*files.stream, golden::pack24(pruned, *bits), layout, result);
      },
      *weights);
  if (written) written = files.publish(result);
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
      ->type_name("W24.npy");
  sub->add_option("--stream", options->stream, "2:4 sparse weights, as the words of packed groups")
      ->type_name("OUT.bin");
  add_memory_bits_flag(*sub, options->memory_bits);
  sub->add_option(
         "--weight-bits", options->weight_bits,
         "Of one weight; 8, or 16 where the file has i16. Up to 8 need an i8 file, more an i16 one")
      ->type_name("W");
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return prune(*options); }; });
}

}  // namespace sparq::app
