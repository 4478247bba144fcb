// SPDX-License-Identifier: Apache-2.0
#include "synth/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "synth/scalar_netlist.h"

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

struct LevelOf {
  Level level;
  const std::string* module;
  double macs_per_cycle;
};

std::vector<LevelOf> levels_of(const Design& design) {
  const double unit = design.unit_macs;
  return {{Level::kPe, &design.pe, unit},
          {Level::kDot, &design.dot_unit, unit},
          {Level::kLane, &design.lane, unit / std::max(design.lanes_per_unit, 1)},
          {Level::kSelection, &design.selection, static_cast<double>(design.selection_macs)},
          {Level::kEncoder, &design.encoder, static_cast<double>(design.encoder_macs)},
          {Level::kArray, &design.array, unit * design.cols * design.rows}};
}

template <class... T>
void fault(Report& report, const Design& design, fmt::format_string<T...> format, T&&... values) {
  report.faults.push_back(design.name + ": " + fmt::format(format, std::forward<T>(values)...));
}

int64_t inlined_count(const Module& module, const std::string& name) {
  int64_t total = 0;
  for (const auto& [type, count] : module.inlined) {
    if (plain_name(type) == name) total += count;
  }
  return total;
}

// What was to be compared is still there.
void check_contents(const Design& design, const Netlist& netlist, const RolledUp& sums,
                    Report& report) {
  for (const std::string& sentence : sums.faults) fault(report, design, "{}", sentence);
  const int64_t expected = int64_t{design.rows} * design.cols;
  const int64_t found = count_inside(netlist, design.array, design.unit());
  if (found != expected) {
    fault(report, design, "the array holds {} units, not {} x {}", found, design.rows, design.cols);
  }
  for (const std::string& key : keys_of(netlist, design.unit())) {
    const Figures& unit = sums.modules.at(key);
    if (unit.flip_flops != unit.register_bits) {
      fault(report, design, "{} has {} register bits as written, but {} flip-flops", design.unit(),
            unit.register_bits, unit.flip_flops);
    }
    const int64_t lanes = design.lane.empty() ? 0 : inlined_count(netlist.at(key), design.lane);
    if (!design.lane.empty() && lanes != design.lanes_per_unit) {
      fault(report, design, "{} holds {} lanes, not {}", design.unit(), lanes,
            design.lanes_per_unit);
    }
  }
}

// Of the instances of a module on average, whatever their parameters: some elements of a cluster
// hold the register that the others see.
Figures mean_of(const RolledUp& sums, const std::vector<std::string>& keys) {
  Figures mean;
  double cells = 0;
  double flip_flops = 0;
  for (const std::string& key : keys) mean.instances += sums.modules.at(key).instances;
  for (const std::string& key : keys) {
    const Figures& variant = sums.modules.at(key);
    const double share =
        static_cast<double>(variant.instances) / static_cast<double>(mean.instances);
    mean.area_um2 += share * variant.area_um2;
    mean.delay_ns = std::max(mean.delay_ns, variant.delay_ns);
    mean.sequential_area_um2 += share * variant.sequential_area_um2;
    cells += share * static_cast<double>(variant.cells);
    flip_flops += share * static_cast<double>(variant.flip_flops);
  }
  mean.cells = std::llround(cells);
  mean.flip_flops = std::llround(flip_flops);
  return mean;
}

// With all below kept as modules of their own; nothing when nothing was inlined.
std::optional<double> kept_area(const Flow& flow, Netlist netlist, const RolledUp& sums,
                                const std::vector<std::string>& keys) {
  double area = 0;
  int64_t instances = 0;
  for (const std::string& key : keys) {
    Module& module = netlist.at(key);
    if (module.kept_cells.empty()) return std::nullopt;
    module.cells = module.kept_cells;
    const int64_t count = sums.modules.at(key).instances;
    area +=
        static_cast<double>(count) * roll_up(netlist, key, flow.library).modules.at(key).area_um2;
    instances += count;
  }
  return area / static_cast<double>(instances);
}

