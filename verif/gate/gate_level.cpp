// SPDX-License-Identifier: Apache-2.0
#include "verif/gate/gate_level.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "golden/require.h"
#include "verif/gate/product_proof.h"
#include "verif/icarus/testbench.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using gen::Role;
using host::Result;
using Checks = std::vector<Check>;

Result<synth::Library> default_library() {
  std::error_code error;
  if (!fs::exists(host::kDefaultLiberty, error)) {
    return tl::unexpected<host::Failure>(
        host::ToolError{"osu018", "qflow-tech-osu018", "not found: the default library", ""});
  }
  auto library = synth::load_library({host::kDefaultLiberty}, "library");
  if (!library) return tl::unexpected<host::Failure>(library.error());
  return *std::move(library);
}

// The modules from `top` downwards, parents before children.
void parents_first(const synth::Netlist& netlist, const std::string& key,
                   std::vector<std::string>& order) {
  std::erase(order, key);
  order.push_back(key);
  for (const auto& [type, count] : netlist.at(key).cells) {
    if (netlist.contains(type)) parents_first(netlist, type, order);
  }
}

// As a Yosys script names a module.
std::string in_script(const std::string& key) { return key.starts_with('$') ? '\\' + key : key; }

// A proof compares next states, whatever clock they wait for. These print "gate/NAME" of each
// register of the netlist that is a latch or waits for the wrong edge (the falling one, but in a
// clock gate the rising one), and of each wire that is a register's clock without being a clock of
// ours. element_clk is the gate's output, which is a port while submodules are left out.
std::string strange_clocks(const std::string& module) {
  return fmt::format(
      "select -list gate/t:$_*LATCH* gate/t:$_SR_* gate/t:$_*FF*_{}*\n"
      "select -list gate/t:$_*FF* %ci1:+[C] gate/t:$_*FF* %d gate/w:clk_i gate/w:element_clk %u "
      "gate/w:gen_clock_gate.u_clock_gate.clk_o %u %d\n",
      module == "sparq_clock_gate" ? "P" : "N");
}

// Yosys, which prints "sparq proves I" and then what came of module I of `keys`.
std::string proof_script(const gen::Output& output, const std::string& top,
                         const std::vector<std::string>& keys, const Multiplying& multiplying) {
  // A parent's instances become ports before those of its children add to the children's ports.
  std::string without_submodules;
  for (const std::string& key : keys) {
    without_submodules += fmt::format("expose -evert {}/c:*\n", in_script(key));
  }
  without_submodules += "opt_clean\n";
  std::string script;
  for (const gen::EmittedModule& module : output.modules) {
    script += fmt::format("read_verilog {}.v\n", module.name);
  }
  script += fmt::format("hierarchy -check -top {}\nproc\n{}design -save gold\ndesign -reset\n", top,
                        without_submodules);
  script += fmt::format(
      "read_liberty -ignore_miss_func library.lib\nread_verilog netlist.v\n"
      "hierarchy -check -top {}\nsetattr -mod -set keep_hierarchy 1 *sparq_*\nflatten\n{}"
      "design -save gate\n",
      top, without_submodules);
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string key = in_script(keys[i]);
    const std::string clocks = strange_clocks(synth::plain_name(keys[i]));
    if (multiplying.beyond_proof.contains(i) || multiplying.in_two_steps.contains(i)) {
      script += fmt::format(
          "design -reset\nlog sparq proves {0}\ndesign -copy-from gate -as gate {1}\n{2}", i, key,
          clocks);
      if (multiplying.beyond_proof.contains(i)) continue;
      script +=
          fmt::format("rename gate unit\n{}design -reset\ndesign -copy-from gold -as unit {}\n{}",
                      netlist_script(i), key, unit_script(i));
      continue;
    }
    // Bit 0 of a sum with a carry-in is nobody's, and its net may have no partner.
    script += fmt::format(
        "design -reset\nlog sparq proves {0}\ndesign -copy-from gold -as gold {1}\n"
        "design -copy-from gate -as gate {1}\n{2}rename -hide w:*with_carry\nasync2sync\n"
        "equiv_make gold gate equiv\nequiv_simple equiv\nequiv_induct -seq 3 equiv\n"
        "equiv_status equiv\n",
        i, key, clocks);
  }
  return script + "log sparq proves nothing more\n";
}

struct Proof {
  uint64_t proven = 0;
  std::optional<uint64_t> unproven;  // nothing when the proof did not come to its end
  double seconds = 0;
  std::string differences;
  std::string strange_clocks;
  std::string unequal;  // of a unit that multiplies
  bool ended = false;   // its part of the script
  std::string skipped;

  bool holds() const { return proven > 0 && unproven == 0 && strange_clocks.empty(); }
};

