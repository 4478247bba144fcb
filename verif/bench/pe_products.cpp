// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/pe_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "golden/require.h"
#include "golden/spec/signature.h"
#include "verif/bench/pe_model.h"

namespace sparq::verif {
namespace {

constexpr uint64_t kQuickProducts = uint64_t{1} << 28;
constexpr uint64_t kFullProducts = uint64_t{1} << 33;
constexpr size_t kSampledRawSteps = size_t{1} << 14;
constexpr size_t kSampledWeights = size_t{1} << 12;
constexpr size_t kHistory = 16;  // products before a wrong one that its case repeats

uint64_t weight_tuples(const spec::Config& config) {
  return uint64_t{1} << std::min(spec::signature(config).weight_bits, 32);
}

// As verif/kernels/pe_products.cpp declares them.
struct Operand {
  uint64_t word;
  int64_t value[2];
};
using Kernel = size_t (*)(void* model, const void* activations, size_t activation_count,
                          const void* weights, size_t weight_count, int latency,
                          int accumulator_bits);

// The words one instance works on.
struct Share {
  Dut dut;
  size_t from;
  size_t to;
  size_t right = 0;
};

template <class T>
std::vector<Operand> as_operands(const std::vector<T>& list) {
  std::vector<Operand> operands;
  for (const T& o : list) operands.push_back({o.word, {o.value[0], o.value[1]}});
  return operands;
}

void start(Dut& dut, int latency) {
  Port clock = dut.port("clk_i");
  Port reset = dut.port("rst_ni");
  for (const char* name : {"enable_i", "first_i", "last_i"}) dut.port(name).set_bit(true);
  for (const char* name : {"result_a_i", "result_b_i"}) dut.port(name).set(0);
  reset.set_bit(false);
  for (int cycle = 0; cycle < 2 + latency; ++cycle) {
    if (cycle == 2) reset.set_bit(true);
    clock.set_bit(false);
    dut.eval();
    clock.set_bit(true);
    dut.eval();
  }
}

// Product `index` of the share, and up to kHistory before it, from reset on.
Vectors as_sequence(const Share& share, size_t index, const spec::Config& config,
                    const ProductPlan& plan) {
  const int latency = spec::signature(config).pe_latency;
  PeModel model(config.accumulator_bits, latency);
  Vectors table = pe_table();
  const auto cycle = [&](const PeInputs& inputs) { add_cycle(table, inputs, model.tick(inputs)); };
  cycle({.reset = true});
  const size_t from = index - std::min(index, kHistory);
  for (size_t i = from; i <= index; ++i) {
    cycle({.first = true,
           .last = true,
           .word = plan.words[share.from + i / plan.weights.size()],
           .weights = plan.weights[i % plan.weights.size()]});
  }
  for (int i = 0; i < latency; ++i) cycle({});
  return table;
}

}  // namespace

ProductPlan plan_products(const spec::Config& config, Level level, uint64_t seed,
                          const std::vector<uint64_t>& encoded) {
  const Sampled<RawStep> raw = raw_steps(config, kSampledRawSteps, seed);
  const uint64_t limit = level == Level::kFull ? kFullProducts : kQuickProducts;
  ProductPlan plan;
  const bool every_tuple = level == Level::kFull && raw.exhaustive && !encoded.empty() &&
                           raw.values.size() * weight_tuples(config) <= limit;
  if (every_tuple) {
    golden::require(encoded.size() == raw.values.size(), "an encoded word for each raw tuple");
    for (size_t i = 0; i < encoded.size(); ++i) {
      plan.words.push_back({encoded[i], encode(raw.values[i], config).value});
    }
  } else {
    plan.words = distinct_words(raw.values, config);
  }
  const bool all_weights = plan.words.size() * weight_tuples(config) <= limit;
  const Sampled<Weights> weights =
      weight_steps(config, all_weights ? weight_tuples(config) : kSampledWeights, seed);
  plan.weights = weights.values;
  plan.exhaustive = raw.exhaustive && weights.exhaustive;
  const bool pairs = spec::signature(config).k_per_step == 2;
  plan.title =
      fmt::format("{} {} x {} {}",
                  raw.exhaustive ? fmt::format("all {}", plan.words.size())
                                 : fmt::format("{} corner and random", plan.words.size()),
                  every_tuple ? "raw activation tuples, as the encoder model encodes them,"
                              : "different encoded words",
                  weights.exhaustive ? fmt::format("all {}", plan.weights.size())
                                     : fmt::format("{} corner and random", plan.weights.size()),
                  pairs ? "weight pairs" : "weights");
  return plan;
}

ProductResult run_products(const Model& model, const spec::Config& config, const ProductPlan& plan,
                           int jobs, uint64_t seed) {
  const int latency = spec::signature(config).pe_latency;
  const std::vector<Operand> words = as_operands(plan.words);
  const std::vector<Operand> weights = as_operands(plan.weights);
  const auto kernel = reinterpret_cast<Kernel>(model.symbol("sparq_pe_products"));

  std::vector<Share> shares;
  const size_t parts = std::min(words.size(), static_cast<size_t>(std::max(jobs, 1)));
  for (size_t part = 0; part < parts; ++part) {
    shares.push_back(
        {model.make(seed + part), words.size() * part / parts, words.size() * (part + 1) / parts});
    start(shares.back().dut, latency);
  }
  std::vector<std::thread> threads;
  for (Share& share : shares) {
    threads.emplace_back([&, kernel] {
      share.right = kernel(share.dut.raw(), &words[share.from], share.to - share.from,
                           weights.data(), weights.size(), latency, config.accumulator_bits);
    });
  }
  for (std::thread& thread : threads) thread.join();

  ProductResult result = {0, std::nullopt};
  for (const Share& share : shares) {
    result.products += share.right;
    if (share.right < (share.to - share.from) * weights.size() && !result.wrong) {
      result.wrong = as_sequence(share, share.right, config, plan);
    }
  }
  return result;
}

}  // namespace sparq::verif
