// SPDX-License-Identifier: Apache-2.0
#include "synth/liberty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <utility>

#include "golden/spec/config_json.h"
#include "synth/liberty_function.h"
#include "synth/liberty_syntax.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;

constexpr int kDepth = 3;  // library, cell, pin

std::string attribute(const Group& group, const std::string& name) {
  const auto found = group.attributes.find(name);
  return found == group.attributes.end() ? "" : found->second;
}

std::string argument(const Group& group) {
  return group.arguments.empty() ? "" : group.arguments.front();
}

struct Pins {
  std::vector<std::string> inputs;
  std::vector<std::pair<std::string, std::optional<TruthTable>>> outputs;
};

constexpr size_t kMostInputs = 3;

// A combinational cell's pins with what they compute; cells with more inputs are of no interest.
Pins pins_of(const Group& cell) {
  Pins pins;
  for (const Group& pin : cell.groups) {
    if (pin.kind == "pin" && attribute(pin, "direction") == "input") {
      pins.inputs.push_back(argument(pin));
    }
  }
  if (pins.inputs.size() > kMostInputs) return pins;
  for (const Group& pin : cell.groups) {
    if (pin.kind == "pin" && attribute(pin, "direction") == "output") {
      pins.outputs.emplace_back(argument(pin),
                                truth_table(attribute(pin, "function"), pins.inputs));
    }
  }
  return pins;
}

bool is_nand2(const Pins& pins) {
  return pins.inputs.size() == 2 && pins.outputs.size() == 1 && pins.outputs[0].second == 0b0111;
}

bool is_inverter(const Pins& pins) {
  return pins.inputs.size() == 1 && pins.outputs.size() == 1 && pins.outputs[0].second == 0b01;
}

std::optional<AdderPins> adder_of(const Pins& pins) {
  const size_t inputs = pins.inputs.size();
  if ((inputs != 2 && inputs != 3) || pins.outputs.size() != 2) return std::nullopt;
  const TruthTable sum = inputs == 2 ? 0b0110 : 0b10010110;
  const TruthTable carry = inputs == 2 ? 0b1000 : 0b11101000;
  for (const int first : {0, 1}) {
    const auto& [name, table] = pins.outputs[first];
    const auto& [other_name, other_table] = pins.outputs[1 - first];
    if (table == sum && other_table == carry) return AdderPins{pins.inputs, name, other_name};
  }
  return std::nullopt;
}

// The function's outer parentheses and blanks say nothing here.
std::string bare(std::string text) {
  std::erase_if(text, [](char c) { return c == '(' || c == ')' || c == ' '; });
  return text;
}

// The one data input that goes straight to the one output, or through one flip-flop.
Cell::Pins straight_pins(const Group& cell) {
  Cell::Pins pins;
  std::string state;
  size_t inputs = 0;
  size_t outputs = 0;
  for (const Group& group : cell.groups) {
    if (group.kind != "ff") continue;
    state = argument(group);
    pins.data = bare(attribute(group, "next_state"));
    pins.clock = bare(attribute(group, "clocked_on"));
    // clear, preset and the like
    if (group.attributes.size() != 2) return {};
  }
  for (const Group& pin : cell.groups) {
    if (pin.kind != "pin") continue;
    if (attribute(pin, "direction") == "input") {
      ++inputs;
      if (state.empty()) pins.data = argument(pin);
    } else if (attribute(pin, "direction") == "output") {
      const std::string function = bare(attribute(pin, "function"));
      if (function == (state.empty() ? pins.data : state)) pins.output = argument(pin);
      ++outputs;
    }
  }
  const auto is_pin = [&](const std::string& name) {
    return std::any_of(cell.groups.begin(), cell.groups.end(), [&](const Group& pin) {
      return pin.kind == "pin" && argument(pin) == name;
    });
  };
  const bool plain = outputs == 1 && !pins.output.empty() && is_pin(pins.data) &&
                     (state.empty() ? inputs == 1 : inputs == 2 && is_pin(pins.clock));
  return plain ? pins : Cell::Pins{};
}

CellKind kind_of(const Group& cell) {
  for (const Group& group : cell.groups) {
    if (group.kind == "ff" || group.kind == "ff_bank") return CellKind::kFlipFlop;
    if (group.kind == "latch" || group.kind == "latch_bank" || group.kind == "statetable") {
      return CellKind::kLatch;
    }
  }
  return CellKind::kCombinational;
}

