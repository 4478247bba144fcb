// SPDX-License-Identifier: Apache-2.0
// sparq gemm: A x W with SPARQ activations, on one of several engines that give the same bits.
#include "golden/gemm.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <tuple>
#include <variant>

#include "app/format_flags.h"
#include "app/npy_output.h"
#include "app/subcommands.h"
#include "golden/gemm_fast.h"
#include "golden/load.h"
#include "golden/npy_file.h"
#include "golden/spec/config_json.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter = R"(C[m,j] = sum over k of x^[m,k] * w[j,k]
A: M x K, u8 for activations of up to 8 bits, u16 above. W: N x K, i8 for weights of up to 8 bits,
i16 above. C: M x N, i32, two's complement, wraps (i64 for accumulators of more than 32 bits).
An odd K is padded with a zero activation. All engines give the same bits.

Examples:
  sparq gemm A.npy W.npy -o C.npy --placements 3opt
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

enum class Engine { kReference, kFast };

using Product = std::variant<golden::Matrix<int32_t>, golden::Matrix<int64_t>>;

Product multiply_reference(const golden::GemmInputs& inputs, const spec::Config& config) {
  const golden::Matrix<int64_t> product = std::visit(
      [&](const auto& activations, const auto& weights) {
        return golden::gemm_reference(activations, weights, config.format, config.accumulator_bits);
      },
      inputs.activations, inputs.weights);
  if (config.accumulator_bits > 32) return product;
  return golden::Matrix<int32_t>(product.rows, product.cols,
                                 {product.data.begin(), product.data.end()});
}

// Needs golden::fast_supports().
Product multiply_fast(const golden::GemmInputs& inputs, const spec::Config& config) {
  return golden::gemm_fast(std::get<golden::Matrix<uint8_t>>(inputs.activations),
                           std::get<golden::Matrix<int8_t>>(inputs.weights), config.format,
                           config.accumulator_bits);
}

spec::Checked<Engine> choose_engine(const std::string& name, const spec::Config& config) {
  const bool fast_can =
      golden::fast_supports(config.format, config.weight_bits, config.accumulator_bits);
  if (name.empty()) return fast_can ? Engine::kFast : Engine::kReference;
  if (name == "reference") return Engine::kReference;
  if (name != "fast") {
    return spec::fail("command line", "--engine", name, "must be reference or fast");
  }
  if (fast_can) return Engine::kFast;
  return spec::fail("command line", "--engine", name,
                    "takes activations and weights of up to 8 bits and accumulators of up to 32; "
                    "use reference");
}

// What is wrong with the files as far as it can be told without knowing the format.
void collect_file_problems(const Options& options, spec::Problems& problems) {
  collect(golden::NpyFile::open(options.activations), problems);
  collect(golden::NpyFile::open(options.weights), problems);
}

host::Exit gemm(const Options& options) {
  spec::Problems problems;
  if (options.sparse24) {
    problems.push_back({"command line", "--sparse24", "", "is not in this version"});
  }
  const auto config = resolve(options.format, options.config);
  const auto engine = choose_engine(options.engine, config.value_or(spec::Config{}));
  collect(engine, problems);
  spec::Checked<golden::GemmInputs> inputs;
  if (collect(config, problems)) {
    inputs = golden::load_gemm(options.activations, options.weights, config->format,
                               config->weight_bits);
    collect(inputs, problems);
  } else {
    collect_file_problems(options, problems);
  }
  auto file = host::OutputFile::open(options.output, "-o");
  collect(file, problems);
  ResultFile result_file(options.common, problems);
  if (!problems.empty()) return host::report(problems);

  const size_t k = std::visit([](const auto& m) { return m.cols; }, inputs->activations);
  if (const int64_t safe_k = spec::safe_k(*config); k > static_cast<size_t>(safe_k)) {
    warn(fmt::format("K = {}: sums of more than {} products can overflow {} bits and wrap", k,
                     safe_k, config->accumulator_bits));
  }
  const std::string name = *engine == Engine::kFast ? "fast" : "reference";
  Product product;
  const auto start = std::chrono::steady_clock::now();
  {
    const host::Step step(options.common.verbosity(), name + " GEMM");
    product = *engine == Engine::kFast ? multiply_fast(*inputs, *config)
                                       : multiply_reference(*inputs, *config);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto [m, n, written_product] = std::visit(
      [&](const auto& c) {
        return std::tuple(c.rows, c.cols, write_npy(*file, {c.rows, c.cols}, c.data));
      },
      product);
  auto written = written_product;
  if (written) written = file->commit();
  if (!written) return host::report(written.error());

  nlohmann::json result = new_result("gemm");
  result["config_digest"] = spec::digest(*config);
  result["engine"] = name;
  result["m"] = m;
  result["n"] = n;
  result["k"] = k;
  result["seconds"] = seconds.count();
  if (written = result_file.write(result); !written) return host::report(written.error());
  fmt::print("{} x {} x {} (M x N x K), engine {}: {:.3g} s\n", m, n, k, name, seconds.count());
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
                  "reference: plain mathematics; fast: vectorized, up to 8 bits (default: fast "
                  "where it can)")
      ->type_name("ENGINE");
  sub->add_option("--config", options->config, "A config, instead of format flags")
      ->type_name("CONFIG.json");
  sub->add_flag("--sparse24", options->sparse24, "2:4 sparse weights; not in this version");
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return gemm(*options); }; });
}

}  // namespace sparq::app
