// SPDX-License-Identifier: Apache-2.0
// sparq gen: a config as Verilog.
#include <fmt/format.h>

#include <memory>

#include "app/host/paths.h"
#include "app/subcommands.h"
#include "gen/generate.h"
#include "golden/spec/config_json.h"
#include "verif/icarus/testbench.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(Writes DIR/rtl/*.v, DIR/files.f (the array, for verilator -f and iverilog -f), DIR/stream.f (packer
and unpacker of encoded words, or of packed 2:4 weights) and DIR/manifest.json (modules, ports,
parameters, latency in cycles, digest of the config). The same config gives the same bytes.
With --bench also DIR/bench/: a self-checking bench in Verilog with its vectors; sh DIR/bench/run.sh
runs it under Icarus Verilog and prints PASS or FAIL.
DIR appears whole or not at all; one that is there is replaced only if it is empty or holds a
manifest.json of sparq.

Example:
  sparq gen configs/sa16_5opt.json -o out/sa16_5opt
  sparq gen configs/sa16_5opt.json -o out/sa16_5opt --bench && sh out/sa16_5opt/bench/run.sh)";

constexpr uint64_t kBenchSeed = 1;  // the same config gives the same bytes

struct Options {
  CommonFlags common;
  std::string config;
  std::string output;
  bool bench = false;
};

spec::Checked<void> write_all(const gen::Output& output, host::OutputDirectory& directory) {
  for (const gen::EmittedModule& module : output.modules) {
    if (auto written = directory.write("rtl/" + module.name + ".v", module.text); !written) {
      return written;
    }
  }
  if (auto written = directory.write("files.f", gen::file_list(output)); !written) return written;
  if (const std::string streams = gen::stream_file_list(output); !streams.empty()) {
    if (auto written = directory.write("stream.f", streams); !written) return written;
  }
  return directory.write("manifest.json", gen::manifest_json(output));
}

host::Exit generate(const Options& options) {
  const auto data = host::data_directory();
  if (!data) return host::report(data.error());
  spec::Problems problems;
  const auto config = spec::load_config(options.config);
  collect(config, problems);
  auto directory = host::OutputDirectory::open(options.output);
  collect(directory, problems);
  ResultFile file(options.common, problems);
  collect_clash("-o", options.output, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  warn_of_narrow_accumulator(options.config, *config);
  const auto output = gen::generate(*config, (*data / "rtl" / "lib").string());
  if (!output) return host::report(output.error());
  std::vector<verif::BenchFile> bench;
  if (options.bench) {
    auto files = verif::bench_files(*output, verif::bench_vectors(*output, kBenchSeed));
    if (!files) return host::report(files.error());
    bench = *std::move(files);
  }
  const std::string digest = spec::digest(*config);
  const int64_t safe_k = spec::safe_k(*config);
  nlohmann::json result = new_result("gen");
  result["config_digest"] = digest;
  result["output"] = options.output;
  result["top"] = output->top().name;
  result["safe_k"] = safe_k;
  for (const gen::EmittedModule& module : output->modules) {
    result["modules"].push_back(module.name);
  }
  auto written = write_all(*output, *directory);
  for (const verif::BenchFile& part : bench) {
    if (written) written = directory->write("bench/" + part.name, part.text);
  }
  if (written) written = publish(*directory, file, result);
  if (!written) return host::report(written.error());
  fmt::print("{}: {} modules, top {}, digest {}\nsafe for K up to {}\nwritten to {}\n",
             config->name, output->modules.size(), output->top().name, digest.substr(0, 16), safe_k,
             options.output);
  return host::Exit::kDone;
}

}  // namespace

void add_gen(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("gen", "Writes the Verilog of a config");
  const auto options = std::make_shared<Options>();
  sub->add_option("config", options->config, "The config")->required()->type_name("CONFIG.json");
  sub->add_option("-o,--output", options->output, "Output directory")->required()->type_name("DIR");
  sub->add_flag("--bench", options->bench, "Also writes DIR/bench: a bench in plain Verilog");
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return generate(*options); }; });
}

}  // namespace sparq::app
