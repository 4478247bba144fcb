// SPDX-License-Identifier: Apache-2.0
// A design's area beside its baselines': figures, ratios, JSON and a table for reading.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "golden/spec/format.h"
#include "synth/energy.h"
#include "synth/flow.h"
#include "synth/timing.h"

namespace sparq::synth {

// One design to be synthesized, and which of its modules the figures are about.
struct Design {
  std::string name;  // "sa16_5opt"
  spec::Kind role = spec::Kind::kSparq;
  std::string config_digest;
  int rows = 0;
  int cols = 0;
  // MACs per cycle; with 2:4 weights those of the dense product that it stands for.
  int unit_macs = 0;
  int encoder_macs = 0;  // of what one encoder feeds
  int selection_macs = 0;
  int lanes_per_unit = 0;
  std::string array;  // module names; an empty one does not exist in this design
  std::string pe;     // the multiplying unit: a PE, or a tensor core's dot-product unit
  std::string dot_unit;
  std::string lane;
  std::string encoder;    // of one word of activations
  std::string selection;  // of one group of 2:4 weights

  const std::string& unit() const { return pe.empty() ? dot_unit : pe; }
  std::vector<SourceFile> sources;
};

enum class Level { kPe, kDot, kLane, kSelection, kEncoder, kArray };

// One line of the comparison. Areas are um2.
struct Row {
  std::string name;
  spec::Kind role = spec::Kind::kSparq;
  Level level = Level::kPe;
  std::string module;
  std::vector<std::string> keys;      // of the module's variants, in the netlist of the design
  Figures figures;                    // of one instance, on average where there are variants
  double kept_area_um2 = 0;           // with every module below mapped by itself
  std::optional<Timing> timing = {};  // nothing when it was too large to be timed
  std::optional<Energy> energy = {};  // of units that can be simulated
  double macs_per_cycle = 0;          // at full rate: of the module, or of what an encoder feeds
  std::optional<double> gate_equivalents;  // area / NAND2 area
  std::optional<double> ratio_to_int8;     // area per MAC of this / of the baseline, same level
  std::optional<double> ratio_to_int4x8;   // nothing when the baseline has no such level

  double area_per_mac() const { return figures.area_um2 / macs_per_cycle; }
};

struct ModuleRow {
  std::string design;
  std::string module;
  std::map<std::string, int> parameters;
  Figures figures;
  std::string inlined_in = {};  // its figures are part of those of that module
};

struct Breakdown {
  std::string design;
  std::vector<std::pair<std::string, double>> parts;  // (what for, um2 of the whole array)
};

struct Report {
  std::string library;
  std::vector<LibraryFile> library_files;
  double clock_ns = 0;
  std::string operands;                      // what energy was measured on; empty when it was not
  std::vector<std::string> operand_digests;  // sha256 of the activations' file and the weights'
  std::vector<std::string> notices;          // what the library lacks, and what stands in for it
  std::string port_register;  // the cells that stand around a module when it is timed
  std::string buffer;
  std::optional<double> nand2_area_um2;
  std::vector<Row> rows;
  std::vector<ModuleRow> modules;
  std::vector<Breakdown> breakdowns;
  std::vector<std::string> faults;  // of checks that failed; the figures then mean nothing
};

// `mapped[i]` belongs to `designs[i]`. Checks that the netlists still hold what was written: every
// multiplying unit, and in it every register bit and lane.
Report make_report(const Flow& flow, const std::vector<Design>& designs,
                   const std::vector<Mapped>& mapped);

// The keys "library", "clock_ns", "designs", "modules" and what belongs to them.
nlohmann::json to_json(const Report& report);

// For a terminal, 100 columns at most.
std::string to_table(const Report& report);

// Of the row at the report's clock; nothing when it was not timed.
std::optional<double> fmax_mhz(const Report& report, const Row& row);

// Energy per MAC of the row / of the 8b-8b row of its level; nothing without both.
std::optional<double> energy_ratio_to_int8(const Report& report, const Row& row);

std::string_view to_text(Level level);  // "pe", "dot", "lane", "selection", ...

}  // namespace sparq::synth