void add_rows(const Flow& flow, const Design& design, const Netlist& netlist, const RolledUp& sums,
              Report& report) {
  for (const LevelOf& level : levels_of(design)) {
    if (level.module->empty()) continue;
    std::vector<std::string> keys = keys_of(netlist, *level.module);
    if (keys.empty()) {
      fault(report, design, "holds no {}", *level.module);
      continue;
    }
    const auto used = [&](const std::string& key) { return sums.modules.contains(key); };
    RolledUp alone;  // of what is part of other modules everywhere
    if (std::ranges::none_of(keys, used)) {
      alone = roll_up(netlist, keys.front(), flow.library);
      keys.resize(1);
    } else {
      std::erase_if(keys, std::not_fn(used));
    }
    const RolledUp& source = alone.modules.empty() ? sums : alone;
    Row row;
    row.name = design.name;
    row.role = design.role;
    row.level = level.level;
    row.module = *level.module;
    row.keys = keys;
    row.figures = mean_of(source, keys);
    row.kept_area_um2 = kept_area(flow, netlist, source, keys);
    row.macs_per_cycle = level.macs_per_cycle;
    if (report.nand2_area_um2) {
      row.gate_equivalents = row.figures.area_um2 / *report.nand2_area_um2;
    }
    report.rows.push_back(std::move(row));
  }
  for (const auto& [key, figures] : sums.modules) {
    const Module& module = netlist.at(key);
    report.modules.push_back({design.name, module.name, module.parameters, figures});
    for (const auto& [type, count] : module.inlined) {
      Figures part = roll_up(netlist, type, flow.library).modules.at(type);
      part.instances = count * figures.instances;
      report.modules.push_back(
          {design.name, plain_name(type), netlist.at(type).parameters, part, module.name});
    }
  }
}

