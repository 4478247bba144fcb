// SPDX-License-Identifier: Apache-2.0
// A mapped netlist as counts: which module holds how many of which cell, and what that sums up to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "synth/liberty.h"
#include "synth/parts.h"

namespace sparq::synth {

// One module with its parameters fixed.
struct Module {
  std::string name = {};                       // as Verilog has it: "sparq_skew_line"
  std::map<std::string, int> parameters = {};  // {"Depth", 3}
  std::map<std::string, int> cells = {};       // by type: library cells, other modules' keys
  // Before synthesis, as written: instances of other modules, bits of registers.
  std::map<std::string, int> written_instances = {};
  std::map<std::string, int> inlined = {};  // likewise, of those that became part of this module
  // Instead of `cells`, when the module is mapped with none inlined; empty when none was.
  std::map<std::string, int> kept_cells = {};
  int register_bits = 0;
  Parts parts = {};                     // of the module mapped with none inlined
  std::optional<double> delay_ns = {};  // see Figures::delay_ns
};

// Keyed by Yosys' own names, which are unique per set of parameters.
using Netlist = std::map<std::string, Module>;

// A type of cell in Yosys' JSON, before synthesis.
bool is_register(const std::string& type);

// A module's name as Verilog has it: "$paramod$HASH\name" and "$paramod\name\Width=..." are "name".
std::string plain_name(const std::string& key);

// `written` is the module before synthesis, as Yosys' write_json gives one; `mapped` the design
// that holds it after synthesis, `log` that run's, which holds ABC's delay; modules of `inlined`
// became part of it. An error is a broken file, said in one line.
tl::expected<Module, std::string> read_module(const std::string& key, const nlohmann::json& written,
                                              const nlohmann::json& mapped, const std::string& log,
                                              const std::set<std::string>& inlined = {});

// A file that write_json wrote.
tl::expected<nlohmann::json, std::string> load_yosys_json(const std::filesystem::path& file);

nlohmann::json to_json(const Netlist& netlist);
Netlist netlist_from(const nlohmann::json& json);

// Sums over one instance of a module and all it contains.
struct Figures {
  double area_um2 = 0;
  double sequential_area_um2 = 0;  // flip-flops alone
  int64_t cells = 0;
  int64_t flip_flops = 0;
  int64_t register_bits = 0;
  // ABC's estimate of the longest combinational path inside the module itself, without submodules,
  // wires, and the driving or driven flip-flops; ns. Nothing for a module without gates.
  std::optional<double> delay_ns;
  double own_area_um2 = 0;  // without submodules
  int64_t instances = 0;    // in the whole design
};

struct RolledUp {
  std::map<std::string, Figures> modules;  // by key; only those inside the top module
  // What makes the figures worthless, as sentences: latches, unmapped cells, cells without area,
  // instances that synthesis removed or merged.
  std::vector<std::string> faults;
};

RolledUp roll_up(const Netlist& netlist, const std::string& top_key, const Library& library);

// How many instances of the module `name`, whatever its parameters, one instance of `key` contains.
int64_t count_inside(const Netlist& netlist, const std::string& key, const std::string& name);

// The keys of all variants of the module `name`.
std::vector<std::string> keys_of(const Netlist& netlist, const std::string& name);

}  // namespace sparq::synth
