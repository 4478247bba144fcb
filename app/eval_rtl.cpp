// SPDX-License-Identifier: Apache-2.0
#include "app/eval_rtl.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "app/host/paths.h"
#include "gen/generate.h"
#include "golden/gemm_fast.h"
#include "golden/gemm_sparse24_fast.h"
#include "golden/spec/signature.h"
#include "net/executor.h"
#include "net/latency.h"
#include "verif/rtl_engine.h"

namespace sparq::app {
namespace {

// Ends the run of a network at the first GEMM that goes wrong.
struct Stop {};

// The GEMM of every quantized layer, on the array where it was chosen.
class RtlGemm {
 public:
  RtlGemm(const net::Graph& graph, const std::set<net::NodeId>& layers, const gen::Output& output,
          host::Step& step, size_t total)
      : graph_(graph), output_(output), step_(step), total_(total) {
    for (const net::NodeId layer : layers) rtl_[layer].layer = layer;
  }

  golden::Matrix<int32_t> run(net::NodeId layer, const golden::Matrix<uint8_t>& a,
                              const golden::Matrix<int8_t>& w) {
    const spec::Config& config = output_.config;
    const auto found = rtl_.find(layer);
    if (found == rtl_.end()) {
      return config.array.kind == spec::ArrayKind::kSparseTensorCore
                 ? golden::gemm_sparse24_fast(a, w, config.format, config.accumulator_bits)
                 : golden::gemm_fast(a, w, config.format, config.accumulator_bits);
    }
    verif::RtlOptions options;
    options.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    auto result = verif::gemm_rtl(a, w, output_, options);
    if (!result) {
      failure = result.error();
      throw Stop();
    }
    verilator = result->verilator_version;
    const auto predicted =
        static_cast<uint64_t>(net::predicted_cycles({.m = static_cast<int64_t>(a.rows),
                                                     .n = static_cast<int64_t>(w.rows),
                                                     .k = static_cast<int64_t>(a.cols)},
                                                    config));
    const std::string& name = graph_.nodes[layer].name;
    mismatch = result->mismatch.empty() ? "" : fmt::format("layer {}: {}", name, result->mismatch);
    if (mismatch.empty() && result->cycles != predicted) {
      mismatch = fmt::format("layer {}: {} x {} x {} (M x N x K) took {} cycles; {} were predicted",
                             name, a.rows, w.rows, a.cols, result->cycles, predicted);
    }
    if (!mismatch.empty()) throw Stop();
    found->second.cycles += result->cycles;
    found->second.predicted += predicted;
    step_.update(++done_, total_);
    return {a.rows, w.rows, {result->product.data.begin(), result->product.data.end()}};
  }

  std::optional<host::Failure> failure;
  std::string mismatch;
  std::string verilator;

  std::vector<RtlLayer> layers(size_t images) {
    std::vector<RtlLayer> result;
    for (auto& [node, layer] : rtl_) {
      layer.macs = net::macs(graph_, node) * static_cast<int64_t>(images);
      result.push_back(layer);
    }
    return result;
  }

 private:
  const net::Graph& graph_;
  const gen::Output& output_;
  host::Step& step_;
  size_t total_;
  size_t done_ = 0;
  std::map<net::NodeId, RtlLayer> rtl_;
};

}  // namespace

host::Result<RtlRun> run_on_rtl(const net::Graph& graph, const net::Quantization& quantization,
                                const std::set<net::NodeId>& layers, const spec::Config& config,
                                net::Images& images, const net::Preprocess& preprocess,
                                size_t count, host::Step& step) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const auto output = gen::generate(config, (*data / "rtl" / "lib").string());
  if (!output) return tl::unexpected<host::Failure>(output.error());
  size_t gemms = 0;
  for (const net::NodeId layer : layers) gemms += static_cast<size_t>(graph.conv(layer)->groups);
  RtlGemm gemm(graph, layers, *output, step, gemms * count);

  const net::SingleThread single;
  const net::Executor executor(graph, quantization,
                               {.batch = 1,
                                .fusion = net::Fusion::kFull,
                                .gemm = [&](net::NodeId layer, const auto& a,
                                            const auto& w) { return gemm.run(layer, a, w); },
                                .channel_multiple = net::channel_multiple(config)});
  const auto workspace = executor.make_workspace();
  std::vector<float> image(graph.shape(graph.input).elements());
  std::vector<float> logits(graph.shape(graph.output).elements());
  const net::LayerFormats formats(graph.nodes.size());
  RtlRun run{.verilator = {}, .images = count, .layers = {}, .classes = {}, .mismatch = {}};
  try {
    for (size_t i = 0; i < count; ++i) {
      images.read(i, 1, preprocess, image);
      executor.run(*workspace, image, logits, formats);
      run.classes.push_back(std::max_element(logits.begin(), logits.end()) - logits.begin());
    }
  } catch (const Stop&) {
    if (gemm.failure) return tl::unexpected(*gemm.failure);
    run.mismatch = gemm.mismatch;
    return run;
  }
  run.verilator = gemm.verilator;
  run.layers = gemm.layers(count);
  return run;
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

}  // namespace sparq::app