std::optional<double> ratio(const std::vector<Row>& rows, const Row& row, spec::Kind baseline) {
  const auto other = std::find_if(rows.begin(), rows.end(), [&](const Row& candidate) {
    return candidate.role == baseline && candidate.level == row.level;
  });
  if (other == rows.end() || other->figures.area_um2 <= 0) return std::nullopt;
  return row.area_per_mac() / other->area_per_mac();
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::optional<double> fmax(const Report& report, const Row& row) {
  if (!row.timing) return std::nullopt;
  return fmax_mhz(report.clock_ns, row.timing->slack_ns);
}

std::optional<double> energy_ratio(const Report& report, const Row& row) {
  for (const Row& other : report.rows) {
    if (other.role != spec::Kind::kInt8 || other.level != row.level) continue;
    if (row.energy && other.energy) return row.energy->per_mac_pj() / other.energy->per_mac_pj();
  }
  return std::nullopt;
}

std::string number(const std::optional<double>& value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string timing_table(const Report& report) {
  std::string text = fmt::format(
      "\nStatic timing at {:g} ns, without wires, every unit between registers ({}).\n"
      "More than {} loads are carried by trees of {}, which no area holds.\n\n"
      "{:<9} {:<19} {:>9} {:>9} {:>8}  longest path, from register to register\n",
      report.clock_ns, report.port_register, kMaxFanout, report.buffer, "level", "design",
      "slack ns", "fmax MHz", "buffers");
  std::optional<Level> level;
  for (const Row& row : report.rows) {
    if (level && level != row.level) text += '\n';
    level = row.level;
    text += fmt::format("{:<9} {:<19} ", to_text(row.level), row.name);
    if (!row.timing) {
      text += fmt::format("{:>9} {:>9} {:>8}  too large to be timed\n", "-", "-", "-");
      continue;
    }
    const Timing& timing = *row.timing;
    text +=
        fmt::format("{:>9.3f} {:>9.1f} {:>8}  {}\n", timing.slack_ns, *fmax(report, row),
                    timing.buffers, timing.slack_ns < 0 ? "VIOLATED: slower than the clock" : "");
    text += fmt::format("{:10}{} ->\n{:10}{}\n", "", timing.from, "", timing.to);
  }
  return text;
}

std::string energy_table(const Report& report) {
  if (report.operands.empty()) return "";
  std::string text = fmt::format(
      "\nEnergy on {}, toggles of the simulated netlist:\nno wires, no clock tree, no glitches.\n\n"
      "{:<9} {:<19} {:>9} {:>13} {:>9} {:>6} {:>8}\n",
      report.operands, "level", "design", "pJ/MAC", "registers", "logic", "/int8", "MACs");
  for (const Row& row : report.rows) {
    if (!row.energy) continue;
    const Energy& energy = *row.energy;
    text += fmt::format("{:<9} {:<19} {:>9.3f} {:>13.3f} {:>9.3f} {:>6} {:>8}\n",
                        to_text(row.level), row.name, energy.per_mac_pj(), energy.registers_pj,
                        energy.logic_pj, number(energy_ratio(report, row), 3), energy.macs);
  }
  return text;
}

// Modules that differ in parameters alone are one line of the table.
struct ModuleLine {
  std::string design;
  std::string module;
  int variants = 0;
  int64_t instances = 0;
  double own_area_um2 = 0;  // of all instances
  std::optional<double> delay_ns;
};

std::vector<ModuleLine> module_lines(const Report& report) {
  std::vector<ModuleLine> lines;
  std::map<std::pair<std::string, std::string>, double> taken;  // by inlined modules
  for (const ModuleRow& row : report.modules) {
    auto line = std::find_if(lines.begin(), lines.end(), [&](const ModuleLine& candidate) {
      return candidate.design == row.design && candidate.module == row.module;
    });
    if (line == lines.end()) line = lines.insert(line, {row.design, row.module, 0, 0, 0, {}});
    ++line->variants;
    line->instances += row.figures.instances;
    const double area = static_cast<double>(row.figures.instances) * row.figures.own_area_um2;
    line->own_area_um2 += area;
    if (!row.inlined_in.empty()) taken[{row.design, row.inlined_in}] += area;
    if (row.figures.delay_ns) {
      line->delay_ns = std::max(line->delay_ns.value_or(0), *row.figures.delay_ns);
    }
  }
  for (ModuleLine& line : lines) line.own_area_um2 -= taken[{line.design, line.module}];
  return lines;
}

}  // namespace

std::string_view to_text(Level level) {
  switch (level) {
    case Level::kPe:
      return "pe";
    case Level::kDot:
      return "dot";
    case Level::kLane:
      return "lane";
    case Level::kSelection:
      return "selection";
    case Level::kEncoder:
      return "encoder";
    case Level::kArray:
      return "array";
  }
  return "";
}

Report make_report(const Flow& flow, const std::vector<Design>& designs,
                   const std::vector<Mapped>& mapped) {
  Report report;
  report.library = flow.library.name;
  report.library_files = flow.library.files;
  report.clock_ns = flow.clock_ns;
  report.nand2_area_um2 = flow.library.nand2_area();
  for (size_t i = 0; i < designs.size(); ++i) {
    const Netlist& netlist = mapped[i].netlist;
    if (!netlist.contains(designs[i].array)) {
      fault(report, designs[i], "there is no module {} after synthesis", designs[i].array);
      continue;
    }
    const RolledUp sums = roll_up(netlist, designs[i].array, flow.library);
    check_contents(designs[i], netlist, sums, report);
    add_rows(flow, designs[i], netlist, sums, report);
  }
  for (Row& row : report.rows) {
    row.ratio_to_int8 = ratio(report.rows, row, spec::Kind::kInt8);
    row.ratio_to_int4x8 = ratio(report.rows, row, spec::Kind::kInt4x8);
  }
  std::stable_sort(report.rows.begin(), report.rows.end(),
                   [](const Row& a, const Row& b) { return a.level < b.level; });
  return report;
}

Json to_json(const Report& report) {
  Json json;
  json["library"] = report.library;
  json["library_files"] = Json::array();
  for (const LibraryFile& file : report.library_files) {
    json["library_files"].push_back({{"file", file.file}, {"sha256", file.sha256}});
  }
  json["clock_ns"] = report.clock_ns;
  json["timing"] = {{"port_register", report.port_register},
                    {"fanout_buffer", report.buffer},
                    {"max_fanout", kMaxFanout}};
  json["nand2_area_um2"] = or_null(report.nand2_area_um2);
  json["energy_operands"] = report.operands.empty() ? Json() : Json(report.operands);
  json["designs"] = Json::array();
  for (const Row& row : report.rows) {
    const Figures& figures = row.figures;
    json["designs"].push_back(
        {{"name", row.name},
         {"role", spec::to_text(row.role)},
         {"level", to_text(row.level)},
         {"module", row.module},
         {"area_um2", figures.area_um2},
         {"hierarchy_kept_area_um2", or_null(row.kept_area_um2)},
         {"sequential_area_um2", figures.sequential_area_um2},
         {"combinational_area_um2", figures.area_um2 - figures.sequential_area_um2},
         {"gate_equivalents", or_null(row.gate_equivalents)},
         {"cells", figures.cells},
         {"flip_flops", figures.flip_flops},
         {"macs_per_cycle", row.macs_per_cycle},
         {"area_per_mac_um2", row.area_per_mac()},
         {"ratio_to_int8", or_null(row.ratio_to_int8)},
         {"ratio_to_int4x8", or_null(row.ratio_to_int4x8)},
         {"slack_ns", row.timing ? Json(row.timing->slack_ns) : Json()},
         {"fmax_mhz", or_null(fmax(report, row))},
         {"critical_path",
          row.timing ? Json{{"from", row.timing->from}, {"to", row.timing->to}} : Json()},
         {"fanout_buffers", row.timing ? Json(row.timing->buffers) : Json()}});
    Json& design = json["designs"].back();
    design["energy_per_mac_pj"] = row.energy ? Json(row.energy->per_mac_pj()) : Json();
    design["energy_ratio_to_int8"] = or_null(energy_ratio(report, row));
    if (!row.energy) continue;
    design["energy_per_mac_registers_pj"] = row.energy->registers_pj;
    design["energy_per_mac_logic_pj"] = row.energy->logic_pj;
    design["energy_macs"] = row.energy->macs;
  }
  json["modules"] = Json::array();
  for (const ModuleRow& row : report.modules) {
    const Figures& figures = row.figures;
    json["modules"].push_back({{"design", row.design},
                               {"module", row.module},
                               {"inlined_in", row.inlined_in},
                               {"parameters", row.parameters},
                               {"instances", figures.instances},
                               {"area_um2", figures.area_um2},
                               {"own_area_um2", figures.own_area_um2},
                               {"sequential_area_um2", figures.sequential_area_um2},
                               {"cells", figures.cells},
                               {"flip_flops", figures.flip_flops},
                               {"abc_delay_ns", or_null(figures.delay_ns)}});
  }
  return json;
}

std::string to_table(const Report& report) {
  std::string text = fmt::format(
      "Cell area on {} at a clock of {:g} ns.\n"
      "Typical corner, no wires, no clock tree. GE: area / {} um2, the NAND2. Logic inside a unit "
      "is\n"
      "flattened into it; \"kept\" is its area with every module mapped by itself. Of a unit in "
      "several\n"
      "variants stands the mean.\n\n",
      report.library, report.clock_ns, number(report.nand2_area_um2, 2));
  text += fmt::format("{:<9} {:<16} {:>10} {:>10} {:>9} {:>7} {:>7} {:>6} {:>8} {:>6} {:>7}\n",
                      "level", "design", "area um2", "kept", "flops um2", "GE", "cells", "MAC/cy",
                      "um2/MAC", "/int8", "/int4x8");
  std::optional<Level> level;
  for (const Row& row : report.rows) {
    if (level && level != row.level) text += '\n';
    level = row.level;
    text += fmt::format(
        "{:<9} {:<16} {:>10.0f} {:>10} {:>9.0f} {:>7} {:>7} {:>6g} {:>8.1f} {:>6} {:>7}\n",
        to_text(row.level), row.name, row.figures.area_um2, number(row.kept_area_um2, 0),
        row.figures.sequential_area_um2, number(row.gate_equivalents, 0), row.figures.cells,
        row.macs_per_cycle, row.area_per_mac(), number(row.ratio_to_int8, 3),
        number(row.ratio_to_int4x8, 3));
  }
  text += timing_table(report) + energy_table(report);
  text +=
      fmt::format("\n{:<38} {:>9} {:>10} {:>14} {:>6} {:>8}\n", "module, without its submodules",
                  "variants", "instances", "all of them", "share", "delay ns");
  std::string design;
  double whole = 0;
  for (const ModuleLine& line : module_lines(report)) {
    if (line.design != design) {
      design = line.design;
      whole = 0;
      for (const Row& row : report.rows) {
        if (row.name == design && row.level == Level::kArray) whole = row.figures.area_um2;
      }
      text += fmt::format("{}\n", design);
    }
    text += fmt::format("  {:<36} {:>9} {:>10} {:>10.0f} um2 {:>5.1f}% {:>8}\n", line.module,
                        line.variants, line.instances, line.own_area_um2,
                        whole > 0 ? 100 * line.own_area_um2 / whole : 0, number(line.delay_ns, 2));
  }
  return text +
         "What is flattened into a unit counts as when mapped by itself, the rest as the unit's "
         "own.\n"
         "delay: ABC's estimate of the longest path through a module's own gates, without\n"
         "flip-flops, adder cells, submodules and wires; the slowest variant's.\n";
}

}  // namespace sparq::synth
