// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz.h"

#include <fmt/format.h>

#include "app/host/paths.h"
#include "app/result.h"
#include "app/version.h"
#include "golden/spec/config_json.h"
#include "verif/fuzz/fuzz.h"

namespace sparq::app {
namespace {

namespace fs = std::filesystem;

constexpr double kMostMinutes = 10'000;

nlohmann::json result_of(const verif::FuzzReport& report, const FuzzOptions& options) {
  nlohmann::json result = new_result("verify --fuzz");
  result["seed"] = options.checks.seed;
  result["configs"] = report.configs;
  result["cases"] = report.cases;
  result["features"] = report.features;
  result["passed"] = !report.failure;
  if (report.failure) {
    result["failure"] = {{"config", nlohmann::json::parse(report.failure->minimal)},
                         {"drawn", nlohmann::json::parse(report.failure->drawn)},
                         {"seed", report.failure->seed},
                         {"module", report.failure->check.module},
                         {"kind", report.failure->check.kind},
                         {"detail", report.failure->check.detail}};
  }
  return result;
}

spec::Checked<void> write_all(host::OutputDirectory& directory, const verif::FuzzReport& report,
                              const nlohmann::json& result) {
  const nlohmann::ordered_json manifest = {{"schema_version", spec::kSchemaVersion},
                                           {"tool", {{"sparq", kVersion}}},
                                           {"command", "verify --fuzz"}};
  if (report.failure) {
    auto written = directory.write("failing.json", report.failure->minimal + "\n");
    if (!written) return written;
  }
  return directory.write("fuzz.json", file_text(result)).and_then([&] {
    return directory.write("manifest.json", file_text(manifest));
  });
}

void print_failure(const verif::FuzzFailure& failure, const fs::path& directory) {
  const verif::Check& check = failure.check;
  fmt::print("\nFAILED: {}: {}: {}\n{}\ndrawn:   {}\nminimal: {}\n", check.module, check.kind,
             check.title, check.detail, failure.drawn, failure.minimal);
  fmt::print("again: sparq verify '{}' --seed {}\n", (directory / "failing.json").string(),
             failure.seed);
}

}  // namespace

host::Exit fuzz(const FuzzOptions& options, spec::Problems problems) {
  double minutes = 0;
  const char* end = options.minutes.data() + options.minutes.size();
  const auto parsed = std::from_chars(options.minutes.data(), end, minutes);
  if (parsed.ec != std::errc{} || parsed.ptr != end || !(minutes > 0 && minutes <= kMostMinutes)) {
    problems.push_back({"command line", "--fuzz", options.minutes,
                        fmt::format("must be more than 0 and at most {} minutes", kMostMinutes)});
  }
  const bool named = !options.output.empty();
  const fs::path path = named ? fs::path(options.output) : fs::path("out") / "fuzz";
  auto directory =
      host::OutputDirectory::open(path, named ? host::Parents::kThere : host::Parents::kCreate);
  collect(directory, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", path.string(), options.common, problems);
  if (!problems.empty()) return host::report(problems);

  const auto data = host::data_directory();
  if (!data) return host::report(data.error());
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  verif::CheckOptions checks = options.checks;
  checks.case_dir = cases.path();
  const auto seconds = std::chrono::seconds(static_cast<int64_t>(minutes * 60));
  host::Result<verif::FuzzReport> report;
  {
    host::Step step(options.common.verbosity(), "checking random configurations");
    report = verif::run_fuzz(
        checks, seconds,
        [&](const spec::Config& config) { return gen::generate(config, *data / "rtl" / "lib"); },
        [&](size_t passed) { step.update(passed, static_cast<size_t>(seconds.count())); });
  }
  if (!report) return host::report(report.error());
  const nlohmann::json result = result_of(*report, options);
  auto written = write_all(*directory, *report, result).and_then([&] {
    return publish(*directory, result_file, result);
  });
  if (!written) return host::report(written.error());
  fmt::print("{}", verif::feature_summary(*report));
  if (report->failure) print_failure(*report->failure, path);
  fmt::print("{} configurations, {} cases, seed {}: {}; results in {}\n", report->configs,
             report->cases, options.checks.seed, report->failure ? "one FAILED" : "all agree",
             path.string());
  return report->failure ? host::Exit::kCheckFailed : host::Exit::kDone;
}

}  // namespace sparq::app
