// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/mutants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <random>
#include <regex>
#include <sstream>

#include "golden/require.h"
#include "synth/netlist.h"
#include "verif/mutation/workshop.h"

namespace sparq::verif {
namespace {

using host::Result;

// Style rules that gates cannot keep. UNOPTFLAT stays an error: Verilator 5.006 simulates vectors
// whose bits depend on each other wrongly, which is why the gates have no vectors at all.
constexpr const char* kWaivers =
    "/* verilator lint_off UNUSEDSIGNAL */\n/* verilator lint_off UNDRIVEN */\n";

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

std::string declaration(const gen::Port& port) {
  return fmt::format("  {} wire [{}:0] {}", port.input ? "input" : "output", port.width - 1,
                     port.name);
}

// A module with these ports as vectors around the one whose ports are bits.
std::string shell(const std::string& name, const std::string& gates,
                  const std::vector<gen::Port>& ports) {
  std::vector<std::string> declared;
  std::vector<std::string> connected;
  for (const gen::Port& port : ports) {
    declared.push_back(declaration(port));
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

gen::Output with_mutant(const gen::Output& planted, size_t number) {
  gen::Output fixed = planted;
  gen::EmittedModule outer = fixed.modules.back();
  const std::string all = outer.name + "_mutants";
  gen::EmittedModule& inner = fixed.modules.back();
  inner.name = all;
  inner.text = std::regex_replace(inner.text, std::regex("module " + outer.name + " "),
                                  "module " + all + " ");
  const gen::Port mutant = outer.ports.back();
  outer.ports.pop_back();
  std::vector<std::string> declared;
  std::vector<std::string> connected;
  for (const gen::Port& port : outer.ports) {
    declared.push_back(declaration(port));
    connected.push_back(fmt::format(".{0}({0})", port.name));
  }
  connected.push_back(fmt::format(".{}({}'d{})", mutant.name, mutant.width, number));
  outer.text = fmt::format("module {} (\n{}\n);\n  {} mutants ({});\nendmodule\n", outer.name,
                           fmt::join(declared, ",\n"), all, fmt::join(connected, ", "));
  fixed.modules.push_back(outer);
  return fixed;
}

}  // namespace sparq::verif
