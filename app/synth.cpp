// SPDX-License-Identifier: Apache-2.0
// sparq synth: what a configuration costs, beside its baselines.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "app/host/cache.h"
#include "app/host/paths.h"
#include "app/subcommands.h"
#include "app/synth_designs.h"
#include "app/synth_energy.h"
#include "gen/generate.h"
#include "golden/spec/config_json.h"
#include "synth/compare.h"
#include "synth/curves.h"
#include "synth/export.h"
#include "synth/plots.h"

namespace sparq::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultLibraryPackage = "qflow-tech-osu018";

constexpr const char* kFooter =
    R"(Synthesizes the array of CONFIG and the same array in the formats int8 (8b-8b) and int4x8 (static
2x4b-8b) with one flow, library and clock. Area is cell area, and timing is static timing by
OpenSTA: no wires, no clock tree. A design that is slower than the clock is reported so. Energy per
MAC is that of units whose mapped netlist was simulated on activations and weights.

--curves adds area against delay: each design's multiplying unit (PE or dot-product unit) under
every setting of the pipeline, with chains of full adders, carry-lookahead adders, or both kinds.

DIR holds synth.json, synth.md, synth.csv, report.txt, plots, with --curves curves.csv, and for each
design its Verilog, scripts, netlist, log and the longest path of each level.

Examples:
  sparq synth configs/sa16_5opt.json -o out/synth
  sparq synth configs/sa16_5opt.json --liberty sky130_fd_sc_hd__tt_025C_1v80.lib
  sparq synth configs/tc4_5opt.json -o out/curves --curves
  sparq synth configs/sa16_5opt.json -o out/new --diff out/synth/synth.json)";

struct Options {
  CommonFlags common;
  std::string config;
  std::string output;
  std::vector<std::string> liberties;
  std::optional<std::string> clock_ns;
  std::string diff;
  bool curves = false;
  OperandFiles operands;
};

// `library`: null when there is none to take the default from.
spec::Checked<double> clock_of(const Options& options, const synth::Library* library) {
  if (!options.clock_ns) {
    if (library == nullptr) return 0;
    if (const auto clock = synth::default_clock_ns(library->name)) return *clock;
    return spec::fail("command line", "--clock-ns", "",
                      fmt::format("must be given: the library {} has no default", library->name));
  }
  const std::string& text = *options.clock_ns;
  double clock = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), clock);
  if (error != std::errc() || end != text.data() + text.size() || !(clock >= 0.01) ||
      !(clock <= 10000)) {
    return spec::fail("command line", "--clock-ns", text, "must be a number from 0.01 to 10000");
  }
  return clock;
}

// Everything in DIR but the manifest's own name is said once, here.
spec::Checked<void> write_directory(host::OutputDirectory& directory,
                                    const synth::Comparison& comparison,
                                    const nlohmann::json& result, const std::string& table) {
  for (size_t i = 0; i < comparison.designs.size(); ++i) {
    const synth::Design& design = comparison.designs[i];
    const synth::Mapped& mapped = comparison.mapped[i];
    const fs::path folder{std::string(spec::to_text(design.role))};
    for (const synth::SourceFile& source : design.sources) {
      if (auto written = directory.write(folder / "rtl" / source.name, source.text); !written) {
        return written;
      }
    }
    std::vector<synth::SourceFile> files = mapped.scripts;
    files.push_back({"netlist.v", mapped.verilog});
    files.push_back({"yosys.log", mapped.log});
    for (const synth::Row& row : comparison.report.rows) {
      if (row.name != design.name || !row.timing) continue;
      files.push_back({fmt::format("timing/{}.txt", to_text(row.level)), row.timing->path});
    }
    for (const auto& [name, text] : files) {
      if (auto written = directory.write(folder / name, text); !written) return written;
    }
  }
  const std::string energy = synth::energy_svg(result);
  if (!energy.empty()) {
    if (auto written = directory.write("energy.svg", energy); !written) return written;
  }
  std::string markdown = synth::to_markdown(result);
  if (result.contains("curves")) {
    markdown += synth::curves_markdown(result);
    auto written = directory.write("curves.csv", synth::curves_csv(result)).and_then([&] {
      return directory.write("curves.svg", synth::curves_svg(result));
    });
    if (!written) return written;
  }
  nlohmann::json manifest = result;
  manifest.erase("curves");
  manifest.erase("designs");
  manifest.erase("modules");
  manifest.erase("breakdown");
  manifest.erase("diff");
  return directory.write("synth.json", file_text(result))
      .and_then([&] { return directory.write("report.txt", table); })
      .and_then([&] { return directory.write("synth.md", markdown); })
      .and_then([&] { return directory.write("synth.csv", synth::to_csv(result)); })
      .and_then([&] { return directory.write("area.svg", synth::area_svg(result)); })
      .and_then([&] { return directory.write("manifest.json", file_text(manifest)); });
}

