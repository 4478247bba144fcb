// SPDX-License-Identifier: Apache-2.0
// How fast emitted arrays simulate: sa16_5opt beside sa16_int8, every row checked, one core. Rates
// are per second of processor time, so that other programs disturb them little.
//   array_bench [ROUNDS] [K]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "app/host/failure.h"
#include "app/host/paths.h"
#include "verif/harness/stimulus.h"
#include "verif/rtl_engine.h"

namespace {

using namespace sparq;

struct Contestant {
  gen::Output output;
  double build_seconds = 0;
  double best = 0;  // useful MACs per second
  double utilization = 0;
};

host::Result<Contestant> prepare(spec::Kind kind) {
  spec::ConfigFields fields;
  fields.format.kind = kind;
  const auto config = spec::resolve(fields, "array_bench");
  if (!config) return tl::unexpected<host::Failure>(config.error());
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  auto output = gen::generate(*config, (*data / "rtl" / "lib").string());
  if (!output) return tl::unexpected<host::Failure>(output.error());
  return Contestant{.output = std::move(*output)};
}

template <class To, class From>
golden::Matrix<To> narrow(const golden::Matrix<From>& m) {
  return {m.rows, m.cols, std::vector<To>(m.data.begin(), m.data.end())};
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

host::Result<bool> run(Contestant& one, size_t k) {
  constexpr size_t kEdge = 128;
  const spec::Config& config = one.output.config;
  const auto a =
      narrow<uint8_t>(verif::make_activations(verif::Stimulus::kSparse, 1, kEdge, k, config));
  const auto w = narrow<int8_t>(verif::make_weights(verif::Stimulus::kRandom, 2, kEdge, k, config));
  // Children, the compilers among them, do not count.
  const double start = processor_seconds();
  const auto result = verif::gemm_rtl(a, w, one.output);
  const double seconds = processor_seconds() - start;
  if (!result) return tl::unexpected(result.error());
  if (!result->mismatch.empty()) {
    fmt::print(stderr, "{}\n", result->mismatch);
    return false;
  }
  one.build_seconds = std::max(one.build_seconds, result->build_seconds);
  const double macs = static_cast<double>(kEdge * kEdge * k);
  one.best = std::max(one.best, macs / seconds);
  one.utilization = result->utilization;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const auto k = static_cast<size_t>(argc > 2 ? std::atoi(argv[2]) : 4096);
  // A cache of its own, so that building is measured.
  std::string cache = (std::filesystem::temp_directory_path() / "array_bench_XXXXXX").string();
  if (mkdtemp(cache.data()) == nullptr) return 2;
  setenv("SPARQ_CACHE", cache.c_str(), 1);
  int exit = 0;
  std::vector<Contestant> all;
  for (const spec::Kind kind : {spec::Kind::kSparq, spec::Kind::kInt8}) {
    auto one = prepare(kind);
    if (!one) return static_cast<int>(host::report(one.error()));
    all.push_back(std::move(*one));
  }
  for (int round = 0; round < rounds && exit == 0; ++round) {
    for (Contestant& one : all) {
      const auto ok = run(one, k);
      if (!ok) exit = static_cast<int>(host::report(ok.error()));
      if (ok && !*ok) exit = 1;
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(cache, ignored);
  if (exit != 0) return exit;
  for (const Contestant& one : all) {
    fmt::print("{:24} {:7.1f} M MAC/s  utilization {:5.2f} %  build {:5.2f} s\n",
               one.output.top().name, one.best / 1e6, one.utilization * 100, one.build_seconds);
  }
  fmt::print("5opt over int8: {:.3f}\n", all[0].best / all[1].best);
  return 0;
}
