// SPDX-License-Identifier: Apache-2.0
#include "verif/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "app/host/tool.h"
#include "golden/spec/config_json.h"
#include "verif/bench/case_file.h"
#include "verif/bench/lint.h"
#include "verif/bench/units.h"
#include "verif/formal/claims.h"
#include "verif/gate/gate_level.h"
#include "verif/harness/array_checks.h"
#include "verif/harness/model.h"
#include "verif/harness/stream_checks.h"
#include "verif/icarus/testbench.h"
#include "verif/mutation/mutation.h"
#include "verif/wiring/wiring.h"

namespace sparq::verif {
namespace {

using host::Result;
using host::ToolName;
using Checks = std::vector<Check>;
using Outcome = std::optional<Result<Checks>>;

Result<Checks> check_top(const gen::Output& output, const CheckOptions& options) {
  return is_stream(output.config) ? check_stream(output, options) : check_array(output, options);
}

}  // namespace

// The array, then the PE and what it stands on, then reading the text.
std::vector<Task> check_tasks(const gen::Output& output, const CheckOptions& options) {
  std::vector<Task> tasks = {
      {output.top().name, [&output, &options] { return check_top(output, options); }}};
  std::vector<Task> mutants = mutation_tasks(output, options);
  std::move(mutants.begin(), mutants.end(), std::back_inserter(tasks));
  std::vector<Task> gates = gate_level_tasks(output, options);
  std::move(gates.begin(), gates.end(), std::back_inserter(tasks));
  tasks.push_back({"icarus", [&output, &options] { return check_icarus(output, options); }});
  std::vector<Task> wiring = wiring_tasks(output);
  std::move(wiring.begin(), wiring.end(), std::back_inserter(tasks));
  std::vector<Task> proofs = proof_tasks(output, options);
  std::move(proofs.begin(), proofs.end(), std::back_inserter(tasks));
  std::vector<Task> units = unit_tasks(output, options);
  std::move(units.rbegin(), units.rend(), std::back_inserter(tasks));
  std::vector<Task> lint = lint_tasks(output);
  std::move(lint.rbegin(), lint.rend(), std::back_inserter(tasks));
  return tasks;
}

namespace {

std::vector<Outcome> run_tasks(const std::vector<Task>& tasks, int jobs,
                               const OnProgress& on_progress) {
  std::vector<Outcome> outcomes(tasks.size());
  std::atomic<size_t> next = 0;
  size_t done = 0;
  std::mutex mutex;
  const auto work = [&] {
    for (size_t i = next++; i < tasks.size(); i = next++) {
      outcomes[i] = tasks[i].run();
      const std::lock_guard lock(mutex);
      on_progress(++done, tasks.size());
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < jobs; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  return outcomes;
}

// The models' compiler is the simulator's own choice.
Result<std::map<std::string, std::string>> tool_versions() {
  const auto simulator = Simulator::open();
  if (!simulator) return tl::unexpected(simulator.error());
  const host::Tool& compiler = simulator->compiler();
  std::map<std::string, std::string> versions = {
      {"sparq", SPARQ_VERSION},
      {host::info(ToolName::kVerilator).program, simulator->verilator().version},
      {compiler.path.filename().string(), compiler.version}};
  for (const ToolName name : {ToolName::kYosys, ToolName::kIverilog}) {
    const auto tool = host::find_tool(name);
    if (!tool) return tl::unexpected(tool.error());
    versions[host::info(name).program] = tool->version;
  }
  return versions;
}

bool lint_failed(const Report& report) {
  return std::any_of(report.checks.begin(), report.checks.end(),
                     [](const Check& check) { return check.kind == "lint" && check.failed(); });
}

}  // namespace

Result<Report> run_checks(const gen::Output& output, const CheckOptions& options,
                          const OnProgress& on_progress) {
  const auto start = std::chrono::steady_clock::now();
  Report report;
  auto versions = tool_versions();
  if (!versions) return tl::unexpected(versions.error());
  report.tools = *std::move(versions);
  const std::vector<Task> tasks = check_tasks(output, options);
  std::vector<Outcome> outcomes = run_tasks(tasks, options.jobs, on_progress);
  // The slowest tasks came first; reports read better from the text to the units to the array.
  std::vector<std::pair<std::string, host::Failure>> failures;
  for (size_t i = tasks.size(); i-- > 0;) {
    Result<Checks>& checks = *outcomes[i];
    if (checks) {
      std::move(checks->begin(), checks->end(), std::back_inserter(report.checks));
    } else {
      failures.emplace_back(tasks[i].label, checks.error());
    }
  }
  if (!failures.empty() && !lint_failed(report)) return tl::unexpected(failures.front().second);
  for (const auto& [label, failure] : failures) {
    const auto* error = std::get_if<host::ToolError>(&failure);
    if (error == nullptr) return tl::unexpected(failure);
    Check check = {.module = label, .kind = "build", .title = "can be simulated"};
    check.detail = host::to_text(*error);
    report.checks.push_back(check);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

Result<Check> rerun_case(const gen::Output& output, const std::filesystem::path& path,
                         const std::filesystem::path& wave) {
  const auto head = load_case_head(path);
  if (!head) return tl::unexpected<host::Failure>(head.error());
  const auto wrong = [&](const char* field, const std::string& value, std::string allowed) {
    return tl::unexpected<host::Failure>(
        spec::Problems{{path.string(), field, value, std::move(allowed)}});
  };
  if (const std::string digest = spec::digest(output.config); head->config_digest != digest) {
    return wrong("config_digest", head->config_digest,
                 fmt::format("the case belongs to another configuration; this one is {}", digest));
  }
  const auto module = std::find_if(output.modules.begin(), output.modules.end(),
                                   [&](const auto& m) { return m.name == head->module; });
  if (module == output.modules.end()) {
    return wrong("module", head->module, "is not a module of this design");
  }
  if (module->role == gen::Role::kArray && is_stream(output.config)) {
    const auto scenario = load_stream_scenario(path);
    if (!scenario) return tl::unexpected<host::Failure>(scenario.error());
    return rerun_stream_case(output, *scenario, wave);
  }
  if (module->role == gen::Role::kArray) {
    const auto scenario = load_scenario(path);
    if (!scenario) return tl::unexpected<host::Failure>(scenario.error());
    return rerun_array_case(output, *scenario, wave);
  }
  const auto contents = load_case(path);
  if (!contents) return tl::unexpected<host::Failure>(contents.error());
  return rerun_unit_case(output, *contents, wave);
}

std::string summary(const Report& report) {
  size_t module = 6;
  size_t kind = 4;
  for (const Check& check : report.checks) {
    module = std::max(module, check.module.size());
    kind = std::max(kind, check.kind.size());
  }
  std::string text = fmt::format("{:{}}  {:{}}  {:>12}  {:>8}  {:7}  {}\n", "module", module,
                                 "kind", kind, "cases", "seconds", "result", "covered");
  for (const Check& check : report.checks) {
    const bool skipped = !check.skipped.empty();
    text += fmt::format("{:{}}  {:{}}  {:>12}  {:>8.2f}  {:7}  {}\n", check.module, module,
                        check.kind, kind, check.cases, check.seconds,
                        check.passed ? "ok"
                        : skipped    ? "skipped"
                                     : "FAILED",
                        skipped ? check.title + ": " + check.skipped : check.title);
  }
  return text;
}

spec::Checked<void> write_results(host::OutputDirectory& directory, const gen::Output& output,
                                  const CheckOptions& options, const Report& report) {
  nlohmann::ordered_json manifest = {{"schema_version", spec::kSchemaVersion},
                                     {"tool", report.tools},
                                     {"command", "verify"},
                                     {"config_digest", spec::digest(output.config)},
                                     {"files", {"certificate.json", "verify.json", "verify.xml"}}};
  for (const Check& check : report.checks) {
    if (check.case_file.empty()) continue;
    manifest["files"].push_back("cases/" + check.case_file.filename().string());
  }
  return directory.write("verify.json", results_json(output, options, report))
      .and_then([&] { return directory.write("verify.xml", junit_xml(output, report)); })
      .and_then([&] {
        return directory.write("certificate.json", certificate_json(output, options, report));
      })
      .and_then([&] { return directory.write("manifest.json", manifest.dump(2) + "\n"); })
      .and_then([&] { return directory.commit(); });
}

}  // namespace sparq::verif
