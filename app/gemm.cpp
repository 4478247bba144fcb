// SPDX-License-Identifier: Apache-2.0
// sparq gemm: A x W with SPARQ activations, on one of several engines that give the same bits.
#include <fmt/format.h>

#include <memory>
#include <variant>

#include "app/engines.h"
#include "app/format_flags.h"
#include "app/npy_output.h"
#include "app/subcommands.h"
#include "golden/load.h"
#include "golden/npy_file.h"
#include "golden/sparse24.h"
#include "golden/spec/config_json.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter = R"(C[m,j] = sum over k of x^[m,k] * w[j,k]
A: M x K, u8 for activations of up to 8 bits, u16 above (signed: i8, i16). W: N x K, i8 for weights of up to 8 bits,
i16 above. C: M x N, i32, two's complement, wraps (i64 for accumulators of more than 32 bits).
An odd K is padded with a zero activation. With --sparse24, or a config of a sparse tensor core, at
most 2 of every 4 neighbouring weights of a row may be nonzero, and the activations that face them form
the pair; `sparq prune` makes such weights of any. All engines give the same bits; rtl checks every row
against the golden model's fast engine, or its reference where that does not apply (exit status 1
when one differs), and reports cycles, from the first accepted input to the last accepted output, and
utilization, useful MACs over cycles x peak MACs per cycle. Its array is that of --config, else
16x16, output-stationary.

Examples:
  sparq gemm A.npy W.npy -o C.npy --placements 3opt
  sparq gemm A.npy W24.npy -o C.npy --sparse24
  sparq gemm A.npy W.npy -o C.npy --config configs/sa16_5opt.json --json result.json)";

struct Options {
  CommonFlags common;
  FormatFlags format;
  std::optional<std::string> config;
  std::string activations;
  std::string weights;
  std::string output;
  std::string engine;  // empty: the fastest for the format
  bool sparse24 = false;
};

// What is wrong with the files as far as it can be told without knowing the format.
void collect_file_problems(const Options& options, spec::Problems& problems) {
  collect(golden::NpyFile::open(options.activations), problems);
  collect(golden::NpyFile::open(options.weights), problems);
}

void collect_dense_groups(const golden::GemmInputs& inputs, const std::string& path,
                          spec::Problems& problems) {
  const auto dense =
      std::visit([&](const auto& w) { return golden::check_sparse24(w, path); }, inputs.weights);
  problems.insert(problems.end(), dense.begin(), dense.end());
}

host::Exit gemm(const Options& options) {
  spec::Problems problems;
  const auto config = resolve(options.format, options.config);
  const spec::Config known = config.value_or(spec::Config{});
  const Weights weights = options.sparse24 || known.array.kind == spec::ArrayKind::kSparseTensorCore
                              ? Weights::kSparse24
                              : Weights::kDense;
  const auto engine = choose_engine(options.engine, known, weights);
  collect(engine, problems);
  spec::Checked<golden::GemmInputs> inputs;
  if (collect(config, problems)) {
    inputs = golden::load_gemm(options.activations, options.weights, config->format,
                               config->weight_bits);
    if (collect(inputs, problems) && weights == Weights::kSparse24) {
      collect_dense_groups(*inputs, options.weights, problems);
    }
  } else {
    collect_file_problems(options, problems);
  }
  auto file = host::OutputFile::open(options.output, "-o");
  collect(file, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", options.output, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  const size_t k = std::visit([](const auto& m) { return m.cols; }, inputs->activations);
  if (const int64_t safe_k = spec::safe_k(*config); k > static_cast<size_t>(safe_k)) {
    warn(fmt::format("K = {}: sums of more than {} products can overflow {} bits and wrap", k,
                     safe_k, config->accumulator_bits));
  }
  host::Result<Product> product;
  {
    host::Step step(options.common.verbosity(), fmt::format("GEMM, engine {}", to_text(*engine)));
    product = multiply(*engine, *inputs, weights, *config, step);
  }
  if (!product) return host::report(product.error());
  if (!product->mismatch.empty()) {
    host::print_error("the array and the golden model differ: " + product->mismatch);
    return host::Exit::kCheckFailed;
  }
  nlohmann::json result = new_result("gemm");
  result["config_digest"] = spec::digest(*config);
  result["engine"] = to_text(*engine);
  result["k"] = k;
  result["sparse24"] = weights == Weights::kSparse24;
  result["seconds"] = product->seconds;
  auto written = std::visit(
      [&](const auto& c) {
        result["m"] = c.rows;
        result["n"] = c.cols;
        return write_npy(*file, {c.rows, c.cols}, c.data);
      },
      product->values);
  if (const auto& simulated = product->simulated) {
    result["tool"]["verilator"] = simulated->verilator;
    result["cycles"] = simulated->cycles;
    result["macs_per_cycle"] = simulated->macs_per_cycle;
    result["utilization"] = simulated->utilization;
  }
  if (written) written = publish(*file, result_file, result);
  if (!written) return host::report(written.error());
  fmt::print("{} x {} x {} (M x N x K), engine {}: {:.3g} s\n", result["m"].get<size_t>(),
             result["n"].get<size_t>(), k, to_text(*engine), product->seconds);
  if (const auto& simulated = product->simulated) {
    fmt::print("{} cycles, {:.1f} MACs per cycle, utilization {:.1f} %\n", simulated->cycles,
               simulated->macs_per_cycle, 100 * simulated->utilization);
  }
  return host::Exit::kDone;
}

}  // namespace

void add_gemm(CLI::App& app, Run& run) {
  CLI::App* sub =
      app.add_subcommand("gemm", "Multiplies activations by weights, as the array does");
  const auto options = std::make_shared<Options>();
  sub->add_option("activations", options->activations, "Activations, M x K")
      ->required()
      ->type_name("A.npy");
  sub->add_option("weights", options->weights, "Weights, N x K")->required()->type_name("W.npy");
  sub->add_option("-o,--output", options->output, "Products, M x N")
      ->required()
      ->type_name("C.npy");
  sub->add_option("--engine", options->engine,
                  "reference: plain mathematics; fast: vectorized, up to 8 bits; rtl: the emitted "
                  "array under Verilator (default: fast where it can)")
      ->type_name("ENGINE");
  sub->add_option("--config", options->config, "A config, instead of format flags")
      ->type_name("CONFIG.json");
  sub->add_flag(
      "--sparse24", options->sparse24,
      "2:4 sparse weights: at most 2 of every 4 neighbours of a row are nonzero; the pairs "
      "form behind their selection");
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return gemm(*options); }; });
}

}  // namespace sparq::app
