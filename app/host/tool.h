// SPDX-License-Identifier: Apache-2.0
// The programs this one runs: where they are, their versions, the packages that bring them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/host/failure.h"
#include "app/host/process.h"

namespace sparq::host {

enum class ToolName {
  kVerilator,
  kClang,
  kGcc,
  kCompiler,  // of models: kClang, or kGcc where that is absent
  kYosys,
  kSta,
  kIverilog,
};

struct ToolInfo {
  ToolName name;
  const char* program;  // "verilator"
  const char* package;  // Debian's
  const char* version_flag;
  const char* used_for;
};

// The standard cells that area is stated in unless the user names others; Debian's
// qflow-tech-osu018 brings them.
inline constexpr const char* kDefaultLiberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

// Every program, in the order `sparq doctor` lists them; without kCompiler, which is one of them.
const std::vector<ToolInfo>& all_tools();
const ToolInfo& info(ToolName name);

struct Tool {
  std::filesystem::path path;
  std::string version;  // "5.006"; empty when it would not say
};

// Looks on PATH and asks for the version. A ToolError when it is missing or known not to work. The
// version of a kCompiler begins with "clang " when it is one.
Result<Tool> find_tool(ToolName name);

// yosys-abc, which comes with Yosys and is of its version.
Result<std::filesystem::path> find_abc();

// The failure of a run of this tool, for the user.
ToolError tool_error(ToolName name, const Outcome& outcome);

// Why this version is known not to work; empty when it is not.
std::string known_bad(ToolName name, std::string_view version);

// Where `program` is on PATH; empty when it is not.
std::filesystem::path find_on_path(const std::string& program);

}  // namespace sparq::host
