// SPDX-License-Identifier: Apache-2.0
#include "verif/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "golden/spec/config_json.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::ordered_json;

std::string_view to_text(Level level) { return level == Level::kQuick ? "quick" : "full"; }

Json check_json(const Check& check) {
  Json json = {{"module", check.module}, {"kind", check.kind},     {"title", check.title},
               {"cases", check.cases},   {"passed", check.passed}, {"seconds", check.seconds}};
  if (!check.skipped.empty()) json["skipped"] = check.skipped;
  if (check.bound) json["bound_cycles"] = *check.bound;
  if (check.mutants) {
    json["mutants"] = {{"possible", check.mutants->possible},
                       {"noticed", check.mutants->noticed},
                       {"equivalent", check.mutants->equivalent}};
  }
  if (!check.detail.empty()) json["detail"] = check.detail;
  if (!check.case_file.empty()) json["case_file"] = "cases/" + check.case_file.filename().string();
  return json;
}

Json head(const gen::Output& output, const CheckOptions& options, const Report& report) {
  Json json = {{"schema_version", spec::kSchemaVersion},
               {"tool", report.tools},
               {"command", "verify"},
               {"config_digest", spec::digest(output.config)},
               {"level", to_text(options.level)},
               {"seed", options.seed},
               {"passed", report.passed()}};
  return json;
}

Json checks_json(const Report& report) {
  Json checks = Json::array();
  for (const Check& check : report.checks) checks.push_back(check_json(check));
  return checks;
}

}  // namespace

bool Report::passed() const {
  return std::ranges::none_of(checks, &Check::failed) &&
         std::ranges::any_of(checks, &Check::passed);
}

int64_t Report::skipped() const {
  return std::ranges::count_if(checks, [](const Check& c) { return !c.skipped.empty(); });
}

std::string rtl_digest(const gen::Output& output) {
  std::string bytes;
  for (const gen::EmittedModule& module : output.modules) {
    bytes += fmt::format("{}.v\n{}\n", module.name, module.text.size()) + module.text;
  }
  return spec::sha256(bytes);
}

std::string results_json(const gen::Output& output, const CheckOptions& options,
                         const Report& report) {
  Json json = head(output, options, report);
  json["seconds"] = report.seconds;
  json["checks"] = checks_json(report);
  return json.dump(2) + "\n";
}

std::string certificate_json(const gen::Output& output, const CheckOptions& options,
                             const Report& report) {
  uint64_t cases = 0;
  for (const Check& check : report.checks) cases += check.cases;
  Json json = head(output, options, report);
  json["config"] = Json::parse(spec::canonical_json(output.config));
  json["rtl_sha256"] = rtl_digest(output);
  json["rtl_sha256_of"] =
      "for each module in the order of rtl_files: file name, newline, size in bytes as a decimal "
      "number, newline, bytes";
  for (const gen::EmittedModule& module : output.modules) {
    json["rtl_files"].push_back(module.name + ".v");
  }
  json["totals"] = {{"checks", report.checks.size()},
                    {"failed", std::ranges::count_if(report.checks, &Check::failed)},
                    {"skipped", report.skipped()},
                    {"cases", cases},
                    {"seconds", report.seconds}};
  json["checks"] = checks_json(report);
  return json.dump(2) + "\n";
}

}  // namespace sparq::verif
