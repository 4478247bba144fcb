// SPDX-License-Identifier: Apache-2.0
#include "synth/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

struct Column {
  const char* title;  // in Markdown
  const char* key;
  int decimals;
};

constexpr std::array<Column, 14> kColumns = {{{"area um2", "area_um2", 0},
                                              {"hierarchy kept um2", "hierarchy_kept_area_um2", 0},
                                              {"sequential um2", "sequential_area_um2", 0},
                                              {"combinational um2", "combinational_area_um2", 0},
                                              {"GE", "gate_equivalents", 0},
                                              {"MACs/cycle", "macs_per_cycle", 0},
                                              {"um2/MAC", "area_per_mac_um2", 1},
                                              {"/ int8", "ratio_to_int8", 3},
                                              {"/ int4x8", "ratio_to_int4x8", 3},
                                              {"slack ns", "slack_ns", 3},
                                              {"fmax MHz", "fmax_mhz", 1},
                                              {"pJ/MAC", "energy_per_mac_pj", 3},
                                              {"registers", "energy_per_mac_registers_pj", 3},
                                              {"logic", "energy_per_mac_logic_pj", 3}}};

constexpr std::array<const char*, 21> kCsv = {"name",
                                              "role",
                                              "level",
                                              "module",
                                              "area_um2",
                                              "sequential_area_um2",
                                              "cells",
                                              "flip_flops",
                                              "combinational_area_um2",
                                              "macs_per_cycle",
                                              "gate_equivalents",
                                              "area_per_mac_um2",
                                              "ratio_to_int8",
                                              "ratio_to_int4x8",
                                              "slack_ns",
                                              "fmax_mhz",
                                              "fanout_buffers",
                                              "energy_per_mac_pj",
                                              "energy_per_mac_registers_pj",
                                              "energy_per_mac_logic_pj",
                                              "hierarchy_kept_area_um2"};

constexpr std::string_view kEnergy = "energy_per_mac_pj";
constexpr std::array<Column, 4> kCompared = {{{"area um2", "area_um2", 0},
                                              {"um2/MAC", "area_per_mac_um2", 1},
                                              {"fmax MHz", "fmax_mhz", 1},
                                              {"pJ/MAC", kEnergy.data(), 3}}};

Json value_of(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found == row.end() ? Json() : *found;
}

std::string number(const Json& value, int decimals) {
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), decimals) : "-";
}

std::string path_of(const Json& row) {
  const Json path = value_of(row, "critical_path");
  if (!path.is_object()) return "-";
  return fmt::format("`{}` to `{}`", path.at("from").get<std::string>(),
                     path.at("to").get<std::string>());
}

const Json* find(const Json& report, const Json& row) {
  for (const Json& candidate : report.at("designs")) {
    if (candidate.at("name") == row.at("name") && candidate.at("level") == row.at("level")) {
      return &candidate;
    }
  }
  return nullptr;
}

Json change(const Json& row, const char* key, const Json& old, const Json& now) {
  Json percent;
  if (old.is_number() && now.is_number() && old.get<double>() != 0) {
    percent = 100 * (now.get<double>() / old.get<double>() - 1);
  }
  return {{"name", row.at("name")},
          {"level", row.at("level")},
          {"figure", key},
          {"old", old},
          {"new", now},
          {"change_percent", percent}};
}

// Of the library's files, in their order.
Json digests_of(const Json& report) {
  Json digests = Json::array();
  for (const Json& file : value_of(report, "library_files")) {
    digests.push_back(file.is_object() ? value_of(file, "sha256") : Json());
  }
  return digests;
}

Json digests_of(const Library& library) {
  Json digests = Json::array();
  for (const LibraryFile& file : library.files) digests.push_back(file.sha256);
  return digests;
}

}  // namespace

std::string to_markdown(const Json& report) {
  std::vector<std::string> tools;
  for (const auto& [tool, version] : report.at("tool").items()) {
    tools.push_back(fmt::format("{} {}", tool, version.get<std::string>()));
  }
  std::string notices;
  for (const Json& notice : report.at("notices")) {
    notices += fmt::format("Note: {}.\n\n", notice.get<std::string>());
  }
  const Json operands = value_of(report, "energy_operands");
  std::string text = fmt::format(
      "# Area and timing on {} at {:g} ns\n\n"
      "`{}`: {}; configuration {}.\n\n{}"
      "Cell area at the typical corner: no wires, no clock tree. Logic inside a unit is flattened\n"
      "into it; \"hierarchy kept\" is its area with every module mapped by itself. GE: area / {}\n"
      "um2, the library's NAND2. A negative slack means that the design misses the clock.\n"
      "Energy is on {}.\n\n| level | design |",
      report.at("library").get<std::string>(), report.at("clock_ns").get<double>(),
      report.at("command_line").get<std::string>(), fmt::join(tools, ", "),
      report.at("config_digest").get<std::string>(), notices,
      number(value_of(report, "nand2_area_um2"), 2),
      operands.is_string() ? operands.get<std::string>() : "nothing: not measured");
  std::string rule = "|---|---|";
  for (const Column& column : kColumns) {
    text += fmt::format(" {} |", column.title);
    rule += "---:|";
  }
  text += " longest path |\n" + rule + "---|\n";
  for (const Json& row : report.at("designs")) {
    text += fmt::format("| {} | {} |", row.at("level").get<std::string>(),
                        row.at("name").get<std::string>());
    for (const Column& column : kColumns) {
      text += fmt::format(" {} |", number(value_of(row, column.key), column.decimals));
    }
    text += fmt::format(" {} |\n", path_of(row));
  }
  return text;
}

