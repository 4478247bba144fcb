// SPDX-License-Identifier: Apache-2.0
// A report as tables for a terminal.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "synth/report.h"
#include "synth/scalar_netlist.h"

namespace sparq::synth {
namespace {

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
        fmt::format("{:>9.3f} {:>9.1f} {:>8}  {}\n", timing.slack_ns, *fmax_mhz(report, row),
                    timing.buffers, timing.slack_ns < 0 ? "VIOLATED: slower than the clock" : "");
    text += fmt::format("{:10}{} ->\n{:10}{}\n", "", timing.from, "", timing.to);
  }
  return text;
}

std::string breakdown_table(const Report& report) {
  std::string text =
      "\nThe whole array's area by what it is for, every module mapped by itself.\n\n";
  for (const Breakdown& breakdown : report.breakdowns) {
    double whole = 0;
    for (const auto& [part, area] : breakdown.parts) whole += area;
    text += breakdown.design + "\n";
    for (const auto& [part, area] : breakdown.parts) {
      text += fmt::format("  {:<36} {:>10.0f} um2 {:>5.1f}%\n", part, area, 100 * area / whole);
    }
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
                        energy.logic_pj, number(energy_ratio_to_int8(report, row), 3), energy.macs);
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

std::string to_table(const Report& report) {
  std::string text = fmt::format(
      "Cell area on {} at a clock of {:g} ns.\n"
      "Typical corner, no wires, no clock tree. GE: {}.\n"
      "Logic inside a unit is flattened into it; \"kept\" is its area with every module mapped by\n"
      "itself. Of a unit in several variants stands the mean.\n\n",
      report.library, report.clock_ns,
      report.nand2_area_um2 ? fmt::format("area / {:.2f} um2, the NAND2", *report.nand2_area_um2)
                            : "none");
  for (const std::string& notice : report.notices) text += fmt::format("Note: {}.\n\n", notice);
  text += fmt::format("{:<9} {:<16} {:>10} {:>10} {:>9} {:>7} {:>7} {:>6} {:>8} {:>6} {:>7}\n",
                      "level", "design", "area um2", "kept", "flops um2", "GE", "cells", "MAC/cy",
                      "um2/MAC", "/int8", "/int4x8");
  std::optional<Level> level;
  for (const Row& row : report.rows) {
    if (level && level != row.level) text += '\n';
    level = row.level;
    text += fmt::format(
        "{:<9} {:<16} {:>10.0f} {:>10.0f} {:>9.0f} {:>7} {:>7} {:>6g} {:>8.1f} {:>6} {:>7}\n",
        to_text(row.level), row.name, row.figures.area_um2, row.kept_area_um2,
        row.figures.sequential_area_um2, number(row.gate_equivalents, 0), row.figures.cells,
        row.macs_per_cycle, row.area_per_mac(), number(row.ratio_to_int8, 3),
        number(row.ratio_to_int4x8, 3));
  }
  text += breakdown_table(report) + timing_table(report) + energy_table(report);
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
