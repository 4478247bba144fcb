// SPDX-License-Identifier: Apache-2.0
#include "app/host/tool.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>

namespace sparq::host {
namespace {

// The first number with a dot in it, as far as it goes: "5.006" in "Verilator 5.006 2023-01-22".
std::string version_in(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  for (size_t at = text.find_first_of(digits); at != std::string_view::npos;
       at = text.find_first_of(digits, at)) {
    const size_t end = std::min(text.find_first_not_of("0123456789.", at), text.size());
    std::string_view word = text.substr(at, end - at);
    while (word.ends_with('.')) word.remove_suffix(1);
    if (word.find('.') != std::string_view::npos) return std::string(word);
    at = end;
  }
  return "";
}

}  // namespace

const std::vector<ToolInfo>& all_tools() {
  static const std::vector<ToolInfo> tools = {
      {ToolName::kVerilator, "verilator", "verilator", "--version", "simulation, lint"},
      {ToolName::kClang, "clang++", "clang", "-dumpversion", "models, the preferred compiler"},
      {ToolName::kGcc, "g++", "g++", "-dumpfullversion", "models where clang++ is absent"},
      {ToolName::kYosys, "yosys", "yosys", "-V", "area, lint"},
      {ToolName::kSta, "sta", "opensta", "-version", "timing, energy"},
      {ToolName::kIverilog, "iverilog", "iverilog", "-V", "lint, energy"},
  };
  return tools;
}

const ToolInfo& info(ToolName name) {
  static const ToolInfo compiler = {ToolName::kCompiler, "c++", "clang", "", "models"};
  if (name == ToolName::kCompiler) return compiler;
  const auto& tools = all_tools();
  return *std::find_if(tools.begin(), tools.end(),
                       [=](const ToolInfo& tool) { return tool.name == name; });
}

std::filesystem::path find_on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::filesystem::path candidate = std::filesystem::path(folder) / program;
    std::error_code error;
    if (std::filesystem::is_regular_file(candidate, error) &&
        access(candidate.c_str(), X_OK) == 0) {
      return std::filesystem::absolute(candidate, error);
    }
  }
  return {};
}

std::string known_bad(ToolName name, std::string_view version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (name == ToolName::kVerilator && major < 5) {
    return fmt::format("version {} is too old; 5.006 or later is needed", version);
  }
  if (name == ToolName::kGcc && major < 11) {
    return fmt::format("version {} is too old for C++20; 11 or later is needed", version);
  }
  return "";
}

Result<Tool> find_tool(ToolName name) {
  // A check may run a tool dozens of times; its version is asked for once.
  static std::mutex mutex;
  static std::map<std::pair<ToolName, std::filesystem::path>, Tool> found;
  if (name == ToolName::kCompiler) {
    auto clang = find_tool(ToolName::kClang);
    if (!clang) return find_tool(ToolName::kGcc);
    clang->version = "clang " + clang->version;
    return clang;
  }
  const ToolInfo& tool = info(name);
  const std::filesystem::path path = find_on_path(tool.program);
  if (path.empty()) {
    return tl::unexpected<Failure>(ToolError{tool.program, tool.package, "not found on PATH", ""});
  }
  {
    const std::lock_guard lock(mutex);
    if (const auto known = found.find({name, path}); known != found.end()) return known->second;
  }
  const Outcome outcome = run({.argv = {path.string(), tool.version_flag},
                               .cwd = {},
                               .env = {},
                               .log = {},
                               .timeout = std::chrono::seconds(20)});
  if (!outcome.ok()) return tl::unexpected<Failure>(tool_error(name, outcome));
  const std::string version = version_in(outcome.out);
  if (const std::string reason = known_bad(name, version); !version.empty() && !reason.empty()) {
    return tl::unexpected<Failure>(ToolError{tool.program, tool.package, reason, ""});
  }
  const std::lock_guard lock(mutex);
  return found[{name, path}] = Tool{path, version};
}

Result<std::filesystem::path> find_abc() {
  const std::filesystem::path path = find_on_path("yosys-abc");
  if (!path.empty()) return path;
  return tl::unexpected<Failure>(ToolError{"yosys-abc", "yosys", "not found on PATH", ""});
}

ToolError tool_error(ToolName name, const Outcome& outcome) {
  const ToolInfo& tool = info(name);
  const bool missing = outcome.end == End::kNotStarted;
  return {tool.program, missing ? tool.package : "", describe(outcome), last_lines(outcome)};
}

}  // namespace sparq::host