// Nothing when it is not a number >= 0.
std::optional<double> area_from(const std::string& text) {
  if (text.empty()) return 0;
  double area = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), area);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(area) || area < 0) return std::nullopt;
  return area;
}

// A cell no mapper may choose: its library says so, or it belongs at the border of power domains,
// where it is placed by hand (sky130's lpflow cells would pass for gates).
bool reserved(const Group& cell) {
  constexpr std::array kReasons = {"dont_use", "is_isolation_cell", "is_level_shifter",
                                   "always_on"};
  return std::ranges::any_of(kReasons,
                             [&](const char* reason) { return attribute(cell, reason) == "true"; });
}

// Adds the cells of one library group.
void add_cells(const Group& group, const std::string& where, Library& library,
               spec::Problems& problems) {
  for (const Group& cell : group.groups) {
    if (cell.kind != "cell") continue;
    const std::string name = argument(cell);
    const std::string field = fmt::format("cell({})", name);
    const std::string text = attribute(cell, "area");
    const std::optional<double> area = area_from(text);
    if (!area) problems.push_back({where, field + ".area", text, "must be a number >= 0"});
    const Pins pins = pins_of(cell);
    Cell properties{area.value_or(0), kind_of(cell), reserved(cell), is_nand2(pins),
                    adder_of(pins)};
    if (properties.kind == CellKind::kFlipFlop) properties.flip_flop = straight_pins(cell);
    if (properties.kind == CellKind::kCombinational) properties.buffer = straight_pins(cell);
    if (!library.cells.emplace(name, properties).second) {
      problems.push_back({where, field, "", "is defined twice"});
    }
  }
}

// ABC's mapper takes for granted that a net's inverter is shared by all who could use it, and so
// inverts too much. At this price it does so less; what that saves, and where not, is in
// docs/area.md.
constexpr double kInverterPrice = 1.25;

