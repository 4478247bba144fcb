// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/mutants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>
#include <sstream>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "golden/require.h"
#include "synth/netlist.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using host::Result;

// Style rules that gates cannot keep. UNOPTFLAT stays an error: Verilator 5.006 simulates vectors
// whose bits depend on each other wrongly, which is why the gates have no vectors at all.
constexpr const char* kWaivers =
    "/* verilator lint_off UNUSEDSIGNAL */\n/* verilator lint_off UNDRIVEN */\n";

// A directory with the design's files in which Yosys runs scripts.
class Workshop {
 public:
  static Result<Workshop> open(const gen::Output& output) {
    auto yosys = host::find_tool(host::ToolName::kYosys);
    if (!yosys) return tl::unexpected(yosys.error());
    Workshop shop(*std::move(yosys));
    bool written = true;
    for (const gen::EmittedModule& module : output.modules) {
      written = written && shop.write(module.name + ".v", module.text);
      shop.files_ += ' ' + module.name + ".v";
    }
    if (!written) return tl::unexpected(shop.unwritable());
    return shop;
  }

  // From the design's text to gates, hierarchy kept.
  std::string gates(const std::string& top) const {
    return fmt::format("read_verilog{0}\nhierarchy -check -top {1}\nsynth -noabc -top {1}\n",
                       files_, top);
  }

  Result<void> run(const std::string& script) const {
    const host::Outcome outcome = start(script);
    if (!outcome.ok()) {
      return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
    }
    return {};
  }

  // What Yosys prints, to its end or to the command that it could not do.
  std::string log_of(const std::string& script) const { return start(script).out; }

  bool write(const std::string& name, const std::string& text) const {
    std::ofstream file(directory_.path() / name, std::ios::binary);
    file << text;
    return static_cast<bool>(file.flush());
  }

  // What another program of Yosys' prints when run here.
  std::string log_of(const fs::path& program, const std::string& commands) const {
    return host::run({.argv = {program.string(), "-c", commands},
                      .cwd = directory_.path(),
                      .env = {},
                      .log = {},
                      .timeout = std::chrono::minutes(2)})
        .out;
  }