// From the log of `yosys -t`, whose lines begin with "[SECONDS] ".
std::vector<Proof> read_proofs(const std::string& log, size_t count) {
  static const std::regex status(R"(Of those cells (\d+) are proven and (\d+) are unproven)");
  static const std::regex difference(R"(Unproven \$equiv [^:]*: (.*))");
  std::vector<Proof> proofs(count);
  std::optional<size_t> at;
  double begun = 0;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (const size_t mark = line.find(" sparq proves "); mark != std::string::npos) {
      const double now = std::stod(line.substr(1));
      if (at) {
        proofs[*at].seconds = now - begun;
        proofs[*at].ended = true;
      }
      begun = now;
      at = at.value_or(SIZE_MAX) + 1;
      if (*at == count) break;
    } else if (at && std::regex_search(line, match, status)) {
      proofs[*at].proven = std::stoull(match[1]);
      proofs[*at].unproven = std::stoull(match[2]);
    } else if (at && std::regex_search(line, match, difference)) {
      proofs[*at].differences += "  " + match.str(1) + '\n';
    } else if (const size_t name = line.find("] gate/"); at && name != std::string::npos) {
      proofs[*at].strange_clocks += "  " + line.substr(name + 7) + '\n';
    }
  }
  return proofs;
}

// The first lines of a text that may be very long.
std::string first_lines(const std::string& text, int count) {
  size_t end = 0;
  for (int i = 0; i < count && end < text.size(); ++i) end = text.find('\n', end) + 1;
  return text.substr(0, end) + (end < text.size() ? "  ...\n" : "");
}

std::string fault(const Proof& proof, const std::string& last_lines) {
  if (!proof.strange_clocks.empty()) {
    return "registers that do not wait for the rising edge of clk_i:\n" +
           first_lines(proof.strange_clocks, 12);
  }
  if (!proof.unproven) return "there is no proof\n" + last_lines;
  if (!proof.unequal.empty()) return proof.unequal;
  return fmt::format("{} bits are not proved equal to the Verilog:\n{}", *proof.unproven,
                     first_lines(proof.differences, 12));
}

Checks to_checks(const gen::Output& output, const synth::Mapped& mapped,
                 const std::vector<std::string>& keys, const std::vector<Proof>& proofs,
                 const std::string& last_lines) {
  Checks checks;
  for (const gen::EmittedModule& module : output.modules) {
    Check check = {.module = module.name, .kind = "gate_level", .passed = true};
    size_t variants = 0;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (mapped.netlist.at(keys[i]).name != module.name) continue;
      const Proof& proof = proofs[i];
      ++variants;
      check.cases += proof.proven + proof.unproven.value_or(0);
      check.seconds += proof.seconds;
      if (proof.holds()) continue;
      if (proof.ended && proof.strange_clocks.empty() && !proof.skipped.empty()) {
        check.skipped = proof.skipped;
        continue;
      }
      check.passed = false;
      if (check.detail.empty()) check.detail = keys[i] + ": " + fault(proof, last_lines);
    }
    if (variants == 0) continue;
    if (!check.passed) check.skipped.clear();
    check.passed = check.passed && check.skipped.empty();
    check.title = fmt::format("{} on osu018 cells: outputs and registers proved equal to the RTL",
                              variants == 1 ? "netlist" : fmt::format("{} netlists", variants));
    checks.push_back(std::move(check));
  }
  return checks;
}

bool write_text(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  return static_cast<bool>(stream.flush());
}

// An array with every kind of element in it: one that holds the activation register, one that only
// sees it, and the next cluster's. Wider clusters are not a further kind.
Result<gen::Output> small_design(const spec::Config& config) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  spec::Config small = config;
  small.array.rows = 2;
  small.array.cluster_cols = std::min(config.array.cluster_cols, 2);
  small.array.cols = std::max(2, small.array.cluster_cols + 1);
  auto output = gen::generate(small, (*data / "rtl" / "lib").string());
  if (!output) return tl::unexpected<host::Failure>(output.error());
  return *std::move(output);
}

}  // namespace

Result<synth::Mapped> map_to_cells(const gen::Output& output, const std::string& top,
                                   Hierarchy hierarchy) {
  auto library = default_library();
  if (!library) return tl::unexpected(library.error());
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const double clock_ns = synth::default_clock_ns(library->name).value();
  auto flow = synth::prepare_flow(*data, *std::move(library), clock_ns);
  if (!flow) return tl::unexpected(flow.error());
  flow->flatten = hierarchy == Hierarchy::kFlattened;
  auto cache = host::Cache::open_default();
  if (!cache) return tl::unexpected(cache.error());
  std::vector<synth::SourceFile> sources;
  for (const gen::EmittedModule& module : output.modules) {
    sources.push_back({module.name + ".v", module.text});
  }
  return synth::map_design(*flow, top, sources, 1, &*cache);
}

