// SPDX-License-Identifier: Apache-2.0
#include "verif/formal/prove.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "app/host/cache.h"
#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "golden/spec/config_json.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using host::Result;

constexpr std::string_view kDisproved = "disproved: ";

// The emitted modules, and the properties in a folder of their own; their names.
struct Sources {
  std::vector<std::string> emitted;
  std::vector<std::string> properties;
};

Result<Sources> write_sources(const gen::Output& output, const fs::path& directory) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  Sources sources;
  std::error_code error;
  fs::create_directory(directory / "formal", error);
  for (const auto& entry : fs::directory_iterator(*data / "verif" / "formal", error)) {
    if (entry.path().extension() != ".v") continue;
    sources.properties.push_back("formal/" + entry.path().filename().string());
    if (!error) fs::copy_file(entry.path(), directory / sources.properties.back(), error);
  }
  std::sort(sources.properties.begin(), sources.properties.end());
  bool written = !error;
  for (const gen::EmittedModule& module : output.modules) {
    sources.emitted.push_back(module.name + ".v");
    written = written && host::write_file(directory / sources.emitted.back(), "", module.text);
  }
  if (written) return sources;
  return tl::unexpected<host::Failure>(spec::Problems{
      {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
}

// Operators that both sides share become one before they become gates: a multiplier that both
// have need not be reasoned about. Whatever is undefined is free.
std::string yosys_script(const Claim& claim, const Sources& sources) {
  std::string defines = "-D DUT=" + claim.module;
  for (const std::string& macro : claim.macros) defines += " -D " + macro;
  std::string parameters;
  for (const auto& [name, value] : claim.parameters) {
    parameters += fmt::format(" -set {} {}", name, value);
  }
  return fmt::format(
      "read_verilog {}\n"
      "read_verilog -defer {} {}\n"
      "chparam{} {top}\n"
      "hierarchy -check -top {top}\n"
      "proc\nflatten\nopt -fast\nmemory_map\nasync2sync\ndffunmap\n"
      "wreduce\nopt -full\nopt_merge -share_all\nopt_clean\n"
      "techmap\nopt -fast\ndffunmap\nopt_clean\n"
      "setundef -undriven -anyseq\naigmap\n"
      "write_aiger -miter -zinit -map claim.map claim.aig\n",
      fmt::join(sources.emitted, " "), defines, fmt::join(sources.properties, " "), parameters,
      fmt::arg("top", claim.properties));
}

// A bit of a port: name and place.
using Bit = std::pair<std::string, int>;

struct Map {
  std::map<size_t, Bit> inputs;
  std::map<size_t, Bit> outputs;  // without those that are constant
};

// Lines "input INDEX BIT NAME" and "output INDEX BIT NAME".
Map read_map(const fs::path& path) {
  Map map;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string kind;
    size_t index = 0;
    Bit bit;
    if (!(words >> kind >> index >> bit.second >> bit.first)) continue;
    if (kind == "input" && bit.first != "clk_i") map.inputs[index] = bit;
    if (kind == "output") map.outputs[index] = bit;
  }
  return map;
}

// "aig M I L O A B ...": how many outputs O or bad states B there are.
size_t outputs_of(const fs::path& aiger) {
  std::ifstream in(aiger);
  std::string aig;
  size_t field[6] = {};
  in >> aig;
  for (size_t& value : field) in >> value;
  return in ? field[3] + field[5] : 0;
}

std::string hex(const std::vector<bool>& bits) {
  std::string text;
  for (size_t at = 0; at < bits.size(); at += 4) {
    int digit = 0;
    for (size_t i = at; i < std::min(at + 4, bits.size()); ++i) digit |= bits[i] << (i - at);
    text.insert(0, fmt::format("{:x}", digit));
  }
  return bits.size() == 1 ? text : "0x" + text;
}

// The inputs of an AIGER witness: after a line of registers one line per cycle.
std::string describe_witness(const fs::path& path, const Map& map) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::string text;
  for (int cycle = 0; std::getline(in, line); ++cycle) {
    line.resize(std::min(line.find('#'), line.size()));  // "# DONE" ends the last one
    if (line.empty()) break;
    std::map<std::string, std::vector<bool>> values;
    for (const auto& [index, bit] : map.inputs) {
      std::vector<bool>& value = values[bit.first];
      value.resize(std::max(value.size(), size_t(bit.second) + 1));
      value[bit.second] = index < line.size() && line[index] == '1';
    }
    text += fmt::format("\n  cycle {}:", cycle);
    for (const auto& [name, bits] : values) text += fmt::format(" {}={}", name, hex(bits));
  }
  return text;
}