  std::string read(const std::string& name) const {
    std::ifstream in(directory_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  explicit Workshop(host::Tool yosys)
      : yosys_(std::move(yosys)),
        directory_(host::Temporary::directory_in(fs::temp_directory_path())) {}

  host::Outcome start(const std::string& script) const {
    golden::require(write("script.ys", script), "a directory that took the design takes a script");
    return host::run({.argv = {yosys_.path.string(), "script.ys"},
                      .cwd = directory_.path(),
                      .env = {},
                      .log = {},
                      .timeout = std::chrono::minutes(20)});
  }

  static host::Failure unwritable() {
    return spec::Problems{
        {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}};
  }

  host::Tool yosys_;
  host::Temporary directory_;
  std::string files_;
};

// What follows `option` in a mutate command.
std::string word_after(const std::string& command, const std::string& option) {
  const size_t at = command.find(' ' + option + ' ');
  if (at == std::string::npos) return "";
  const size_t begin = at + option.size() + 2;
  return command.substr(begin, command.find(' ', begin) - begin);
}

// "lane.v:47.3-52.6" -> "lane.v:47".
std::string line_of(const std::string& source) {
  return source.substr(0, source.find('.', source.find(':')));
}

// The port `name` of the module, which has one port per bit under Yosys' names, bit by bit.
std::string connections(const gen::Port& port) {
  if (port.width == 1) return fmt::format("    .{0} ({0})", port.name);
  std::string text;
  for (int bit = 0; bit < port.width; ++bit) {
    const std::string name = fmt::format("{}[{}]", port.name, bit);
    text += fmt::format("{0}    .\\{1} ({1})", bit == 0 ? "" : ",\n", name);
  }
  return text;
}

// A module with these ports as vectors around the one whose ports are bits.
std::string shell(const std::string& name, const std::string& gates,
                  const std::vector<gen::Port>& ports) {
  std::vector<std::string> declared;
  std::vector<std::string> connected;
  for (const gen::Port& port : ports) {
    declared.push_back(fmt::format("  {} wire [{}:0] {}", port.input ? "input" : "output",
                                   port.width - 1, port.name));
    connected.push_back(connections(port));
  }
  return fmt::format("module {} (\n{}\n);\n  {} gates (\n{}\n  );\nendmodule\n", name,
                     fmt::join(declared, ",\n"), gates, fmt::join(connected, ",\n"));
}

}  // namespace

std::string to_text(const Mutant& mutant) {
  const std::string mode = word_after(mutant.command, "-mode");
  const std::string fault = mode == "inv"      ? "inverted"
                            : mode == "const0" ? "stuck at 0"
                                               : "stuck at 1";
  const std::string wire = word_after(mutant.command, "-wire");
  return fmt::format(
      "{}: pin {}[{}] of {}{} {}", mutant.source, word_after(mutant.command, "-port"),
      word_after(mutant.command, "-portbit"), word_after(mutant.command, "-cell"),
      wire.empty() ? "" : fmt::format(" ({}[{}])", wire, word_after(mutant.command, "-wirebit")),
      fault);
}

Result<MutantList> list_mutants(const gen::Output& output, const std::string& top,
                                const std::string& name, size_t most, uint64_t seed) {
  const auto shop = Workshop::open(output);
  if (!shop) return tl::unexpected(shop.error());
  std::string script = shop->gates(top);
  // More than there can be: all are listed. The modes with a control bit make loops.
  for (const char* mode : {"inv", "const0", "const1"}) {
    script += fmt::format("mutate -list 10000000 -mode {0} -o {0}.txt\n", mode);
  }
  if (const auto done = shop->run(script); !done) return tl::unexpected(done.error());
  MutantList list = {.top = top, .mutants = {}};
  for (const char* mode : {"inv", "const0", "const1"}) {
    std::istringstream lines(shop->read(std::string(mode) + ".txt"));
    for (std::string line; std::getline(lines, line);) {
      const std::string module = word_after(line, "-module");
      const std::string port = word_after(line, "-port");
      if (synth::plain_name(module) != name || port == "C" || port == "clk_i") continue;
      list.mutants.push_back({line, module, line_of(word_after(line, "-src"))});
    }
  }
  list.possible = list.mutants.size();
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < std::min(most, list.possible); ++i) {
    std::swap(list.mutants[i], list.mutants[i + random() % (list.possible - i)]);
  }
  list.mutants.resize(std::min(most, list.possible));
  return list;
}

Result<gen::Output> plant(const gen::Output& output, const MutantList& list) {
  const auto shop = Workshop::open(output);
  if (!shop) return tl::unexpected(shop.error());
  const auto width = static_cast<int>(std::bit_width(list.mutants.size()));
  std::string script = shop->gates(list.top);
  for (size_t i = 0; i < list.mutants.size(); ++i) {
    script += fmt::format("mutate -ctrl {} {} {}{}\n", kMutantPort, width, i + 1,
                          list.mutants[i].command.substr(std::string_view("mutate").size()));
  }
  const std::string gates = list.top + "_gates";
  script += fmt::format(
      "flatten\nopt_clean -purge\nsplitnets -ports\nrename {} {}\nwrite_verilog -noattr "
      "mutants.v\n",
      list.top, gates);
  if (const auto done = shop->run(script); !done) return tl::unexpected(done.error());
  const auto module = std::ranges::find(output.modules, list.top, &gen::EmittedModule::name);
  golden::require(module != output.modules.end(), "a module of the design");
  gen::Output planted = {output.config, output.signature, {*module, *module}};
  gen::EmittedModule& inner = planted.modules[0];
  gen::EmittedModule& outer = planted.modules[1];
  outer.ports.push_back({kMutantPort, true, width});
  outer.text = kWaivers + shell(list.top, gates, outer.ports);
  inner.name = gates;
  inner.text = kWaivers + shop->read("mutants.v");
  return planted;
}

