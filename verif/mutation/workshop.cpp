// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/workshop.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "golden/require.h"

namespace sparq::verif {

namespace fs = std::filesystem;
using host::Result;

Workshop::Workshop(host::Tool yosys)
    : yosys_(std::move(yosys)),
      directory_(host::Temporary::directory_in(fs::temp_directory_path())) {}

Result<Workshop> Workshop::open(const gen::Output& output) {
  auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected(yosys.error());
  Workshop shop(*std::move(yosys));
  bool written = true;
  for (const gen::EmittedModule& module : output.modules) {
    written = written && shop.write(module.name + ".v", module.text);
    shop.files_ += ' ' + module.name + ".v";
  }
  if (written) return shop;
  return tl::unexpected<host::Failure>(spec::Problems{
      {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
}

std::string Workshop::gates(const std::string& top) const {
  return fmt::format("read_verilog{0}\nhierarchy -check -top {1}\nsynth -noabc -top {1}\n", files_,
                     top);
}

Result<void> Workshop::run(const std::string& script) const {
  const host::Outcome outcome = start(script);
  if (outcome.ok()) return {};
  return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
}

std::string Workshop::log_of(const std::string& script) const { return start(script).out; }

std::string Workshop::log_of(const fs::path& program, const std::string& commands) const {
  return host::run({.argv = {program.string(), "-c", commands},
                    .cwd = directory_.path(),
                    .env = {},
                    .log = {},
                    .timeout = std::chrono::minutes(2)})
      .out;
}

bool Workshop::write(const std::string& name, const std::string& text) const {
  std::ofstream file(directory_.path() / name, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

std::string Workshop::read(const std::string& name) const {
  std::ifstream in(directory_.path() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

host::Outcome Workshop::start(const std::string& script) const {
  golden::require(write("script.ys", script), "a directory that took the design takes a script");
  return host::run({.argv = {yosys_.path.string(), "script.ys"},
                    .cwd = directory_.path(),
                    .env = {},
                    .log = {},
                    .timeout = std::chrono::minutes(20)});
}

}  // namespace sparq::verif
