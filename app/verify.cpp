// SPDX-License-Identifier: Apache-2.0
// sparq verify: the design of a config, checked against the golden model.
#include "verif/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "app/fuzz.h"
#include "app/host/paths.h"
#include "app/subcommands.h"
#include "golden/spec/config_json.h"

namespace sparq::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFooter =
    R"(Generates the Verilog of CONFIG and checks it: every file read by three tools, every unit against
the golden model (exhaustively where inputs total at most 20 bits), the array on random GEMMs with
stalls and resets. Level full takes minutes and covers every raw operand tuple of a PE.
DIR receives verify.json, verify.xml (JUnit), certificate.json and, for failures, cases/*.json.
Exit status 1 when a check fails.
With --fuzz, random small configurations are generated and checked until the time is over; the first
that fails is minimised and left as DIR/failing.json, with the command that checks it again.

Examples:
  sparq verify configs/sa16_5opt.json
  sparq verify configs/sa16_5opt.json -o out/check --level full --jobs 2
  sparq verify --fuzz 10 --seed 7 -o out/fuzz
  sparq verify configs/sa16_5opt.json --case out/check/cases/FILE.json --wave failure.fst)";

struct Options {
  CommonFlags common;
  std::string config;
  std::string output;  // empty: out/<name>/verify
  std::string level = "quick";
  std::optional<std::string> seed;
  std::optional<std::string> jobs;  // none: one per processor
  std::string case_file;
  std::string wave;
  std::optional<std::string> fuzz;  // minutes
};

void print_failure(const verif::Check& check, const Options& options, const fs::path& directory) {
  fmt::print("\nFAILED: {}: {}: {} (after {} cases)\n{}\n", check.module, check.kind, check.title,
             check.cases, check.detail);
  if (check.case_file.empty()) return;
  fmt::print("  again, alone: sparq verify '{}' --case '{}' --wave failure.fst\n", options.config,
             (directory / "cases" / check.case_file.filename()).string());
}

host::Exit rerun(const Options& options, const gen::Output& output, ResultFile result_file) {
  const host::Step step(options.common.verbosity(), "one case of " + output.config.name);
  const auto check = verif::rerun_case(output, options.case_file, options.wave);
  if (!check) return host::report(check.error());
  nlohmann::json result = new_result("verify");
  result["config_digest"] = spec::digest(output.config);
  result["checks"].push_back({{"module", check->module},
                              {"kind", check->kind},
                              {"cases", check->cases},
                              {"passed", check->passed},
                              {"seconds", check->seconds}});
  auto written = result_file.write(result).and_then([&] { return result_file.commit(); });
  if (!written) return host::report(written.error());
  if (check->passed) {
    fmt::print("{}: agrees, {} cases\n", check->module, check->cases);
    return host::Exit::kDone;
  }
  fmt::print("FAILED: {}\n", check->detail);
  return host::Exit::kCheckFailed;
}

host::Exit check_all(const Options& options, verif::CheckOptions checks, const gen::Output& output,
                     const fs::path& path, host::OutputDirectory directory,
                     ResultFile result_file) {
  checks.case_dir = directory.path() / "cases";
  std::error_code error;
  fs::create_directory(checks.case_dir, error);
  if (error) {
    return host::report(spec::Problems{{"command line", "-o", path.string(), error.message()}});
  }
  host::Result<verif::Report> report;
  {
    host::Step step(options.common.verbosity(), "checking " + output.config.name);
    report = verif::run_checks(output, checks,
                               [&](size_t done, size_t total) { step.update(done, total); });
  }
  if (!report) return host::report(report.error());
  auto written =
      result_file.write(nlohmann::json::parse(verif::results_json(output, checks, *report)))
          .and_then([&] { return verif::write_results(directory, output, checks, *report); })
          .and_then([&] { return result_file.commit(); });
  if (!written) return host::report(written.error());

  fmt::print("{}", verif::summary(*report));
  for (const verif::Check& check : report->checks) {
    if (check.failed()) print_failure(check, options, path);
    if (check.passed && check.mutants) {
      fmt::print("\nMutants of {}, by source line:\n{}", check.module, check.detail);
    }
  }
  const int64_t skipped = report->skipped();
  fmt::print("{}: {} checks{}, level {}, seed {}, {:.1f} s: {}; results in {}\n",
             output.config.name, report->checks.size(),
             skipped > 0 ? fmt::format(", {} skipped", skipped) : "", options.level, checks.seed,
             report->seconds, report->passed() ? "all agree" : "FAILED", path.string());
  return report->passed() ? host::Exit::kDone : host::Exit::kCheckFailed;
}

// Level, seed and jobs.
verif::CheckOptions resolve(const Options& options, spec::Problems& problems) {
  verif::CheckOptions checks;
  checks.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (options.level == "full") {
    checks.level = verif::Level::kFull;
  } else if (options.level != "quick") {
    problems.push_back({"command line", "--level", options.level, "must be quick or full"});
  }
  if (options.jobs) {
    checks.jobs = parse_integer<int>(*options.jobs).value_or(0);
    if (checks.jobs < 1 || checks.jobs > 256) {
      problems.push_back({"command line", "--jobs", *options.jobs, "must be 1..256"});
    }
  }
  if (options.seed) {
    const auto seed = parse_integer<uint64_t>(*options.seed);
    checks.seed = seed.value_or(0);
    if (!seed) {
      problems.push_back(
          {"command line", "--seed", *options.seed, "must be an integer, 0..2^64-1"});
    }
  }
  return checks;
}

host::Exit verify_random(const Options& options) {
  spec::Problems problems;
  const verif::CheckOptions checks = resolve(options, problems);
  for (const auto& [field, value] : {std::pair("CONFIG", options.config),
                                     {"--case", options.case_file},
                                     {"--wave", options.wave}}) {
    if (!value.empty()) problems.push_back({"command line", field, value, "not beside --fuzz"});
  }
  return fuzz({options.common, *options.fuzz, options.output, checks}, std::move(problems));
}

host::Exit verify(const Options& options) {
  if (options.fuzz) return verify_random(options);
  spec::Problems problems;
  const verif::CheckOptions checks = resolve(options, problems);
  if (!options.wave.empty() && options.case_file.empty()) {
    problems.push_back({"command line", "--wave", options.wave, "needs --case"});
  }
  spec::Checked<spec::Config> config;
  if (options.config.empty()) {
    problems.push_back({"command line", "CONFIG", "", "is required, unless there is --fuzz"});
  } else {
    config = spec::load_config(options.config);
    collect(config, problems);
  }
  // The default output has parents to be created; those of a directory the user names must be
  // there.
  const bool named = !options.output.empty();
  const fs::path path = named ? fs::path(options.output)
                              : fs::path("out") / (config ? config->name : "sparq") / "verify";
  spec::Checked<host::OutputDirectory> directory;
  if (options.case_file.empty() && (named || config)) {
    directory =
        host::OutputDirectory::open(path, named ? host::Parents::kThere : host::Parents::kCreate);
    collect(directory, problems);
  }
  ResultFile result_file(options.common, problems);
  collect_clash("-o", path.string(), options.common, problems);
  collect_clash("--wave", options.wave, options.common, problems);
  if (!problems.empty()) return host::report(problems);
  warn_of_narrow_accumulator(options.config, *config);

  const auto data = host::data_directory();
  if (!data) return host::report(data.error());
  const auto output = gen::generate(*config, *data / "rtl" / "lib");
  if (!output) return host::report(output.error());
  if (!options.case_file.empty()) return rerun(options, *output, std::move(result_file));
  return check_all(options, checks, *output, path, *std::move(directory), std::move(result_file));
}

}  // namespace

void add_verify(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("verify", "Checks the generated design of a config");
  const auto options = std::make_shared<Options>();
  sub->add_option("config", options->config, "The configuration")->type_name("CONFIG.json");
  sub->add_option("-o,--output", options->output, "Directory of results; out/NAME/verify")
      ->type_name("DIR");
  sub->add_option("--level", options->level, "quick (default) or full")->type_name("LEVEL");
  sub->add_option("--seed", options->seed, "Of random stimulus; 1")->type_name("N");
  sub->add_option("--jobs", options->jobs, "Processes at a time; one per processor")
      ->type_name("N");
  sub->add_option("--case", options->case_file, "Runs one failure's case file alone")
      ->type_name("FILE");
  sub->add_option("--wave", options->wave, "With --case: writes an FST waveform")
      ->type_name("OUT.fst");
  sub->add_option("--fuzz", options->fuzz,
                  "Checks random configurations for so long, without CONFIG")
      ->type_name("MINUTES");
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return verify(*options); }; });
}

}  // namespace sparq::app
