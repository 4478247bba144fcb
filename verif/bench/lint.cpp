// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <utility>

#include "app/host/cache.h"
#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "golden/spec/config_json.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using gen::EmittedModule;
using host::Result;
using host::ToolName;
using Checks = std::vector<Check>;

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
  const spec::Config& config;
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

// One parameter with a value that must be refused, and the modules that may be missing then: a tool
// may stop at the first.
struct Illegal {
  std::string parameter;
  int value;
  std::vector<std::string> errors;

  std::string text() const { return fmt::format("{} = {}", parameter, value); }
};

// Whether one line names both the module, or its file, and what it misses: what a child says of its
// own parameter does not count.
bool names_fault(const std::string& lines, const std::string& module, const Illegal& illegal) {
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    if (line.find(module) == std::string::npos) continue;
    for (const std::string& error : illegal.errors) {
      if (line.find(error) != std::string::npos) return true;
    }
  }
  return false;
}

// "WeightBits" -> "weight_bits".
std::string snake_case(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !text.empty()) text += '_';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// Bits of the sum of one step's products: an accumulator must be wider.
int step_bits(const spec::Config& config) {
  const spec::Format& format = config.format;
  const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
  const auto products =
      static_cast<unsigned>(spec::signature(config).k_per_step / (sparse ? 2 : 1));
  // A digit of one bit and no sign is 0 or 1.
  const bool is_bit =
      format.kind == spec::Kind::kSparq && format.window_bits == 1 && !format.signed_activations;
  const int activation_bits =
      format.kind == spec::Kind::kInt4x8 ? format.window_bits : format.activation_bits - is_bit;
  return config.weight_bits + activation_bits + static_cast<int>(std::bit_width(products - 1));
}

// The value just below each parameter's least legal one, which the module's own guard states, and
// for a multiplying unit the widest accumulator that one step can fill. A missing guard goes to
// `problems`.
std::vector<Illegal> illegal_values(const EmittedModule& module, const spec::Config& config,
                                    std::string& problems) {
  const std::string step = "sparq_error_accumulator_bits_must_exceed_one_step";
  std::vector<Illegal> all;
  for (const gen::Parameter& parameter : module.parameters) {
    const std::string stem = "sparq_error_" + snake_case(parameter.name) + "_must_";
    std::smatch match;
    const std::regex guard(stem + R"((be_at_least_(\d+)|not_be_negative) )");
    if (!std::regex_search(module.text, match, guard)) {
      problems += fmt::format("no {}be_at_least_<n> guards {}\n", stem, parameter.name);
      continue;
    }
    const int least = match.str(2).empty() ? 0 : std::stoi(match.str(2));
    all.push_back({parameter.name, least - 1, {stem + match.str(1)}});
    const bool adds = module.role == gen::Role::kPe || module.role == gen::Role::kDotUnit;
    if (parameter.name != "AccumulatorBits" || !adds) continue;

    all.back().errors.push_back(step);
    all.push_back({parameter.name, step_bits(config), {step}});
  }
  return all;
}

// A module that instantiates the subject with one parameter set; its file name.
std::string write_use(const Subject& subject, const std::string& parameter, int value) {
  const std::string name = fmt::format("use_{}_{}.v", parameter, value);
  const std::string text = fmt::format("module sparq_use;\n  {} #(.{}({})) u_used ();\nendmodule\n",
                                       subject.module.name, parameter, value);
  return host::write_file(subject.directory / name, "", text) ? name : "";
}

Check check_guards(const Subject& subject) {
  Check check = {.module = subject.module.name, .kind = "lint"};
  const std::vector<Illegal> all = illegal_values(subject.module, subject.config, check.detail);
  std::vector<std::string> tried;
  for (const Illegal& illegal : all) {
    tried.push_back(illegal.text());
  }
  check.title =
      fmt::format("{} refused by name in Verilator, Yosys and Icarus", fmt::join(tried, ", "));
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
  for (const Illegal& illegal : all) {
    for (const Reader& reader : subject.readers) {
      const host::Outcome outcome = read(reader, illegal.parameter, illegal.value);
      // Verilator may stumble over a consequence first.
      const bool named =
          reader.name == ToolName::kVerilator ||
          names_fault(outcome.out + '\n' + outcome.err, subject.module.name, illegal);
      if (outcome.ok()) {
        check.detail += report(reader, "takes " + illegal.text(), outcome);
      } else if (!named) {
        const std::string names = fmt::format("{}", fmt::join(illegal.errors, " or "));
        check.detail += report(
            reader, fmt::format("refuses {} without naming {}", illegal.text(), names), outcome);
      }
    }
  }
  check.passed = check.detail.empty();
  return check;
}

// Titles and cases of checks that passed.
using Remembered = std::vector<std::pair<std::string, uint64_t>>;

// What every tool was content with once is not read again.
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
  const fs::path waivers = *data / "verif" / "harness" / "model.vlt";
  fs::copy_file(waivers, directory.path() / waivers.filename(), error);
  if (error) return unwritable();
  std::vector<std::string> files;
  std::string key = fmt::format("lint 1\n{} {}\n", module.name, step_bits(output.config));
  for (const Reader& reader : *readers) key += reader.tool.version + '\n';
  std::ostringstream waived;
  waived << std::ifstream(waivers).rdbuf();
  key += waived.str();
  for (const EmittedModule& m : gen::closure(output, module.name)) {
    key += m.name + '\n' + m.text;
    files.push_back(m.name + ".v");
    if (!host::write_file(directory.path() / files.back(), "", m.text)) return unwritable();
  }
  const Subject subject = {directory.path(), files, *readers, module, output.config};
  auto cache = host::Cache::open_default();
  if (!cache) return tl::unexpected(cache.error());
  Checks checks;
  const auto timed = [&](Check (*run)(const Subject&)) {
    const auto start = std::chrono::steady_clock::now();
    checks.push_back(run(subject));
    checks.back().seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto sound = cache->ask_once(spec::sha256(key), [&]() -> host::Cache::Answer {
    timed(check_clean);
    if (!module.parameters.empty()) timed(check_guards);
    if (!std::ranges::all_of(checks, &Check::passed)) return std::nullopt;
    auto list = nlohmann::json::array();
    for (const Check& check : checks) list.push_back({check.title, check.cases});
    return list.dump();
  });
  if (!sound) return tl::unexpected(sound.error());
  if (!checks.empty()) return checks;
  for (const auto& [title, cases] : nlohmann::json::parse(**sound).get<Remembered>()) {
    checks.push_back({.module = module.name, .kind = "lint", .title = title, .cases = cases});
    checks.back().passed = true;
  }
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