// A cell as the mapper is to see it.
std::string priced(const Group& cell) {
  std::string text(cell.source);
  if (cell.kind != "cell" || !is_inverter(pins_of(cell))) return text;
  const std::string area = attribute(cell, "area");
  static const std::regex kArea(R"(\barea\s*:\s*"?([^\s";]+))");
  for (std::sregex_iterator at(text.begin(), text.end(), kArea), end; at != end; ++at) {
    if (at->str(1) != area) continue;
    return text.replace(static_cast<size_t>(at->position(1)), area.size(),
                        fmt::format("{}", area_from(area).value_or(0) * kInverterPrice));
  }
  return text;
}

// What numbers in a library mean: (attribute, its value as written).
std::vector<std::pair<std::string, std::string>> units(const Group& library) {
  std::vector<std::pair<std::string, std::string>> units;
  for (const char* name : {"time_unit", "voltage_unit", "current_unit", "leakage_power_unit"}) {
    units.emplace_back(name, attribute(library, name));
  }
  const std::string capacitance = "capacitive_load_unit";
  std::string value;
  if (const size_t at = library.source.find(capacitance); at != std::string_view::npos) {
    const size_t end = library.source.find(')', at);
    for (const char c : library.source.substr(at, end - at).substr(capacitance.size())) {
      if (std::string_view(" \t(\"").find(c) == std::string_view::npos) value += c;
    }
  }
  units.emplace_back(capacitance, value);
  return units;
}

std::string unchanged(const Group& group) { return std::string(group.source); }

// The first file with the other files' groups before its closing brace, all without reserved cells;
// of groups that share a kind and a name (table templates, operating conditions) the first counts.
std::string merge(const std::vector<Group>& groups, std::string (*written)(const Group&)) {
  const auto kept = [](const Group& group) { return group.kind != "cell" || !reserved(group); };
  const std::string_view first = groups.front().source;
  std::set<std::pair<std::string, std::string>> seen;
  std::string text;
  const char* at = first.data();
  for (const Group& inner : groups.front().groups) {
    seen.emplace(inner.kind, argument(inner));
    text.append(at, inner.source.data());
    if (kept(inner)) text += written(inner);
    at = inner.source.data() + inner.source.size();
  }
  text.append(at, first.data() + first.rfind('}'));
  for (size_t i = 1; i < groups.size(); ++i) {
    for (const Group& inner : groups[i].groups) {
      const bool is_new = seen.emplace(inner.kind, argument(inner)).second;
      if (is_new && kept(inner)) text += written(inner) + "\n";
    }
  }
  return text + "}\n";
}

}  // namespace

std::optional<double> Library::nand2_area() const {
  std::optional<double> smallest;
  for (const auto& [cell_name, cell] : cells) {
    if (!cell.nand2 || cell.dont_use || cell.area <= 0) continue;
    smallest = std::min(smallest.value_or(cell.area), cell.area);
  }
  return smallest;
}

std::optional<std::string> Library::adder(size_t inputs) const {
  std::optional<std::string> best;
  for (const auto& [cell_name, cell] : cells) {
    if (!cell.adder || cell.adder->inputs.size() != inputs || cell.dont_use) continue;
    if (!best || cell.area < cells.at(*best).area) best = cell_name;
  }
  return best;
}

namespace {

std::map<std::string, Cell>::const_iterator smallest(const std::map<std::string, Cell>& cells,
                                                     Cell::Pins Cell::*role) {
  auto best = cells.end();
  for (auto cell = cells.begin(); cell != cells.end(); ++cell) {
    const Cell& candidate = cell->second;
    if ((candidate.*role).output.empty() || candidate.dont_use || candidate.area <= 0) continue;
    if (best == cells.end() || candidate.area < best->second.area) best = cell;
  }
  return best;
}

}  // namespace

std::map<std::string, Cell>::const_iterator Library::buffer() const {
  return smallest(cells, &Cell::buffer);
}

std::map<std::string, Cell>::const_iterator Library::flip_flop() const {
  return smallest(cells, &Cell::flip_flop);
}

spec::Checked<Library> parse_library(const std::vector<std::string>& texts,
                                     const std::vector<std::string>& where,
                                     const std::string& field) {
  Library library;
  spec::Problems problems;
  std::vector<Group> groups;
  for (size_t i = 0; i < texts.size(); ++i) {
    auto group = parse_liberty(texts[i], kDepth);
    if (!group) {
      problems.push_back({where[i], fmt::format("line {}", group.error().line), "",
                          "not a liberty file: " + group.error().what});
      continue;
    }
    if (group->kind != "library") {
      problems.push_back({where[i], "", group->kind, "must be a library group"});
      continue;
    }
    const auto first_units = units(groups.empty() ? *group : groups.front());
    const auto own_units = units(*group);
    for (size_t u = 0; u < own_units.size(); ++u) {
      if (own_units[u] == first_units[u]) continue;
      problems.push_back({where[i], own_units[u].first, own_units[u].second,
                          fmt::format("must be \"{}\" as in {}, since the files become one library",
                                      first_units[u].second, where.front())});
    }
    add_cells(*group, where[i], library, problems);
    library.files.push_back({fs::path(where[i]).filename().string(), spec::sha256(texts[i])});
    groups.push_back(std::move(*group));
  }
  if (!problems.empty()) return tl::unexpected<spec::Problems>(std::move(problems));
  if (std::none_of(library.cells.begin(), library.cells.end(), [](const auto& cell) {
        return cell.second.kind == CellKind::kFlipFlop && !cell.second.dont_use;
      })) {
    return spec::fail(where.front(), field, "", "has no flip-flop, so nothing can be mapped to it");
  }
  library.name = argument(groups.front());
  library.text = merge(groups, unchanged);
  library.mapper_text = merge(groups, priced);
  return library;
}

spec::Checked<Library> load_library(const std::vector<fs::path>& files, const std::string& field) {
  std::vector<std::string> texts;
  std::vector<std::string> where;
  spec::Problems problems;
  for (const fs::path& file : files) {
    std::error_code error;
    std::ifstream stream;
    if (!fs::is_directory(file, error)) stream.open(file, std::ios::binary);
    if (!stream.is_open()) {
      problems.push_back({"command line", field, file.string(), "must be a file that can be read"});
      continue;
    }
    texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    where.push_back(file.string());
  }
  if (!problems.empty()) return tl::unexpected<spec::Problems>(std::move(problems));
  return parse_library(texts, where, field);
}

std::optional<double> default_clock_ns(std::string_view library) {
  if (library.starts_with("osu018")) return 8;
  if (library.starts_with("sky130")) return 10;
  return std::nullopt;
}

}  // namespace sparq::synth