host::Result<synth::Comparison> compare(const synth::Flow& flow, std::vector<synth::Design> designs,
                                        host::Verbosity verbosity) {
  auto cache = host::Cache::open_default();
  if (!cache) warn("there is no cache directory: nothing is kept for the next run");
  host::Step step(verbosity, fmt::format("synthesis of {} designs", designs.size()));
  const size_t total = designs.size();
  size_t done = 0;
  const int jobs = static_cast<int>(std::thread::hardware_concurrency());
  return synth::compare(flow, std::move(designs), jobs, cache ? &*cache : nullptr,
                        [&] { step.update(++done, total); });
}

host::Result<void> add_timing(const synth::Timer& timer, const synth::Flow& flow,
                              host::Verbosity verbosity, synth::Comparison& comparison) {
  auto cache = host::Cache::open_default();
  const size_t total = comparison.report.rows.size();
  host::Step step(verbosity, fmt::format("timing of {} units", total));
  size_t done = 0;
  const int jobs = static_cast<int>(std::thread::hardware_concurrency());
  auto added = synth::add_timing(timer, flow, jobs, cache ? &*cache : nullptr, comparison,
                                 [&] { step.update(++done, total); });
  for (const synth::Row& row : comparison.report.rows) {
    if (row.timing && row.timing->slack_ns < 0) {
      warn(fmt::format("{}, {}: slower than the clock of {:g} ns, by {:.3f} ns", row.name,
                       to_text(row.level), flow.clock_ns, -row.timing->slack_ns));
    } else if (added && !row.timing) {
      warn(fmt::format("{}, {}: too large to be timed", row.name, to_text(row.level)));
    }
  }
  return added;
}

host::Result<std::vector<synth::EnergyRun>> energy_runs(const spec::Config& config,
                                                        const golden::GemmInputs& inputs,
                                                        const fs::path& data) {
  std::vector<synth::EnergyRun> runs;
  for (const spec::Config& each : synth::with_baselines(config)) {
    const spec::Config part = simulated_part(each);
    const auto output = gen::generate(part, (data / "rtl" / "lib").string());
    if (!output) return tl::unexpected<host::Failure>(output.error());
    runs.push_back({design_of(*output), operands_for(part, inputs)});
  }
  return runs;
}

host::Result<void> add_energy(const synth::Flow& flow, const spec::Config& config,
                              const golden::GemmInputs& inputs, const fs::path& data,
                              host::Verbosity verbosity, synth::Comparison& comparison) {
  const auto meter = synth::prepare_power_meter(data);
  if (!meter) return tl::unexpected(meter.error());
  const auto runs = energy_runs(config, inputs, data);
  if (!runs) return tl::unexpected(runs.error());
  auto cache = host::Cache::open_default();
  host::Step step(verbosity, fmt::format("energy of {} units", runs->size()));
  size_t done = 0;
  return synth::add_energy(*meter, flow, *runs, cache ? &*cache : nullptr, comparison,
                           [&] { step.update(++done, runs->size()); });
}

host::Result<synth::Curves> measure_curves(const synth::Timer& timer, const synth::Flow& flow,
                                           const spec::Config& config, const fs::path& data,
                                           host::Verbosity verbosity) {
  const auto designs = pipelined_designs(config, data);
  if (!designs) return tl::unexpected<host::Failure>(designs.error());
  auto cache = host::Cache::open_default();
  host::Step step(verbosity, "area against delay");
  size_t done = 0;
  const int jobs = static_cast<int>(std::thread::hardware_concurrency());
  return synth::measure_curves(timer, flow, *designs, jobs, cache ? &*cache : nullptr,
                               [&](size_t total) { step.update(++done, total); });
}

// Says so when a check failed: the figures then mean nothing.
bool sound(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults) {
    fmt::print(stderr, "sparq: check failed: {}\n", fault);
  }
  return faults.empty();
}

std::vector<fs::path> libraries_of(const Options& options) {
  if (options.liberties.empty()) return {host::kDefaultLiberty};
  return {options.liberties.begin(), options.liberties.end()};
}

std::string digest_of_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return spec::sha256(std::string(std::istreambuf_iterator<char>(stream), {}));
}

// What decides the figures; where they go does not.
std::string command_line(const Options& options) {
  std::string line = "sparq synth " + options.config;
  for (const std::string& file : options.liberties) line += " --liberty " + file;
  if (options.clock_ns) line += " --clock-ns " + *options.clock_ns;
  if (!options.operands.activations.empty()) {
    line += " --activations " + options.operands.activations;
  }
  if (!options.operands.weights.empty()) line += " --weights " + options.operands.weights;
  return line + (options.curves ? " --curves" : "");
}