std::string to_csv(const Json& report) {
  std::string text = "library,clock_ns";
  for (const char* key : kCsv) text += fmt::format(",{}", key);
  text += ",critical_path_from,critical_path_to\n";
  for (const Json& row : report.at("designs")) {
    text +=
        fmt::format("{},{}", report.at("library").get<std::string>(), report.at("clock_ns").dump());
    for (const char* key : kCsv) {
      const Json value = value_of(row, key);
      text += ',';
      if (!value.is_null()) text += value.is_string() ? value.get<std::string>() : value.dump();
    }
    const Json path = value_of(row, "critical_path");
    for (const char* end : {"from", "to"}) {
      text += ',';
      if (path.is_object()) text += path.at(end).get<std::string>();
    }
    text += '\n';
  }
  return text;
}

spec::Checked<Json> load_report(const std::string& path, const std::string& field,
                                const Library& library, double clock_ns) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return spec::fail("command line", field, path, "must be a file that can be read");
  Json report = Json::parse(stream, nullptr, false);
  const Json designs = report.is_object() ? value_of(report, "designs") : Json();
  const auto has_name = [](const Json& row) {
    return row.is_object() && value_of(row, "name").is_string() &&
           value_of(row, "level").is_string();
  };
  if (!designs.is_array() || !std::all_of(designs.begin(), designs.end(), has_name) ||
      value_of(report, "command") != "synth") {
    return spec::fail(path, "", "", "must be a synth.json that `sparq synth` wrote");
  }
  spec::Problems problems;
  if (const Json old = value_of(report, "library"); old != library.name) {
    problems.push_back(
        {path, "library", old.dump(), fmt::format("must be \"{}\", as now", library.name)});
  } else if (const Json own = digests_of(library); digests_of(report) != own) {
    problems.push_back({path, "library_files[].sha256", digests_of(report).dump(),
                        fmt::format("must be {}, as now: the same cells", own.dump())});
  }
  if (const Json old = value_of(report, "clock_ns"); old != clock_ns) {
    problems.push_back(
        {path, "clock_ns", old.dump(), fmt::format("must be {:g}, as now", clock_ns)});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return report;
}

bool have_same_operands(const Json& old, const Json& now) {
  const char* key = "energy_operands_sha256";
  return value_of(old, key) == value_of(now, key);
}

Json compare_reports(const Json& old, const Json& now) {
  Json changes = Json::array();
  const bool same_operands = have_same_operands(old, now);
  const auto add = [&](const Json& row, const Json* before, const Json* after) {
    for (const Column& column : kCompared) {
      if (!same_operands && column.key == kEnergy) continue;
      const Json first = before == nullptr ? Json() : value_of(*before, column.key);
      const Json second = after == nullptr ? Json() : value_of(*after, column.key);
      if (!first.is_null() || !second.is_null()) {
        changes.push_back(change(row, column.key, first, second));
      }
    }
  };
  for (const Json& row : now.at("designs")) add(row, find(old, row), &row);
  for (const Json& row : old.at("designs")) {
    if (find(now, row) == nullptr) add(row, &row, nullptr);
  }
  return changes;
}

std::string to_table(const Json& changes) {
  std::string text = fmt::format("{:<9} {:<24} {:<9} {:>13} {:>13} {:>9}\n", "level", "design",
                                 "figure", "old", "new", "change");
  for (const Json& change : changes) {
    const auto column =
        std::find_if(kCompared.begin(), kCompared.end(),
                     [&](const Column& candidate) { return change.at("figure") == candidate.key; });
    const Json& percent = change.at("change_percent");
    text += fmt::format("{:<9} {:<24} {:<9} {:>13} {:>13} {:>9}\n",
                        change.at("level").get<std::string>(), change.at("name").get<std::string>(),
                        column->title, number(change.at("old"), column->decimals),
                        number(change.at("new"), column->decimals),
                        percent.is_null() ? "-" : fmt::format("{:+.2f} %", percent.get<double>()));
  }
  return text;
}

}  // namespace sparq::synth