// What ABC said, as the verdict of a check.
void judge(const Claim& claim, const Map& map, const host::Outcome& outcome,
           const fs::path& directory, Check& check) {
  static const std::regex raised(R"(Output (\d+) of miter .* was asserted in frame (\d+))");
  static const std::regex bounded(R"(No output asserted in (\d+) frames)");
  std::smatch match;
  if (std::regex_search(outcome.out, match, raised)) {
    const auto output = map.outputs.find(std::stoul(match[1]));
    check.detail = fmt::format("{}{} happens, in cycle {} of{}", kDisproved,
                               output == map.outputs.end() ? "what always" : output->second.first,
                               match.str(2), describe_witness(directory / "witness", map));
    return;
  }
  check.passed = outcome.ok() && check.cases > 0;
  if (claim.cycles == 0) {
    check.passed = check.passed && outcome.out.find("Property proved.") != std::string::npos;
  } else {
    check.passed = check.passed && std::regex_search(outcome.out, match, bounded) &&
                   std::stoi(match[1]) >= claim.cycles;
  }
  if (!check.passed) {
    check.detail = fmt::format("unproven: yosys-abc {}\n{}", host::describe(outcome),
                               host::last_lines(outcome, 5));
  }
}

// What ABC is asked to do, in turn. Whether a search for an invariant takes a second or hours is
// luck, and each of these has a luck of its own: all have a few seconds before any has its time.
struct Methods {
  Methods(const Claim& claim, std::chrono::seconds limit)
      : name(claim.cycles == 0 ? "pdr" : fmt::format("bmc3 -F {}", claim.cycles)) {
    if (claim.cycles > 0) {
      attempts = {{name, limit}};
      return;
    }
    constexpr std::chrono::seconds kFew(10);
    for (const auto time : {std::min(kFew, limit), limit}) {
      for (const char* method : {"pdr", "pdr -n", "scorr; pdr"}) attempts.push_back({method, time});
      if (limit <= kFew) return;
    }
  }

  std::string name;
  std::vector<std::pair<std::string, std::chrono::seconds>> attempts = {};
};

// What decides whether ABC proves the claim in that AIGER file.
std::string key_of(const fs::path& aiger, const std::string& version, const std::string& method) {
  std::ifstream in(aiger, std::ios::binary);
  std::ostringstream text;
  text << "proof 1\n" << version << '\n' << method << '\n' << in.rdbuf();
  return spec::sha256(text.str());
}

}  // namespace

Result<Check> prove(const gen::Output& output, const Claim& claim, std::chrono::seconds limit) {
  const auto start = std::chrono::steady_clock::now();
  const auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected(yosys.error());
  const auto abc = host::find_abc();
  if (!abc) return tl::unexpected(abc.error());
  auto cache = host::Cache::open_default();
  if (!cache) return tl::unexpected(cache.error());
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  const auto sources = write_sources(output, directory.path());
  if (!sources) return tl::unexpected(sources.error());
  const auto run = [&](const fs::path& program, const char* flag, const std::string& script,
                       std::chrono::seconds time) {
    return host::run({.argv = {program.string(), flag, script},
                      .cwd = directory.path(),
                      .env = {},
                      .log = {},
                      .timeout = time + std::chrono::seconds(5)});
  };
  Check check = {.module = claim.module, .kind = "proof"};
  if (claim.cycles > 0) check.bound = claim.cycles;
  check.title = fmt::format("{}, {}", claim.title,
                            claim.cycles == 0 ? std::string("proved without bound")
                                              : fmt::format("proved for {} cycles", claim.cycles));
  const Methods methods(claim, limit);
  const auto decide = [&] {
    const Map map = read_map(directory.path() / "claim.map");
    for (const auto& [method, time] : methods.attempts) {
      const host::Outcome outcome = run(
          *abc, "-c",
          fmt::format("read_aiger claim.aig; {} -T {}; write_cex -a witness", method, time.count()),
          time);
      check.detail.clear();
      judge(claim, map, outcome, directory.path(), check);
      if (check.passed || check.detail.starts_with(kDisproved)) return;
    }
  };
  const host::Outcome read = run(yosys->path, "-qp", yosys_script(claim, *sources), limit);
  if (read.ok()) {
    check.cases = outputs_of(directory.path() / "claim.aig");
    const std::string key = key_of(directory.path() / "claim.aig", yosys->version, methods.name);
    const auto proved = cache->ask_once(key, [&]() -> host::Cache::Answer {
      decide();
      return check.passed ? host::Cache::Answer("proved") : std::nullopt;
    });
    if (!proved) return tl::unexpected(proved.error());
    check.passed = proved->has_value();
  } else {
    check.detail =
        fmt::format("unproven: yosys {}\n{}", host::describe(read), host::last_lines(read, 5));
  }
  check.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return check;
}

}  // namespace sparq::verif
