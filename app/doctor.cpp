// SPDX-License-Identifier: Apache-2.0
// sparq doctor: which tools are there, which are not, which are known not to work.
#include <fmt/format.h>

#include <memory>

#include "app/host/paths.h"
#include "app/host/tool.h"
#include "app/subcommands.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(Exit status 3 when a tool that is needed is missing or known not to work.

Example:
  sparq doctor)";

struct Finding {
  std::string name;
  std::string state;    // version, or what is wrong
  std::string package;  // to be installed
  std::string used_for;
  bool good = true;
  bool needed = true;
};

Finding examine(const host::ToolInfo& tool) {
  Finding finding{tool.program, "", tool.package, tool.used_for};
  if (const auto found = host::find_tool(tool.name)) {
    finding.state = found->version.empty() ? "found" : found->version;
  } else {
    finding.good = false;
    finding.state = std::get<host::ToolError>(found.error()).reason;
  }
  return finding;
}

// One compiler of models is needed, clang++ or g++.
std::vector<Finding> examine_tools() {
  std::vector<Finding> findings;
  bool compiler = false;
  for (const host::ToolInfo& tool : host::all_tools()) {
    Finding& finding = findings.emplace_back(examine(tool));
    if (tool.name == host::ToolName::kClang) finding.needed = false;
    if (tool.name == host::ToolName::kGcc) finding.needed = !compiler;
    compiler = compiler || (tool.name == host::ToolName::kClang && finding.good);
  }
  return findings;
}

Finding examine_library() {
  Finding finding{"osu018", host::kDefaultLiberty, "qflow-tech-osu018", "area, default library"};
  std::error_code error;
  finding.good = std::filesystem::exists(host::kDefaultLiberty, error);
  if (!finding.good) finding.state = "not found";
  return finding;
}

Finding examine_data() {
  Finding finding{"data files", "", "", "library Verilog, harness, flow"};
  if (const auto data = host::data_directory()) {
    finding.state = data->string();
  } else {
    finding.good = false;
    finding.state = std::get<host::ToolError>(data.error()).reason;
  }
  return finding;
}

host::Exit doctor(const CommonFlags& common) {
  spec::Problems problems;
  ResultFile file(common, problems);
  if (!problems.empty()) return host::report(problems);
  std::vector<Finding> findings = examine_tools();
  findings.push_back(examine_library());
  findings.push_back(examine_data());

  nlohmann::json result = new_result("doctor");
  auto& tools = result["tools"] = nlohmann::json::array();
  std::string missing;
  bool good = true;
  for (const Finding& f : findings) {
    const char* mark = f.good ? "ok" : f.needed ? "MISSING" : "absent";
    fmt::print("{:<8} {:<11} {:<34} {}\n", mark, f.name, f.state, f.used_for);
    tools.push_back({{"name", f.name},
                     {"found", f.good},
                     {"state", f.state},
                     {"package", f.package},
                     {"needed", f.needed},
                     {"used_for", f.used_for}});
    if (f.good) continue;
    if (!f.package.empty()) missing += " " + f.package;
    good = good && !f.needed;
  }
  if (!missing.empty()) fmt::print("To install what is missing: apt-get install{}\n", missing);
  result["passed"] = good;
  auto written = file.write(result).and_then([&] { return file.commit(); });
  if (!written) return host::report(written.error());
  return good ? host::Exit::kDone : host::Exit::kToolFailed;
}

}  // namespace

void add_doctor(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("doctor", "Says which tools are there and which are missing");
  const auto common = std::make_shared<CommonFlags>();
  add_common_flags(*sub, *common, kFooter);
  sub->callback([&run, common] { run = [common] { return doctor(*common); }; });
}

}  // namespace sparq::app
