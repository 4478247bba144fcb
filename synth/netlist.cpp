// SPDX-License-Identifier: Apache-2.0
#include "synth/netlist.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <utility>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

// Yosys writes constants as binary digits, the most significant first; a string stays a string.
std::optional<int> number_from(const Json& value) {
  if (value.is_number_integer()) return value.get<int>();
  if (!value.is_string()) return std::nullopt;
  const auto& digits = value.get_ref<const std::string&>();
  if (digits.empty() || digits.find_first_not_of("01") != std::string::npos) return std::nullopt;
  uint32_t number = 0;
  for (const char digit : digits) number = number * 2 + static_cast<uint32_t>(digit - '0');
  return static_cast<int>(number);
}

// "Delay = 2162.19 ps", in ns. A module without gates has none.
std::optional<double> delay_from(const std::string& log) {
  static const std::regex delay(R"(\nABC:.*\bDelay = *([0-9.]+) ps)");
  std::smatch match;
  if (!std::regex_search(log, match, delay)) return std::nullopt;
  return std::stod(match[1]) / 1000;
}

// Sums up modules below the top one, each once.
class Summer {
 public:
  Summer(const Netlist& netlist, const Library& library) : netlist_(netlist), library_(library) {}

  RolledUp sum(const std::string& top) {
    visit(top);
    count_instances(top, 1);
    return std::move(result_);
  }

 private:
  const Figures& visit(const std::string& key) {
    const auto known = result_.modules.find(key);
    if (known != result_.modules.end()) return known->second;
    const Module& module = netlist_.at(key);
    Figures figures;
    figures.delay_ns = module.delay_ns;
    figures.register_bits = module.register_bits;
    for (const auto& [type, count] : module.cells) {
      if (netlist_.contains(type)) {
        const Figures& child = visit(type);
        figures.area_um2 += count * child.area_um2;
        figures.sequential_area_um2 += count * child.sequential_area_um2;
        figures.cells += count * child.cells;
        figures.flip_flops += count * child.flip_flops;
        figures.register_bits += count * child.register_bits;
      } else {
        add_cells(module, type, count, figures);
      }
    }
    for (const auto& [type, count] : module.written_instances) {
      const auto mapped = module.cells.find(type);
      const int left = mapped == module.cells.end() ? 0 : mapped->second;
      if (netlist_.contains(type) && left != count) {
        fault("{}: has {} instances of {} as written, but {} after synthesis", module.name, count,
              plain_name(type), left);
      }
    }
    return result_.modules.emplace(key, figures).first->second;
  }

  void add_cells(const Module& module, const std::string& type, int count, Figures& figures) {
    const auto found = library_.cells.find(type);
    if (type.starts_with("$_DLATCH") || type.starts_with("$_SR")) {
      fault("{}: {} of {}, a latch; latches are not allowed", module.name, count, type);
      return;
    }
    if (found == library_.cells.end()) {
      fault("{}: {} of {} could not be mapped to the library", module.name, count, type);
      return;
    }
    const Cell& cell = found->second;
    if (cell.kind == CellKind::kLatch) {
      fault("{}: {} of {}, a latch; latches are not allowed", module.name, count, type);
    } else if (cell.area <= 0) {
      fault("{}: {} of {}, a cell without area", module.name, count, type);
    }
    figures.area_um2 += count * cell.area;
    figures.own_area_um2 += count * cell.area;
    figures.cells += count;
    if (cell.kind == CellKind::kFlipFlop) {
      figures.sequential_area_um2 += count * cell.area;
      figures.flip_flops += count;
    }
  }

  void count_instances(const std::string& key, int64_t times) {
    result_.modules.at(key).instances += times;
    for (const auto& [type, count] : netlist_.at(key).cells) {
      if (netlist_.contains(type)) count_instances(type, times * count);
    }
  }

  template <class... T>
  void fault(fmt::format_string<T...> format, T&&... values) {
    result_.faults.push_back(fmt::format(format, std::forward<T>(values)...));
  }

  const Netlist& netlist_;
  const Library& library_;
  RolledUp result_;
};

}  // namespace