namespace {

// Compares outputs and next states of the sound design and of one with the mutant.
std::string proof_script(const Mutant& mutant) {
  // Registers become inputs and outputs: their names must then be the same on both sides.
  const std::string flat = fmt::format(
      "hierarchy -top {0}\nflatten\ndffunmap\nopt_clean -purge\nsplitnets\n"
      "expose -evert-dff {0}/c:*\n",
      mutant.module);
  return fmt::format(
      "log sparq mutant\ndesign -load sound\n{1}design -stash gold\n"
      "design -load sound\n{2}\n{1}design -stash gate\n"
      "design -copy-from gold -as gold {0}\ndesign -copy-from gate -as gate {0}\n"
      "miter -equiv -flatten gold gate miter\n"
      // What both have in common becomes one, so that only the difference is left to the solver.
      "opt_merge -share_all\nopt_expr\nopt_merge -share_all\nopt_clean\n"
      "sat -prove trigger 0 -timeout 20 miter\n",
      mutant.module, flat, mutant.command);
}

Result<std::vector<bool>> prove_from_any_state(const Workshop& shop, const MutantList& list,
                                               const std::vector<size_t>& which) {
  std::vector<bool> proved;
  while (proved.size() < which.size()) {
    std::string script = shop.gates(list.top) + "design -save sound\n";
    for (size_t i = proved.size(); i < which.size(); ++i) {
      script += proof_script(list.mutants[which[i]]);
    }
    // A mutant that cannot be compared, because a register lost its name, ends the run unproved.
    std::istringstream log(shop.log_of(script));
    const size_t before = proved.size();
    for (std::string line; std::getline(log, line);) {
      if (line.starts_with("sparq mutant")) proved.push_back(false);
      if (line.find("no model found: SUCCESS!") != std::string::npos) proved.back() = true;
    }
    if (proved.size() == before) {
      return tl::unexpected<host::Failure>(
          host::ToolError{"yosys", "", "proves nothing about mutants", ""});
    }
  }
  return proved;
}

// What the unpacker asks of row_words_i: steady from a row's first memory word to its last word.
std::string steady_rows(int width) {
  return fmt::format(
      "  reg under_way = 0;\n  reg [{0}:0] words_q;\n"
      "  wire [{0}:0] words = under_way ? words_q : row_words_i;\n"
      "  always @(posedge clk_i) begin\n    words_q <= words;\n"
      "    under_way <= rst_ni && started && (under_way || memory_valid_i && gold_memory_ready_o) "
      "&&\n"
      "                 !(gold_word_valid_o && gold_word_last_o && word_ready_i);\n  end\n",
      width - 1);
}

// The sound design beside the one with a mutant. What a stream shows while it is not valid means
// nothing.
std::string miter(const gen::EmittedModule& module) {
  const auto has = [&](const std::string& port) {
    return std::ranges::find(module.ports, port, &gen::Port::name) != module.ports.end();
  };
  const bool resets = has("rst_ni");
  std::string declared;
  std::string wires;
  std::string gold;
  std::string gate;
  std::string differs = "1'b0";
  std::string assumed;
  for (const gen::Port& port : module.ports) {
    const std::string& name = port.name;
    if (port.input) {
      declared += fmt::format("  input wire [{}:0] {},\n", port.width - 1, name);
      if (name == "row_words_i") assumed = steady_rows(port.width);
      const std::string value = name == "rst_ni"        ? "rst_ni && started"
                                : name == "row_words_i" ? "words"
                                                        : name;
      gold += fmt::format(".{}({}), ", name, value);
      gate += fmt::format(".{}({}), ", name, value);
      continue;
    }
    for (const char* side : {"gold", "gate"}) {
      wires += fmt::format("  wire [{}:0] {}_{};\n", port.width - 1, side, name);
    }
    gold += fmt::format(".{0}(gold_{0}), ", name);
    gate += fmt::format(".{0}(gate_{0}), ", name);
    const std::string valid = name.substr(0, name.find('_')) + "_valid_o";
    differs += fmt::format(
        " || ({}gold_{} != gate_{})",
        has(valid) && name != valid && !name.ends_with("_ready_o") ? "gold_" + valid + " && " : "",
        name, name);
  }
  gold.resize(gold.size() - 2);
  gate.resize(gate.size() - 2);
  return fmt::format(
      "module sparq_miter (\n{}  output wire differs\n);\n{}"
      "  reg started = 0;\n  always @(posedge clk_i) started <= 1;\n"
      "{}  gold u_gold ({});\n  gate u_gate ({});\n  assign differs = {}({});\nendmodule\n",
      declared, wires, assumed, gold, gate, resets ? "started && " : "", differs);
}

// Registers begin with anything, then comes a cycle of reset, then anything, more resets among it.
Result<std::vector<bool>> prove_from_reset(const Workshop& shop, const gen::EmittedModule& top,
                                           const MutantList& list,
                                           const std::vector<size_t>& which) {
  const fs::path abc = host::find_on_path("yosys-abc");
  if (abc.empty()) {
    return tl::unexpected<host::Failure>(
        host::ToolError{"yosys-abc", "yosys", "not found on PATH", ""});
  }
  golden::require(shop.write("miter.v", miter(top)), "a directory takes a file");
  std::string script = shop.gates(list.top) + "design -save sound\n";
  const std::string flat = "flatten\nasync2sync\ndffunmap\nopt_clean -purge\n";
  script += flat + "design -stash gold\n";
  for (const size_t i : which) {
    script += fmt::format(
        "design -load sound\n{0}\n{1}design -stash gate\ndesign -reset\n"
        "read_verilog miter.v\ndesign -copy-from gold -as gold {2}\n"
        "design -copy-from gate -as gate {2}\nhierarchy -top sparq_miter\nproc\nflatten\n"
        // A register that is never written stays one: to opt_dff it would be any value that suits.
        "opt_expr\nopt_merge -share_all\nopt_clean\nsimplemap\nopt_expr\n"
        "opt_merge -share_all\nopt_clean\naigmap\nwrite_aiger -zinit {3}.aig\n",
        list.mutants[i].command, flat, list.top, i);
  }
  if (const auto done = shop.run(script); !done) return tl::unexpected(done.error());
  std::vector<bool> proved;
  for (const size_t i : which) {
    const std::string log = shop.log_of(abc, fmt::format("read_aiger {}.aig; pdr -T 100", i));
    proved.push_back(log.find("Property proved.") != std::string::npos);
  }
  return proved;
}

}  // namespace

Result<std::vector<bool>> prove_equivalent(const gen::Output& output, const MutantList& list,
                                           const std::vector<size_t>& which) {
  const auto shop = Workshop::open(output);
  if (!shop) return tl::unexpected(shop.error());
  auto proved = prove_from_any_state(*shop, list, which);
  const auto top = std::ranges::find(output.modules, list.top, &gen::EmittedModule::name);
  const bool clocked = std::ranges::find(top->ports, "clk_i", &gen::Port::name) != top->ports.end();
  if (!proved || !clocked) return proved;
  std::vector<size_t> left;
  for (size_t i = 0; i < which.size(); ++i) {
    if (!(*proved)[i]) left.push_back(which[i]);
  }
  if (left.empty()) return proved;
  const auto reachable = prove_from_reset(*shop, *top, list, left);
  if (!reachable) return tl::unexpected(reachable.error());
  size_t next = 0;
  for (size_t i = 0; i < which.size(); ++i) {
    if (!(*proved)[i]) (*proved)[i] = (*reachable)[next++];
  }
  return proved;
}

}  // namespace sparq::verif