Result<Checks> prove_netlist(const gen::Output& output, const std::string& top,
                             const synth::Mapped& mapped) {
  const auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected(yosys.error());
  const auto library = default_library();
  if (!library) return tl::unexpected(library.error());
  std::vector<std::string> keys;
  parents_first(mapped.netlist, top, keys);
  std::vector<std::string> names;
  for (const std::string& key : keys) names.push_back(mapped.netlist.at(key).name);
  const Multiplying units = multiplying(output, names);
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  bool written =
      write_text(directory.path() / "library.lib", library->text) &&
      write_text(directory.path() / "netlist.v", mapped.verilog) &&
      write_text(directory.path() / "prove.ys", proof_script(output, top, keys, units)) &&
      write_product_rules(directory.path());
  for (const gen::EmittedModule& module : output.modules) {
    written = written && write_text(directory.path() / (module.name + ".v"), module.text);
  }
  if (!written) {
    return tl::unexpected<host::Failure>(spec::Problems{
        {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
  }
  const host::Outcome outcome = host::run({.argv = {yosys->path.string(), "-t", "prove.ys"},
                                           .cwd = directory.path(),
                                           .env = {},
                                           .log = {},
                                           .timeout = std::chrono::minutes(30)});
  // A netlist that cannot be compared at all, for lack of a port or a module, is not the design.
  if (outcome.end != host::End::kExited) {
    return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
  }
  std::vector<Proof> proofs = read_proofs(outcome.out, keys.size());
  for (const size_t i : units.beyond_proof) {
    proofs[i].skipped = "multiplications of so many bits are beyond a proof";
  }
  for (const size_t i : units.in_two_steps) {
    if (!proofs[i].ended) continue;
    const auto start = std::chrono::steady_clock::now();
    const auto compared = compare_products(directory.path(), i);
    if (!compared) return tl::unexpected(compared.error());
    proofs[i].seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    proofs[i].proven = compared->detail.empty() ? compared->outputs : 0;
    proofs[i].unproven = compared->outputs - proofs[i].proven;
    proofs[i].unequal = compared->detail;
  }
  return to_checks(output, mapped, keys, proofs, host::last_lines(outcome, 3));
}

Result<Check> simulate_netlist(const gen::Output& output, const synth::Mapped& mapped,
                               uint64_t seed) {
  const auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected(yosys.error());
  const auto library = default_library();
  if (!library) return tl::unexpected(library.error());
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  if (!write_text(directory.path() / "library.lib", library->text)) {
    return tl::unexpected<host::Failure>(spec::Problems{
        {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
  }
  const host::Outcome outcome = host::run(
      {.argv = {yosys->path.string(), "-q", "-s", (*data / "synth/flow/cells.ys").string()},
       .cwd = directory.path(),
       .env = {},
       .log = {},
       .timeout = std::chrono::minutes(1)});
  if (!outcome.ok()) {
    return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
  }
  std::ostringstream cells;
  cells << std::ifstream(directory.path() / "cells.v").rdbuf();
  gen::Output netlist = output;
  netlist.modules = {output.top()};
  netlist.modules.front().text = mapped.verilog + cells.str();
  auto check = run_icarus(netlist, bench_vectors(output, seed));
  if (!check) return check;
  check->kind = "gate_level";
  check->title = fmt::format(
      "netlist of {} x {} with its units flattened on osu018 cells: results are the golden model's",
      output.config.array.rows, output.config.array.cols);
  return check;
}

std::vector<Task> gate_level_tasks(const gen::Output& output, const CheckOptions& options) {
  const auto proof_of = [&output](const std::string& top) {
    return Task{"gate level of " + top, [&output, top]() -> Result<Checks> {
                  const auto mapped = map_to_cells(output, top);
                  if (!mapped) return tl::unexpected(mapped.error());
                  return prove_netlist(output, top, *mapped);
                }};
  };
  std::vector<Task> tasks;
  if (options.level == Level::kFull) {
    tasks.push_back(proof_of(output.top().name));
    for (const gen::EmittedModule& module : output.modules) {
      if (module.role == Role::kStreamPacker || module.role == Role::kStreamUnpacker) {
        tasks.push_back(proof_of(module.name));
      }
    }
    tasks.push_back({"flattened netlist", [&output, seed = options.seed]() -> Result<Checks> {
                       const auto small = small_design(output.config);
                       if (!small) return tl::unexpected(small.error());
                       const auto mapped =
                           map_to_cells(*small, small->top().name, Hierarchy::kFlattened);
                       if (!mapped) return tl::unexpected(mapped.error());
                       auto check = simulate_netlist(*small, *mapped, seed);
                       if (!check) return tl::unexpected(check.error());
                       return Checks{*std::move(check)};
                     }});
    return tasks;
  }
  for (const gen::EmittedModule& module : output.modules) {
    if (module.role == Role::kActivationEncoder || module.role == Role::kLane) {
      tasks.push_back(proof_of(module.name));
    }
  }
  // Units without lanes of their own.
  if (!tasks.empty()) return tasks;
  for (const gen::EmittedModule& module : output.modules) {
    if (module.role != Role::kPe && module.role != Role::kDotUnit) continue;
    const Multiplying unit = multiplying(output, {module.name});
    if (!unit.in_two_steps.empty() || !unit.beyond_proof.empty()) {
      tasks.push_back(proof_of(module.name));
      continue;
    }
    tasks.push_back({"netlist of " + module.name, [name = module.name]() -> Result<Checks> {
                       return Checks{{.module = name,
                                      .kind = "gate_level",
                                      .title = "netlist",
                                      .skipped = "takes minutes with asynchronous resets: full "
                                                 "level"}};
                     }});
  }
  return tasks;
}

}  // namespace sparq::verif
