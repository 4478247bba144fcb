// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/equivalence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "app/host/paths.h"
#include "golden/require.h"
#include "verif/mutation/workshop.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using host::Result;

// Registers become inputs and outputs: their names must then be the same on both sides.
std::string evert(const std::string& module) {
  return fmt::format(
      "hierarchy -top {0}\nflatten\ndffunmap\nopt_clean -purge\nsplitnets\n"
      "expose -evert-dff {0}/c:*\n",
      module);
}

// Compares outputs and next states of the sound module, saved as `gold`, and of the one with the
// mutant.
std::string proof_script(const Mutant& mutant, const std::string& gold) {
  return fmt::format(
      "log sparq mutant\ndesign -load sound\n{2}\n{1}design -stash gate\ndesign -reset\n"
      "design -copy-from {3} -as gold {0}\ndesign -copy-from gate -as gate {0}\n"
      "miter -equiv -flatten gold gate miter\n"
      // What both have in common becomes one, so that only the difference is left to the solver.
      "opt_merge -share_all\nopt_expr\nopt_merge -share_all\nopt_clean\n"
      "sat -prove trigger 0 -timeout 20 miter\n",
      mutant.module, evert(mutant.module), mutant.command, gold);
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

// How a module's data, which is not reset, comes to be what the inputs made it.
struct Warm {
  std::string declared;  // registers,
  std::string cleared;   // in a reset,
  std::string moves;     // in a cycle that is enabled
  std::string when;      // from then on each such cycle moves the data a stage
};

template <class Has>
Warm warm(const Has& has) {
  if (has("swap_i")) {
    return {"  reg loaded = 0;\n  reg swapped = 0;\n", "loaded <= 0; swapped <= 0; ",
            "loaded <= loaded || load_i; swapped <= swapped || loaded && swap_i; ", "swapped"};
  }
  if (has("first_i")) {
    return {"  reg begun = 0;\n", "begun <= 0; ", "begun <= begun || first_i; ", "begun"};
  }
  return {"", "", "", has("rst_ni") ? "" : "1'b1"};
}

// Nothing that a pipeline of such data shows means anything until it has moved as often as it has
// stages: then what is left of its registers' beginnings stands behind a flag that says so. A reset
// on the way starts that anew; later ones do not, so that they have to work.
std::string filling(int stages, const Warm& warm, bool resets) {
  return fmt::format(
      "{0}  reg [{1}:0] filled = 0;\n"
      "  always @(posedge clk_i) if (!filled[{1}]) begin\n"
      "    if (!({2})) begin {3}filled <= 0; end\n"
      "    else if (enable_i) begin {4}filled <= {{filled, {5}}}; end\n  end\n",
      warm.declared, stages - 1, resets ? "rst_ni && started" : "1'b1", warm.cleared, warm.moves,
      warm.when);
}

// What an output-stationary array asks of its user (docs/array-interface.md) its elements may take
// for granted: behind a reset nothing ends before a tile has begun. More may follow a tile's end.
const char* const kTile =
    "  reg open = 0;\n  wire ends = last_i && (open || first_i);\n"
    "  always @(posedge clk_i)\n    if (!(rst_ni && started)) open <= 0;\n"
    "    else if (enable_i) open <= open || first_i;\n";

// The sound design beside the one with a mutant. What a stream shows while it is not valid means
// nothing.
std::string miter(const gen::EmittedModule& module) {
  const auto has = [&](const std::string& port) {
    return std::ranges::find(module.ports, port, &gen::Port::name) != module.ports.end();
  };
  const bool resets = has("rst_ni");
  const Warm data = warm(has);
  const bool warms = has("enable_i") && !data.when.empty();
  const int stages = warms ? module.latency.value_or(0) : 0;
  std::string declared;
  std::string wires;
  std::string gold;
  std::string gate;
  std::string differs = "1'b0";
  std::string assumed = stages > 0 ? filling(stages, data, resets) : "";
  if (has("first_i")) assumed += kTile;
  for (const gen::Port& port : module.ports) {
    const std::string& name = port.name;
    if (port.input) {
      declared += fmt::format("  input wire [{}:0] {},\n", port.width - 1, name);
      if (name == "row_words_i") assumed = steady_rows(port.width);
      const std::string value = name == "rst_ni"        ? "rst_ni && started"
                                : name == "last_i"      ? "ends"
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
      declared, wires, assumed, gold, gate,
      (resets ? "started && " : "") + (stages > 0 ? fmt::format("filled[{}] && ", stages - 1) : ""),
      differs);
}

// Registers begin with anything, then comes a cycle of reset, then anything, more resets among it;
// data that is not reset fills the pipeline first.
Result<std::vector<bool>> prove_from_reset(const Workshop& shop, const gen::EmittedModule& top,
                                           const MutantList& list,
                                           const std::vector<size_t>& which) {
  const auto abc = host::find_abc();
  if (!abc) return tl::unexpected(abc.error());
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
    // Each ends at once where the other may take minutes.
    std::string log;
    for (const char* method : {"pdr -T 5", "dc2; scorr; dc2; pdr -T 100", "pdr -T 100"}) {
      log = shop.log_of(*abc, fmt::format("read_aiger {}.aig; {}", i, method));
      if (log.find("Property proved.") != std::string::npos ||
          log.find("was asserted") != std::string::npos) {
        break;
      }
    }
    proved.push_back(log.find("Property proved.") != std::string::npos);
  }
  return proved;
}

// Which change no output and no next state whatever inputs and state.
Result<std::vector<bool>> prove_no_difference(const gen::Output& output, const MutantList& list,
                                              const std::vector<size_t>& which) {
  const auto shop = Workshop::open(output);
  if (!shop) return tl::unexpected(shop.error());
  std::vector<bool> proved;
  while (proved.size() < which.size()) {
    std::string script = shop->gates(list.top) + "design -save sound\n";
    std::map<std::string, std::string> gold;  // of a variant
    for (size_t i = proved.size(); i < which.size(); ++i) {
      const Mutant& mutant = list.mutants[which[i]];
      const auto [saved, first] =
          gold.try_emplace(mutant.module, fmt::format("gold{}", gold.size()));
      if (first) {
        script += fmt::format("design -load sound\n{}design -stash {}\n", evert(mutant.module),
                              saved->second);
      }
      script += proof_script(mutant, saved->second);
    }
    // A mutant that cannot be compared, because a register lost its name, ends the run unproved.
    std::istringstream log(shop->log_of(script));
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

}  // namespace

Result<std::vector<bool>> prove_no_difference_or(
    const gen::Output& output, const MutantList& list, const std::vector<size_t>& which,
    const std::function<Result<std::vector<bool>>(const std::vector<size_t>&)>& prove) {
  auto proved = prove_no_difference(output, list, which);
  if (!proved) return proved;
  std::vector<size_t> left;
  for (size_t i = 0; i < which.size(); ++i) {
    if (!(*proved)[i]) left.push_back(which[i]);
  }
  if (left.empty()) return proved;
  const auto others = prove(left);
  if (!others) return tl::unexpected(others.error());
  size_t next = 0;
  for (size_t i = 0; i < which.size(); ++i) {
    if (!(*proved)[i]) (*proved)[i] = (*others)[next++];
  }
  return proved;
}

Result<std::vector<bool>> prove_equivalent(const gen::Output& output, const MutantList& list,
                                           const std::vector<size_t>& which) {
  const auto top = std::ranges::find(output.modules, list.top, &gen::EmittedModule::name);
  const bool clocked = std::ranges::find(top->ports, "clk_i", &gen::Port::name) != top->ports.end();
  if (!clocked) return prove_no_difference(output, list, which);
  return prove_no_difference_or(output, list, which,
                                [&](const std::vector<size_t>& left) -> Result<std::vector<bool>> {
                                  const auto shop = Workshop::open(output);
                                  if (!shop) return tl::unexpected(shop.error());
                                  return prove_from_reset(*shop, *top, list, left);
                                });
}

}  // namespace sparq::verif
