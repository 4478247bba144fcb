// SPDX-License-Identifier: Apache-2.0
#include "gen/generate.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "gen/datapath/datapath.h"
#include "gen/emit/library.h"

namespace sparq::gen {
namespace {

std::vector<Parameter> parameters_of(const verilog::Interface& interface) {
  std::vector<Parameter> list;
  for (const verilog::ParameterDecl& p : interface.parameters) {
    list.push_back({p.name, static_cast<int>(p.value)});
  }
  return list;
}

std::vector<Port> ports_of(const verilog::Interface& interface) {
  verilog::Env defaults;
  for (const verilog::ParameterDecl& p : interface.parameters) defaults[p.name] = p.value;
  std::vector<Port> list;
  for (const verilog::PortDecl& p : interface.ports) {
    list.push_back({p.name, p.input, static_cast<int>(p.width.evaluate(defaults))});
  }
  return list;
}

}  // namespace

EmittedModule emitted(const Unit& unit) {
  const verilog::Interface& interface = unit.module->interface();
  return {interface.name,
          unit.role,
          unit.purpose,
          unit.latency,
          parameters_of(interface),
          ports_of(interface),
          verilog::write(*unit.module)};
}

std::string_view to_text(Role role) {
  constexpr std::array<std::string_view, 13> names = {"array",         "pe",
                                                      "dot_unit",      "selection",
                                                      "lane",          "activation_encoder",
                                                      "trim_round",    "weight_encoder",
                                                      "side_sum",      "finish",
                                                      "stream_packer", "stream_unpacker",
                                                      "library"};
  return names.at(static_cast<size_t>(role));
}

const EmittedModule* Output::find(Role role) const {
  for (const EmittedModule& module : modules) {
    if (module.role == role) return &module;
  }
  return nullptr;
}

std::vector<EmittedModule> closure(const Output& output, std::string_view module) {
  std::vector<EmittedModule> found;  // parents before children
  for (auto m = output.modules.rbegin(); m != output.modules.rend(); ++m) {
    const auto instantiates = [&](const EmittedModule& parent) {
      return parent.text.find("  " + m->name + " u_") != std::string::npos ||
             parent.text.find("  " + m->name + " #(") != std::string::npos;
    };
    if (m->name == module || std::ranges::any_of(found, instantiates)) found.push_back(*m);
  }
  std::ranges::reverse(found);
  return found;
}

ArrayTiming array_timing(const Output& output) {
  return {
      .first_row_latency = spec::clusters(output.config.array) + output.signature.pe_latency + 1,
      .shortest_full_rate_tile = output.config.array.rows};
}

int result_latency(const Output& output) {
  const spec::Array& array = output.config.array;
  if (array.kind != spec::ArrayKind::kSystolic) return output.signature.pe_latency;
  return array.rows + array.cols + output.signature.pe_latency - 1;
}

namespace {

// What stands around the datapath's units, children first.
std::vector<Unit> frame(const spec::Config& config, const Datapath& datapath) {
  std::vector<Unit> units;
  units.reserve(3);
  if (config.array.kind != spec::ArrayKind::kSystolic) {
    const Unit* selection = nullptr;
    if (config.array.kind == spec::ArrayKind::kSparseTensorCore) {
      const TensorShape shape = tensor_shape(config, datapath);
      selection = &units.emplace_back(emit_selection(config, shape.element_bits, shape.masked));
    }
    const Unit& dot_unit = units.emplace_back(emit_dot_unit(config, datapath, selection));
    units.push_back(emit_tensor_core(config, datapath, dot_unit));
  } else if (config.array.dataflow == spec::Dataflow::kWeightStationary) {
    const Unit& pe = units.emplace_back(emit_ws_pe(config, datapath));
    units.push_back(emit_ws_array(config, datapath, pe));
  } else {
    const Unit& pe = units.emplace_back(emit_pe(config, datapath));
    units.push_back(emit_systolic_array(config, datapath, pe));
  }
  return units;
}

// What `units` instantiate of rtl/lib, and what that needs.
std::vector<LibraryModule> used_library(const std::vector<const Unit*>& units) {
  std::set<std::string> needed;
  for (const Unit* unit : units) needed.merge(verilog::instantiated(*unit->module));
  std::vector<LibraryModule> used = library_modules();
  for (auto library = used.rbegin(); library != used.rend(); ++library) {  // parents first
    if (!needed.contains(library->interface.name)) continue;
    needed.insert(library->instantiates.begin(), library->instantiates.end());
  }
  std::erase_if(
      used, [&](const LibraryModule& library) { return !needed.contains(library.interface.name); });
  return used;
}

// The datapath's units, those of `streams`, and what stands around them; the array is the last.
spec::Checked<Output> generate(const spec::Config& config, const Datapath& datapath,
                               const std::vector<Unit>& streams, const std::string& library_dir) {
  const std::vector<Unit> around = frame(config, datapath);
  std::vector<const Unit*> units;
  for (const auto* part : {&datapath.units, &streams, &around}) {
    for (const Unit& unit : *part) units.push_back(&unit);
  }
  Output output{config, datapath.signature, {}};
  for (const LibraryModule& library : used_library(units)) {
    const std::string path =
        (std::filesystem::path(library_dir) / library.interface.name).string() + ".v";
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return spec::fail(path, "", "", "cannot be read");
    output.modules.push_back({library.interface.name, Role::kLibrary, library.purpose,
                              library.latency, parameters_of(library.interface),
                              ports_of(library.interface), text.str()});
  }
  for (const Unit* unit : units) output.modules.push_back(emitted(*unit));
  return output;
}

}  // namespace

spec::Checked<Output> generate(const spec::Config& config, const std::string& library_dir) {
  std::vector<Unit> streams;
  streams.push_back(emit_stream_packer(config));
  streams.push_back(emit_stream_unpacker(config));
  return generate(config, make_datapath(config), streams, library_dir);
}

spec::Checked<Output> generate(const spec::Config& config, const Datapath& datapath,
                               const std::string& library_dir) {
  return generate(config, datapath, {}, library_dir);
}

}  // namespace sparq::gen
