// SPDX-License-Identifier: Apache-2.0
#include "synth/structure.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

int net_from(const Json& bit) {
  if (bit.is_number()) return bit.get<int>();
  const auto& value = bit.get_ref<const std::string&>();
  if (value == "1") return kOne;
  return value == "z" ? kUnconnected : kZero;  // "0", or "x": anything will do
}

std::vector<int> nets_from(const Json& bits) {
  std::vector<int> nets;
  for (const Json& bit : bits) nets.push_back(net_from(bit));
  return nets;
}

// How well a name says what a net is: a register's own name before a wire's, a wire's before a
// port's, which often is a mere alias of either.
int rank_of(const std::string& name, bool is_port) {
  const size_t end = name.find_last_not_of("0123456789");
  const bool is_register =
      end != std::string::npos && end > 0 && name.compare(end - 1, 2, "_q") == 0;
  return is_register ? 2 : is_port ? 0 : 1;
}

// The names that were written, by net: "weight_q1[3]", "last_q".
std::map<int, std::string> written_names(const Json& module) {
  std::map<int, std::pair<int, std::string>> best;
  for (const auto& [name, net] : module.at("netnames").items()) {
    if (net.value("hide_name", 0) != 0) continue;
    const int rank = rank_of(name, module.at("ports").contains(name));
    const std::vector<int> nets = nets_from(net.at("bits"));
    for (size_t i = 0; i < nets.size(); ++i) {
      const auto [found, fresh] = best.try_emplace(nets[i], -1, "");
      if (rank <= found->second.first) continue;
      found->second = {rank, nets.size() == 1 ? name : fmt::format("{}[{}]", name, i)};
    }
  }
  std::map<int, std::string> names;
  for (auto& [net, entry] : best) names[net] = std::move(entry.second);
  return names;
}

// After the net it drives, where that was written; a submodule keeps its own name.
std::string name_of(const Instance& instance, bool is_submodule, const std::string& written,
                    const std::map<int, std::string>& names, size_t index) {
  if (is_submodule) return written;
  for (const Pin& pin : instance.pins) {
    if (!pin.output || pin.nets.empty()) continue;
    if (const auto found = names.find(pin.nets.front()); found != names.end()) return found->second;
  }
  return fmt::format("_{}_", index);
}

Json to_json(const std::vector<Pin>& pins) {
  Json json = Json::array();
  for (const Pin& pin : pins) json.push_back({pin.name, pin.output, pin.nets});
  return json;
}

std::vector<Pin> pins_from(const Json& json) {
  std::vector<Pin> pins;
  for (const Json& pin : json) {
    pins.push_back({pin.at(0), pin.at(1), pin.at(2).get<std::vector<int>>()});
  }
  return pins;
}

}  // namespace

tl::expected<Structure, std::string> read_structure(const std::string& key, const Json& mapped) {
  Structure structure;
  try {
    const Json& module = mapped.at("modules").at(key);
    const std::map<int, std::string> names = written_names(module);
    for (const auto& [name, port] : module.at("ports").items()) {
      structure.ports.push_back(
          {name, port.at("direction") == "output", nets_from(port.at("bits"))});
    }
    for (const auto& [name, cell] : module.at("cells").items()) {
      Instance instance{"", cell.at("type"), {}};
      const Json& directions = cell.at("port_directions");
      for (const auto& [pin, bits] : cell.at("connections").items()) {
        instance.pins.push_back({pin, directions.at(pin) == "output", nets_from(bits)});
      }
      const bool is_submodule = cell.value("hide_name", 0) == 0;
      instance.name = name_of(instance, is_submodule, name, names, structure.instances.size());
      structure.instances.push_back(std::move(instance));
    }
  } catch (const Json::exception& error) {
    return tl::unexpected(fmt::format("wrote a netlist of an unknown form: {}", error.what()));
  }
  return structure;
}

Json to_json(const Structures& structures) {
  Json json = Json::object();
  for (const auto& [key, structure] : structures) {
    Json& entry = json[key] = {{"ports", to_json(structure.ports)}, {"instances", Json::array()}};
    for (const Instance& instance : structure.instances) {
      entry["instances"].push_back({instance.name, instance.type, to_json(instance.pins)});
    }
  }
  return json;
}

Structures structures_from(const Json& json) {
  Structures structures;
  for (const auto& [key, entry] : json.items()) {
    Structure& structure = structures[key];
    structure.ports = pins_from(entry.at("ports"));
    for (const Json& instance : entry.at("instances")) {
      structure.instances.push_back({instance.at(0), instance.at(1), pins_from(instance.at(2))});
    }
  }
  return structures;
}

}  // namespace sparq::synth