bool is_register(const std::string& type) {
  return type.starts_with("$") && !type.starts_with("$paramod") &&
         type.find("ff") != std::string::npos;
}

std::string plain_name(const std::string& key) {
  if (!key.starts_with("$paramod")) return key;
  const size_t begin = key.find('\\') + 1;
  return key.substr(begin, key.find('\\', begin) - begin);
}

tl::expected<Json, std::string> load_yosys_json(const std::filesystem::path& file) {
  std::ifstream stream(file);
  Json json = Json::parse(stream, nullptr, false);
  if (json.is_discarded() || !json.contains("modules")) {
    return tl::unexpected(fmt::format("wrote no usable {}", file.filename().string()));
  }
  return json;
}

tl::expected<Module, std::string> read_module(const std::string& key, const Json& written,
                                              const Json& mapped, const std::string& log,
                                              const std::set<std::string>& inlined) {
  Module module{.name = plain_name(key), .delay_ns = delay_from(log)};
  try {
    const auto defaults = written.find("parameter_default_values");
    if (defaults != written.end()) {
      for (const auto& [name, value] : defaults->items()) {
        if (const auto number = number_from(value)) module.parameters[name] = *number;
      }
    }
    for (const auto& [name, cell] : mapped.at("modules").at(key).at("cells").items()) {
      ++module.cells[cell.at("type").get<std::string>()];
    }
    for (const auto& [name, cell] : written.at("cells").items()) {
      const std::string type = cell.at("type");
      if (is_register(type)) {
        module.register_bits += number_from(cell.at("parameters").at("WIDTH")).value_or(0);
      } else if (inlined.contains(type)) {
        ++module.inlined[type];
      } else if (!type.starts_with("$") || type.starts_with("$paramod")) {
        ++module.written_instances[type];
      }
    }
  } catch (const Json::exception& error) {
    return tl::unexpected(fmt::format("wrote a netlist of an unknown form: {}", error.what()));
  }
  return module;
}

Json to_json(const Netlist& netlist) {
  Json json = Json::object();
  for (const auto& [key, module] : netlist) {
    json[key] = {{"name", module.name},
                 {"parameters", module.parameters},
                 {"cells", module.cells},
                 {"written_instances", module.written_instances},
                 {"inlined", module.inlined},
                 {"kept_cells", module.kept_cells},
                 {"register_bits", module.register_bits},
                 {"parts",
                  {module.parts.registers, module.parts.products, module.parts.lane_operands,
                   module.parts.rest}}};
    if (module.delay_ns) json[key]["delay_ns"] = *module.delay_ns;
  }
  return json;
}

Netlist netlist_from(const Json& json) {
  Netlist netlist;
  for (const auto& [key, value] : json.items()) {
    Module& module = netlist[key];
    value.at("name").get_to(module.name);
    value.at("parameters").get_to(module.parameters);
    value.at("cells").get_to(module.cells);
    value.at("written_instances").get_to(module.written_instances);
    value.at("inlined").get_to(module.inlined);
    value.at("kept_cells").get_to(module.kept_cells);
    value.at("register_bits").get_to(module.register_bits);
    const Json& parts = value.at("parts");
    module.parts = {parts.at(0), parts.at(1), parts.at(2), parts.at(3)};
    if (value.contains("delay_ns")) module.delay_ns = value["delay_ns"].get<double>();
  }
  return netlist;
}

RolledUp roll_up(const Netlist& netlist, const std::string& top_key, const Library& library) {
  return Summer(netlist, library).sum(top_key);
}

int64_t count_inside(const Netlist& netlist, const std::string& key, const std::string& name) {
  int64_t total = 0;
  for (const auto& [type, count] : netlist.at(key).cells) {
    const auto child = netlist.find(type);
    if (child == netlist.end()) continue;
    total += count * ((child->second.name == name ? 1 : 0) + count_inside(netlist, type, name));
  }
  return total;
}

std::vector<std::string> keys_of(const Netlist& netlist, const std::string& name) {
  std::vector<std::string> keys;
  for (const auto& [key, module] : netlist) {
    if (module.name == name) keys.push_back(key);
  }
  return keys;
}

}  // namespace sparq::synth
