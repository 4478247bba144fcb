// SPDX-License-Identifier: Apache-2.0
// How much the fast engine costs beside oneDNN's own u8 x s8 GEMM on the same matrices, and with
// 2:4 sparse weights beside itself with dense ones. Contenders run in turn, so that whatever else
// the machine does meets all; the ratio is of the medians. Then, by Google Benchmark, how fast
// activations are encoded. A report: the exit code says nothing.
//
//   gemm_bench [--threads=N] [--repetitions=N] [Google Benchmark's flags]
#include <benchmark/benchmark.h>
#include <omp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "golden/encode_fast.h"
#include "golden/gemm_fast.h"
#include "golden/gemm_sparse24_fast.h"
#include "golden/sparse24.h"

namespace sparq::golden {
namespace {

struct Operands {
  GemmShape shape;
  std::vector<uint8_t> x;
  std::vector<int8_t> w;
  std::vector<int32_t> c;
};

// Uniform values, a third of the activations zero, as after a ReLU.
Operands random_operands(const GemmShape& shape) {
  std::mt19937 random(1);
  Operands operands{shape, std::vector<uint8_t>(shape.m * shape.k),
                    std::vector<int8_t>(shape.n * shape.k),
                    std::vector<int32_t>(shape.m * shape.n)};
  for (auto& v : operands.x) v = static_cast<uint8_t>(random() % 3 == 0 ? 0 : random());
  for (auto& v : operands.w) v = static_cast<int8_t>(random());
  return operands;
}

void run_onednn(Operands& o) {
  const auto dim = [](size_t value) { return static_cast<dnnl_dim_t>(value); };
  const int32_t no_offset = 0;
  dnnl_gemm_u8s8s32('N', 'T', 'F', dim(o.shape.m), dim(o.shape.n), dim(o.shape.k), 1.0F, o.x.data(),
                    dim(o.shape.k), 0, o.w.data(), dim(o.shape.k), 0, 0.0F, o.c.data(),
                    dim(o.shape.n), &no_offset);
}

// Of the processor: a busy machine interrupts long runs more than short ones, which would falsify
// their ratio.
double seconds_of(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Median seconds of each contender; they take turns.
std::vector<double> median_seconds(const std::vector<std::function<void()>>& contenders,
                                   int repetitions) {
  std::vector<std::vector<double>> seconds(contenders.size());
  for (const auto& contender : contenders) contender();  // warm
  for (int i = 0; i < repetitions; ++i) {
    for (size_t j = 0; j < contenders.size(); ++j) {
      seconds[j].push_back(seconds_of(contenders[j]));
    }
  }
  std::vector<double> medians;
  for (const auto& samples : seconds) medians.push_back(median(samples));
  return medians;
}

struct Target {
  std::string label;
  GemmShape shape;
  double most;  // ratio
};

void print_ratio(const Target& target, const spec::Format& format, double time, double base,
                 double macs) {
  std::printf("ratio %s %s: %.3f (must <= %.2f) %s  %.3f ms %.0f GMAC/s\n", target.label.c_str(),
              spec::full_name(format).c_str(), time / base, target.most,
              time / base <= target.most ? "met" : "MISSED", time * 1e3, macs / time / 1e9);
}

double macs_of(const GemmShape& shape) {
  return static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
}

void report_ratios(const Target& target, const std::vector<spec::Format>& formats, int threads,
                   int repetitions) {
  Operands operands = random_operands(target.shape);
  const FastOptions options{.threads = threads};
  std::vector<std::function<void()>> contenders = {[&] { run_onednn(operands); }};
  for (const spec::Format& format : formats) {
    contenders.emplace_back([&] {
      gemm_fast(operands.x, operands.w, operands.c, operands.shape, format, 32, options);
    });
  }
  const std::vector<double> seconds = median_seconds(contenders, repetitions);
  const double base = seconds[0];
  const double macs = macs_of(target.shape);
  std::printf("%-14s %-20s %8.3f ms %6.0f GMAC/s\n", target.label.c_str(), "oneDNN u8s8s32",
              base * 1e3, macs / base / 1e9);
  for (size_t j = 1; j < contenders.size(); ++j) {
    print_ratio(target, formats[j - 1], seconds[j], base, macs);
  }
  std::fflush(stdout);
}

// The sparse engine beside the dense one, on the same 2:4 weights.
void report_sparse_ratios(const Target& target, const std::vector<spec::Format>& formats,
                          int threads, int repetitions) {
  const auto [m, n, k] = target.shape;
  const Operands operands = random_operands(target.shape);
  const Matrix<uint8_t> x(m, k, operands.x);
  const Matrix<int8_t> w = prune24(Matrix<int8_t>(n, k, operands.w));
  const FastOptions options{.threads = threads};
  for (const spec::Format& format : formats) {
    const std::vector<double> seconds =
        median_seconds({[&] { gemm_fast(x, w, format, 32, options); },
                        [&] { gemm_sparse24_fast(x, w, format, 32, threads); }},
                       repetitions);
    print_ratio(target, format, seconds[1], seconds[0], macs_of(target.shape));
  }
  std::fflush(stdout);
}

std::vector<spec::Format> bench_formats() {
  std::vector<spec::Format> formats;
  for (const std::string& name : spec::placement_names()) {
    formats.push_back(*spec::resolve({.placements = name}, "bench", ""));
  }
  formats.push_back(*spec::resolve({.placements = "5opt", .vsparq = false}, "bench", ""));
  formats.push_back(*spec::resolve({.kind = spec::Kind::kInt4x8}, "bench", ""));
  return formats;
}

void encode_throughput(benchmark::State& state, const spec::Format& format, EncodeUnit unit) {
  const auto count = static_cast<size_t>(state.range(0));
  std::vector<uint8_t> x = random_operands({1, 1, count}).x;
  std::vector<uint8_t> out(count);
  const FastEncoder encoder(format, unit);
  for (auto _ : state) {
    encoder.apply(x, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void register_encode() {
  struct Unit {
    EncodeUnit unit;
    const char* name;
  };
  for (const Unit& unit : {Unit{EncodeUnit::kAvx512Vbmi, "avx512_vbmi"},
                           Unit{EncodeUnit::kAvx2, "avx2"}, Unit{EncodeUnit::kScalar, "scalar"}}) {
    if (!available(unit.unit)) continue;
    for (const char* name : {"5opt", "7opt"}) {
      const spec::Format format = *spec::resolve({.placements = name}, "bench", "");
      benchmark::RegisterBenchmark((std::string("encode/") + name + "/" + unit.name).c_str(),
                                   encode_throughput, format, unit.unit)
          ->ArgName("values")
          ->Arg(1 << 14)   // in the first-level cache
          ->Arg(1 << 26);  // from memory
    }
  }
}

// Takes "--name=N" out of the arguments; `fallback` when it is not there.
int take_number(int& argc, char** argv, std::string_view name, int fallback) {
  int value = fallback;
  char** end = std::remove_if(argv + 1, argv + argc, [&](const char* argument) {
    std::string_view text = argument;
    if (!text.starts_with(name)) return false;
    text.remove_prefix(name.size());
    std::from_chars(text.data(), text.data() + text.size(), value);
    return true;
  });
  argc = static_cast<int>(end - argv);
  return std::max(value, 1);
}

}  // namespace
}  // namespace sparq::golden

int main(int argc, char** argv) {
  using namespace sparq::golden;
  const int threads = take_number(argc, argv, "--threads=", 1);
  const int repetitions = take_number(argc, argv, "--repetitions=", 41);
  benchmark::Initialize(&argc, argv);
  omp_set_num_threads(threads);
  std::printf("%d thread(s); medians of interleaved repetitions; products %s\n", threads,
              can_go_direct() ? "direct" : "split (no AVX-512 VNNI)");
  const std::vector<sparq::spec::Format> formats = bench_formats();
  report_ratios({"2048^3", {2048, 2048, 2048}, 1.06}, formats, threads, repetitions);
  report_ratios({"3136x128x576", {3136, 128, 576}, 1.15}, formats, threads, 10 * repetitions);
  report_sparse_ratios({"sparse24 3136x128x576", {3136, 128, 576}, 3.0}, formats, threads,
                       5 * repetitions);
  register_encode();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
