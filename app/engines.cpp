// SPDX-License-Identifier: Apache-2.0
#include "app/engines.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "app/host/paths.h"
#include "app/host/tool.h"
#include "gen/generate.h"
#include "golden/gemm.h"
#include "golden/gemm_fast.h"
#include "golden/gemm_sparse24_fast.h"
#include "verif/rtl_engine.h"

namespace sparq::app {
namespace {

Product narrowed(golden::Matrix<int64_t> values, const spec::Config& config) {
  if (config.accumulator_bits > 32) return {.values = std::move(values)};
  return {.values = golden::Matrix<int32_t>(values.rows, values.cols,
                                            {values.data.begin(), values.data.end()})};
}

Product multiply_reference(const golden::GemmInputs& inputs, Weights kind,
                           const spec::Config& config) {
  return std::visit(
      [&](const auto& a, const auto& w) {
        const int bits = config.accumulator_bits;
        return narrowed(kind == Weights::kSparse24
                            ? golden::gemm_sparse24_reference(a, w, config.format, bits)
                            : golden::gemm_reference(a, w, config.format, bits),
                        config);
      },
      inputs.activations, inputs.weights);
}

Product multiply_fast(const golden::GemmInputs& inputs, Weights kind, const spec::Config& config) {
  const auto& a = std::get<golden::Matrix<uint8_t>>(inputs.activations);
  const auto& w = std::get<golden::Matrix<int8_t>>(inputs.weights);
  const int bits = config.accumulator_bits;
  return {.values = kind == Weights::kSparse24
                        ? golden::gemm_sparse24_fast(a, w, config.format, bits)
                        : golden::gemm_fast(a, w, config.format, bits)};
}

host::Result<Product> multiply_rtl(const golden::GemmInputs& inputs, const spec::Config& config,
                                   host::Step& step) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const auto verilator = host::find_tool(host::ToolName::kVerilator);
  if (!verilator) return tl::unexpected(verilator.error());
  const auto output = gen::generate(config, (*data / "rtl" / "lib").string());
  if (!output) return tl::unexpected<host::Failure>(output.error());
  verif::RtlOptions options;
  options.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.progress = [&](size_t done, size_t total) { step.update(done, total); };
  auto result = std::visit(
      [&](const auto& activations, const auto& weights) {
        return verif::gemm_rtl(activations, weights, *output, options);
      },
      inputs.activations, inputs.weights);
  if (!result) return tl::unexpected(result.error());
  Product product = narrowed(std::move(result->product), config);
  product.seconds = result->seconds;
  product.simulated =
      Simulated{verilator->version, result->cycles, result->macs_per_cycle, result->utilization};
  product.mismatch = std::move(result->mismatch);
  return product;
}

}  // namespace

std::string_view to_text(Engine engine) {
  constexpr std::array<std::string_view, 3> names = {"reference", "fast", "rtl"};
  return names.at(static_cast<size_t>(engine));
}

spec::Checked<Engine> choose_engine(const std::string& name, const spec::Config& config,
                                    Weights weights) {
  const bool fast_can =
      golden::fast_supports(config.format, config.weight_bits, config.accumulator_bits);
  if (name.empty()) return fast_can ? Engine::kFast : Engine::kReference;
  for (const Engine engine : {Engine::kReference, Engine::kFast, Engine::kRtl}) {
    if (name != to_text(engine)) continue;
    if (engine == Engine::kRtl && weights == Weights::kSparse24 &&
        config.array.kind != spec::ArrayKind::kSparseTensorCore) {
      return spec::fail("command line", "--engine", name,
                        "takes 2:4 sparse weights on a sparse tensor core only; give its --config");
    }
    if (engine != Engine::kFast || fast_can) return engine;
    return spec::fail("command line", "--engine", name,
                      "takes activations and weights of up to 8 bits and accumulators of up to 32; "
                      "use reference");
  }
  return spec::fail("command line", "--engine", name, "must be reference, fast or rtl");
}

host::Result<Product> multiply(Engine engine, const golden::GemmInputs& inputs, Weights weights,
                               const spec::Config& config, host::Step& step) {
  if (engine == Engine::kRtl) return multiply_rtl(inputs, config, step);
  const auto start = std::chrono::steady_clock::now();
  Product product = engine == Engine::kFast ? multiply_fast(inputs, weights, config)
                                            : multiply_reference(inputs, weights, config);
  product.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return product;
}

}  // namespace sparq::app
