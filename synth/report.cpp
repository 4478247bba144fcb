// SPDX-License-Identifier: Apache-2.0
#include "synth/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "synth/adder_cells.h"
#include "synth/breakdown.h"
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

// A design as it is mapped, and with everything below its units kept as modules of their own.
struct Views {
  Netlist kept_netlist;
  RolledUp flattened;
  RolledUp kept;
};

Views views_of(const Flow& flow, const Design& design, const Netlist& netlist) {
  Netlist kept = netlist;
  for (auto& [key, module] : kept) {
    if (module.kept_cells.empty()) continue;
    module.cells = module.kept_cells;
    module.written_instances.insert(module.inlined.begin(), module.inlined.end());
  }
  RolledUp sums = roll_up(kept, design.array, flow.library);
  return {std::move(kept), roll_up(netlist, design.array, flow.library), std::move(sums)};
}

// What was to be compared is still there.
void check_contents(const Design& design, const Views& views, Report& report) {
  for (const std::string& sentence : views.flattened.faults) {
    fault(report, design, "{}", sentence);
  }
  for (const std::string& sentence : views.kept.faults) {
    const bool said = std::ranges::count(views.flattened.faults, sentence) > 0;
    if (!said) fault(report, design, "{}", sentence);
  }
  const int64_t expected = int64_t{design.rows} * design.cols;
  const int64_t found = count_inside(views.kept_netlist, design.array, design.unit());
  if (found != expected) {
    fault(report, design, "the array holds {} units, not {} x {}", found, design.rows, design.cols);
  }
  for (const std::string& key : keys_of(views.kept_netlist, design.unit())) {
    for (const RolledUp* view : {&views.flattened, &views.kept}) {
      const Figures& unit = view->modules.at(key);
      if (unit.flip_flops == unit.register_bits) continue;
      fault(report, design, "{} has {} register bits as written, but {} flip-flops", design.unit(),
            unit.register_bits, unit.flip_flops);
    }
    if (design.lane.empty()) continue;
    const int64_t lanes = count_inside(views.kept_netlist, key, design.lane);
    if (lanes != design.lanes_per_unit) {
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

void add_rows(const Design& design, const Netlist& netlist, const Views& views, Report& report) {
  for (const LevelOf& level : levels_of(design)) {
    if (level.module->empty()) continue;
    std::vector<std::string> keys = keys_of(netlist, *level.module);
    if (keys.empty()) {
      fault(report, design, "holds no {}", *level.module);
      continue;
    }
    const auto used = [&](const std::string& key) { return views.flattened.modules.contains(key); };
    // What is part of other modules everywhere has figures of its own where these are kept.
    const bool inlined = std::ranges::none_of(keys, used);
    if (!inlined) std::erase_if(keys, std::not_fn(used));
    Row row;
    row.name = design.name;
    row.role = design.role;
    row.level = level.level;
    row.module = *level.module;
    row.keys = keys;
    row.figures = mean_of(inlined ? views.kept : views.flattened, keys);
    row.kept_area_um2 = mean_of(views.kept, keys).area_um2;
    row.macs_per_cycle = level.macs_per_cycle;
    if (report.nand2_area_um2) {
      row.gate_equivalents = row.figures.area_um2 / *report.nand2_area_um2;
    }
    report.rows.push_back(std::move(row));
  }
  for (const auto& [key, figures] : views.flattened.modules) {
    const Module& module = netlist.at(key);
    report.modules.push_back({design.name, module.name, module.parameters, figures});
    for (const auto& [type, count] : module.inlined) {
      Figures part = views.kept.modules.at(type);
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

std::vector<std::string> notices(const Library& library) {
  std::vector<std::string> notices;
  if (const std::string missing = missing_adders(library); !missing.empty()) {
    notices.push_back(fmt::format("library {} has no {}, gates stand in", library.name, missing));
  }
  if (!library.nand2_area()) {
    notices.push_back(fmt::format("library {} has no NAND2, so no gate equivalents", library.name));
  }
  return notices;
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

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

std::optional<double> fmax_mhz(const Report& report, const Row& row) {
  if (!row.timing) return std::nullopt;
  return fmax_mhz(report.clock_ns, row.timing->slack_ns);
}

std::optional<double> energy_ratio_to_int8(const Report& report, const Row& row) {
  for (const Row& other : report.rows) {
    if (other.role != spec::Kind::kInt8 || other.level != row.level) continue;
    if (row.energy && other.energy) return row.energy->per_mac_pj() / other.energy->per_mac_pj();
  }
  return std::nullopt;
}

Report make_report(const Flow& flow, const std::vector<Design>& designs,
                   const std::vector<Mapped>& mapped) {
  Report report;
  report.library = flow.library.name;
  report.library_files = flow.library.files;
  report.notices = notices(flow.library);
  report.clock_ns = flow.clock_ns;
  report.nand2_area_um2 = flow.library.nand2_area();
  for (size_t i = 0; i < designs.size(); ++i) {
    const Netlist& netlist = mapped[i].netlist;
    if (!netlist.contains(designs[i].array)) {
      fault(report, designs[i], "there is no module {} after synthesis", designs[i].array);
      continue;
    }
    const Views views = views_of(flow, designs[i], netlist);
    check_contents(designs[i], views, report);
    report.breakdowns.push_back({designs[i].name, breakdown(designs[i], views.kept_netlist,
                                                            flow.library.adder(3).has_value())});
    add_rows(designs[i], netlist, views, report);
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
  json["energy_operands_sha256"] =
      report.operand_digests.empty() ? Json() : Json(report.operand_digests);
  json["notices"] = report.notices;
  json["designs"] = Json::array();
  for (const Row& row : report.rows) {
    const Figures& figures = row.figures;
    json["designs"].push_back(
        {{"name", row.name},
         {"role", spec::to_text(row.role)},
         {"level", to_text(row.level)},
         {"module", row.module},
         {"area_um2", figures.area_um2},
         {"hierarchy_kept_area_um2", row.kept_area_um2},
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
         {"fmax_mhz", or_null(fmax_mhz(report, row))},
         {"critical_path",
          row.timing ? Json{{"from", row.timing->from}, {"to", row.timing->to}} : Json()},
         {"fanout_buffers", row.timing ? Json(row.timing->buffers) : Json()}});
    Json& design = json["designs"].back();
    design["energy_per_mac_pj"] = row.energy ? Json(row.energy->per_mac_pj()) : Json();
    design["energy_ratio_to_int8"] = or_null(energy_ratio_to_int8(report, row));
    if (!row.energy) continue;
    design["energy_per_mac_registers_pj"] = row.energy->registers_pj;
    design["energy_per_mac_logic_pj"] = row.energy->logic_pj;
    design["energy_macs"] = row.energy->macs;
  }
  json["breakdown"] = Json::array();
  for (const Breakdown& breakdown : report.breakdowns) {
    for (const auto& [part, area] : breakdown.parts) {
      json["breakdown"].push_back(
          {{"design", breakdown.design}, {"part", part}, {"area_um2", area}});
    }
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

}  // namespace sparq::synth
