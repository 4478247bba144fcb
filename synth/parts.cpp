// SPDX-License-Identifier: Apache-2.0
#include "synth/parts.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "synth/netlist.h"

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

// Of emitted Verilog: the rows of a product that is written as sums, and a lane's module.
constexpr const char* kRows = "gen_rows.";
constexpr const char* kLane = "_lane";

// The operators of `module` that make a product, by name.
std::set<std::string> product_operators(const Json& module) {
  std::set<Json> row_bits;
  for (const auto& [name, net] : module.at("netnames").items()) {
    if (name.starts_with(kRows)) row_bits.insert(net.at("bits").begin(), net.at("bits").end());
  }
  std::set<std::string> operators;
  for (const auto& [name, cell] : module.at("cells").items()) {
    const std::string type = cell.at("type");
    const Json& pins = cell.at("connections");
    const bool in_row = type == "$add" && row_bits.contains(pins.at("Y").front());
    if (type == "$mul" || in_row) operators.insert(name);
  }
  return operators;
}

class Sorter {
 public:
  Sorter(const Json& module, const Library& library) : module_(module), library_(library) {
    for (const auto& [name, cell] : module_.at("cells").items()) {
      if (!is_gate(cell)) continue;
      for (const Json& bit : bits_of(cell, "output")) gates_[bit] = name;
    }
  }

  Parts sort(const std::set<std::string>& products) {
    std::set<std::string> to_products;
    std::set<std::string> to_lanes;
    for (const auto& [name, cell] : module_.at("cells").items()) {
      const bool of_product = is_adder(cell) && products.contains(name.substr(0, name.find('.')));
      if (of_product) to_products.insert(name);
      if (of_product) collect(cell, to_products);
      if (plain_name(cell.at("type")).ends_with(kLane)) collect(cell, to_lanes);
    }
    Parts parts;
    for (const auto& [name, cell] : module_.at("cells").items()) {
      const Cell* known = cell_of(cell);
      if (known == nullptr) continue;
      double& part = known->kind == CellKind::kFlipFlop ? parts.registers
                     : to_products.contains(name)       ? parts.products
                     : to_lanes.contains(name)          ? parts.lane_operands
                                                        : parts.rest;
      part += known->area;
    }
    return parts;
  }

 private:
  const Cell* cell_of(const Json& cell) const {
    const auto found = library_.cells.find(cell.at("type").get<std::string>());
    return found == library_.cells.end() ? nullptr : &found->second;
  }

  bool is_adder(const Json& cell) const {
    const Cell* known = cell_of(cell);
    return known != nullptr && known->adder.has_value();
  }

  bool is_gate(const Json& cell) const {
    const Cell* known = cell_of(cell);
    return known != nullptr && known->kind != CellKind::kFlipFlop && !known->adder;
  }

  static std::vector<Json> bits_of(const Json& cell, const char* direction) {
    std::vector<Json> bits;
    for (const auto& [pin, connected] : cell.at("connections").items()) {
      if (cell.at("port_directions").at(pin) != direction) continue;
      bits.insert(bits.end(), connected.begin(), connected.end());
    }
    return bits;
  }

  // The gates that lead to `cell`, up to registers, adders and submodules.
  void collect(const Json& cell, std::set<std::string>& found) const {
    std::vector<Json> open = bits_of(cell, "input");
    while (!open.empty()) {
      const auto gate = gates_.find(open.back());
      open.pop_back();
      if (gate == gates_.end() || !found.insert(gate->second).second) continue;
      for (Json& bit : bits_of(module_.at("cells").at(gate->second), "input")) {
        open.push_back(std::move(bit));
      }
    }
  }

  const Json& module_;
  const Library& library_;
  std::map<Json, std::string> gates_;  // by the net they drive
};

}  // namespace

Parts parts_of(const std::string& key, const Json& written, const Json& mapped,
               const Library& library) {
  return Sorter(mapped.at("modules").at(key), library)
      .sort(product_operators(written.at("modules").at(key)));
}

}  // namespace sparq::synth