host::Exit run_synth(const Options& options) {
  if (std::error_code error;
      options.liberties.empty() && !fs::exists(host::kDefaultLiberty, error)) {
    return host::report(
        host::ToolError{"osu018", kDefaultLibraryPackage, "not found: the default library", ""});
  }
  const auto data = host::data_directory();
  if (!data) return host::report(data.error());
  spec::Problems problems;
  const auto config = spec::load_config(options.config);
  std::optional<OperandFiles> operands;
  spec::Checked<golden::GemmInputs> inputs;
  if (collect(config, problems)) operands = operand_files(options.operands, *config, *data);
  if (operands) {
    inputs = golden::load_gemm(operands->activations, operands->weights, config->format,
                               config->weight_bits);
    collect(inputs, problems);
  }
  auto library = synth::load_library(libraries_of(options), "--liberty");
  const auto clock_ns = clock_of(options, collect(library, problems) ? &*library : nullptr);
  collect(clock_ns, problems);
  spec::Checked<nlohmann::json> old;
  if (!options.diff.empty() && library && clock_ns) {
    old = synth::load_report(options.diff, "--diff", *library, *clock_ns);
    collect(old, problems);
  }
  const std::string target =
      !options.output.empty() ? options.output : "synth_" + (config ? config->name : "");
  auto directory = host::OutputDirectory::open(target);
  collect(directory, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", target, options.common, problems);
  if (!problems.empty()) return host::report(problems);
  warn_of_narrow_accumulator(options.config, *config);

  const auto flow = synth::prepare_flow(*data, *std::move(library), *clock_ns);
  if (!flow) return host::report(flow.error());
  const auto timer = synth::prepare_timer(*data, flow->library);
  if (!timer) return host::report(timer.error());
  auto designs = designs_of(synth::with_baselines(*config), *data);
  if (!designs) return host::report(designs.error());
  auto comparison = compare(*flow, *std::move(designs), options.common.verbosity());
  if (!comparison) return host::report(comparison.error());
  const synth::Report& report = comparison->report;
  for (const std::string& notice : report.notices) fmt::print(stderr, "sparq: note: {}\n", notice);
  if (!sound(report.faults)) return host::Exit::kCheckFailed;

  if (const auto added = add_timing(*timer, *flow, options.common.verbosity(), *comparison);
      !added) {
    return host::report(added.error());
  }
  if (operands) {
    comparison->report.operands = operands_line(*operands, *config, *inputs);
    comparison->report.operand_digests = {digest_of_file(operands->activations),
                                          digest_of_file(operands->weights)};
    const auto added =
        add_energy(*flow, *config, *inputs, *data, options.common.verbosity(), *comparison);
    if (!added) return host::report(added.error());
  } else if (!options.operands.weights.empty()) {
    warn("energy is not measured: this format's activations have to be given (--activations)");
  }

  nlohmann::json result = new_result("synth");
  result["tool"]["yosys"] = flow->yosys.version;
  result["tool"]["sta"] = timer->sta.version;
  result["config_digest"] = spec::digest(*config);
  result["command_line"] = command_line(options);
  result.update(synth::to_json(report));
  std::string table = synth::to_table(report);
  if (options.curves) {
    const auto curves = measure_curves(*timer, *flow, *config, *data, options.common.verbosity());
    if (!curves) return host::report(curves.error());
    if (!sound(curves->faults)) return host::Exit::kCheckFailed;
    result.update(synth::to_json(*curves, flow->clock_ns));
    table += synth::curves_table(result);
  }
  if (!options.diff.empty()) {
    result["diff"] = synth::compare_reports(*old, result);
    if (!synth::have_same_operands(*old, result)) {
      warn("--diff: energies were measured on other operands and are not compared");
    }
    if (const nlohmann::json tools = old->value("tool", nlohmann::json());
        tools != result["tool"]) {
      warn(fmt::format("--diff: {} was made by other tools: {}", options.diff, tools.dump()));
    }
    table += fmt::format("\nAgainst {}\n\n{}", options.diff, synth::to_table(result["diff"]));
  }
  auto written = write_directory(*directory, *comparison, result, table);
  if (written) written = publish(*directory, result_file, result);
  if (!written) return host::report(written.error());
  fmt::print("{}\nWritten to {}\n", table, target);
  return host::Exit::kDone;
}

}  // namespace

void add_synth(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand(
      "synth", "Area and timing of a config's array and parts, beside its baselines");
  const auto options = std::make_shared<Options>();
  sub->add_option("config", options->config, "The configuration")
      ->required()
      ->type_name("CONFIG.json");
  sub->add_option("-o,--output", options->output,
                  "A new directory for the results (default: synth_NAME, the config's name)")
      ->type_name("DIR");
  sub->add_option("--liberty", options->liberties,
                  "The cell library (default: osu018); --liberty again adds one technology's parts")
      ->type_name("FILE.lib")
      ->allow_extra_args(false);
  sub->add_option("--clock-ns", options->clock_ns,
                  "The clock to map for and to check (default: osu018 8, sky130 10)")
      ->type_name("T");
  sub->add_option("--activations", options->operands.activations,
                  "Activations to measure energy on (default: the example network's)")
      ->type_name("X.npy");
  sub->add_option("--weights", options->operands.weights,
                  "Weights to measure energy on (default: the example network's)")
      ->type_name("W.npy");
  sub->add_flag("--curves", options->curves,
                "Also area against delay, by adders and pipeline stages");
  sub->add_option("--diff", options->diff,
                  "An older synth.json, of the same library and clock, to compare with")
      ->type_name("OLD.json");
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return run_synth(*options); }; });
}

}  // namespace sparq::app
