// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using gen::EmittedModule;
using host::Result;
using host::ToolName;
using Checks = std::vector<Check>;

// Below every parameter's least legal value, whatever it means.
constexpr int kIllegalValue = -1;

struct Reader {
  ToolName name;
  host::Tool tool;
};

Result<std::vector<Reader>> find_readers() {
  std::vector<Reader> readers;
  for (const ToolName name : {ToolName::kVerilator, ToolName::kYosys, ToolName::kIverilog}) {
    auto tool = host::find_tool(name);
    if (!tool) return tl::unexpected(tool.error());
    readers.push_back({name, *std::move(tool)});
  }
  return readers;
}

// How strictly a text is read: every warning counts, or only whether it is refused.
enum class Strictness { kClean, kRefused };

host::Command read_command(const Reader& reader, const fs::path& directory,
                           const std::vector<std::string>& files, const std::string& top,
                           Strictness strictness) {
  const bool clean = strictness == Strictness::kClean;
  std::vector<std::string> argv = {reader.tool.path.string()};
  const auto add = [&](std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words.begin(), words.end());
  };
  switch (reader.name) {
    case ToolName::kVerilator:
      add({"--lint-only", clean ? "-Wall" : "-Wno-fatal", "--language", "1364-2005", "--top-module",
           top, "model.vlt"});
      break;
    case ToolName::kYosys:
      add({"-q", "-p",
           fmt::format("read_verilog {}; hierarchy -check -top {}; proc; check -assert",
                       fmt::join(files, " "), top)});
      break;
    default:
      add({"-g2005", clean ? "-Wall" : "-Wno-all", "-o", "/dev/null", "-s", top});
      break;
  }
  if (reader.name != ToolName::kYosys) argv.insert(argv.end(), files.begin(), files.end());
  return {.argv = std::move(argv),
          .cwd = directory,
          .env = {},
          .log = {},
          .timeout = std::chrono::minutes(5)};
}

std::string report(const Reader& reader, const std::string& what, const host::Outcome& outcome) {
  return fmt::format("{} {}: {}\n{}{}\n", host::info(reader.name).program, what,
                     host::describe(outcome), outcome.out, outcome.err);
}

struct Subject {
  const fs::path& directory;
  const std::vector<std::string>& files;
  const std::vector<Reader>& readers;
  const EmittedModule& module;
};

Check check_clean(const Subject& subject) {
  Check check = {.module = subject.module.name,
                 .kind = "lint",
                 .title = "clean in Verilator -Wall and Icarus -Wall, sound in Yosys"};
  for (const Reader& reader : subject.readers) {
    const host::Outcome outcome = host::run(read_command(reader, subject.directory, subject.files,
                                                         subject.module.name, Strictness::kClean));
    ++check.cases;
    const bool silent = reader.name == ToolName::kYosys || (outcome.out + outcome.err).empty();
    if (!outcome.ok() || !silent) check.detail += report(reader, "is not content", outcome);
  }
  check.passed = check.detail.empty();
  return check;
}

// A module that instantiates the subject with one parameter set; its file name.
std::string write_use(const Subject& subject, const std::string& parameter, int value) {
  const std::string name = fmt::format("use_{}_{}.v", parameter, value < 0 ? "illegal" : "legal");
  const std::string text = fmt::format("module sparq_use;\n  {} #(.{}({})) u_used ();\nendmodule\n",
                                       subject.module.name, parameter, value);
  return host::write_file(subject.directory / name, "", text) ? name : "";
}

Check check_guards(const Subject& subject) {
  std::vector<std::string> names;
  for (const gen::Parameter& parameter : subject.module.parameters) names.push_back(parameter.name);
  Check check = {.module = subject.module.name,
                 .kind = "lint",
                 .title = fmt::format("{} of {} refused by Verilator, Yosys and Icarus",
                                      fmt::join(names, ", "), kIllegalValue)};
  const auto read = [&](const Reader& reader, const std::string& parameter, int value) {
    std::vector<std::string> files = subject.files;
    files.push_back(write_use(subject, parameter, value));
    ++check.cases;
    return host::run(
        read_command(reader, subject.directory, files, "sparq_use", Strictness::kRefused));
  };
  // The same use with a legal value is accepted: it is the value that is refused, not the use.
  const gen::Parameter& legal = subject.module.parameters.front();
  for (const Reader& reader : subject.readers) {
    const host::Outcome outcome = read(reader, legal.name, legal.value);
    if (!outcome.ok()) check.detail += report(reader, "refuses the default " + legal.name, outcome);
  }
  for (const gen::Parameter& parameter : subject.module.parameters) {
    bool named = false;
    for (const Reader& reader : subject.readers) {
      const host::Outcome outcome = read(reader, parameter.name, kIllegalValue);
      named = named || (outcome.out + outcome.err).find("sparq_error_") != std::string::npos;
      if (outcome.ok()) {
        check.detail +=
            report(reader, fmt::format("takes {} = {}", parameter.name, kIllegalValue), outcome);
      }
    }
    if (!named) check.detail += fmt::format("no tool names the fault of {}\n", parameter.name);
  }
  check.passed = check.detail.empty();
  return check;
}

Result<Checks> check_text(const gen::Output& output, const EmittedModule& module) {
  const auto readers = find_readers();
  if (!readers) return tl::unexpected(readers.error());
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  const auto unwritable = [&] {
    return tl::unexpected<host::Failure>(spec::Problems{
        {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
  };
  std::error_code error;
  fs::copy_file(*data / "verif" / "harness" / "model.vlt", directory.path() / "model.vlt", error);
  if (error) return unwritable();
  std::vector<std::string> files;
  for (const EmittedModule& m : output.modules) {
    files.push_back(m.name + ".v");
    if (!host::write_file(directory.path() / files.back(), "", m.text)) return unwritable();
    if (m.name == module.name) break;  // children stand before parents
  }
  const Subject subject = {directory.path(), files, *readers, module};
  Checks checks;
  const auto timed = [&](Check (*run)(const Subject&)) {
    const auto start = std::chrono::steady_clock::now();
    checks.push_back(run(subject));
    checks.back().seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  timed(check_clean);
  if (!module.parameters.empty()) timed(check_guards);
  return checks;
}

}  // namespace

std::vector<Task> lint_tasks(const gen::Output& output) {
  std::vector<Task> tasks;
  for (const EmittedModule& module : output.modules) {
    tasks.push_back({"lint " + module.name, [&] { return check_text(output, module); }});
  }
  return tasks;
}

}  // namespace sparq::verif
