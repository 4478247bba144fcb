// SPDX-License-Identifier: Apache-2.0
#include "synth/isolate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "synth/netlist.h"

namespace sparq::synth {
namespace {

// "$add$pe.v:59$99" before "$add$pe.v:59$170": digits compare as numbers, as they were given out.
bool natural_less(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
      continue;
    }
    const size_t from_i = i;
    const size_t from_j = j;
    while (i < a.size() && is_digit(a[i])) ++i;
    while (j < b.size() && is_digit(b[j])) ++j;
    if (i - from_i != j - from_j) return i - from_i < j - from_j;
    if (const int order = a.compare(from_i, i - from_i, b, from_j, j - from_j)) return order < 0;
  }
  return a.size() - i < b.size() - j;
}

std::vector<std::string> names_in_order(const OrderedJson& objects) {
  std::vector<std::string> names;
  for (const auto& [name, object] : objects.items()) names.push_back(name);
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

// Nets, numbered as they are first met.
class Nets {
 public:
  OrderedJson renumbered(const OrderedJson& bits) {
    OrderedJson result = OrderedJson::array();
    for (const OrderedJson& bit : bits) {
      if (bit.is_string()) {
        result.push_back(bit);  // a constant
      } else {
        const auto [found, fresh] = numbers_.try_emplace(bit.get<int64_t>(), next_);
        if (fresh) ++next_;
        result.push_back(found->second);
      }
    }
    return result;
  }

 private:
  std::map<int64_t, int64_t> numbers_;
  int64_t next_ = 2;  // 0 and 1 are constants in Yosys' JSON
};

bool is_made_up(const OrderedJson& object) { return object.value("hide_name", 0) != 0; }

OrderedJson normalized(const OrderedJson& written) {
  Nets nets;
  OrderedJson module = {{"attributes", OrderedJson::object()},
                        {"ports", written.at("ports")},
                        {"cells", OrderedJson::object()},
                        {"netnames", OrderedJson::object()}};
  for (auto& port : module["ports"]) port["bits"] = nets.renumbered(port["bits"]);
  int made_up = 0;
  for (const std::string& name : names_in_order(written.at("cells"))) {
    OrderedJson cell = written["cells"][name];
    for (auto& bits : cell.at("connections")) bits = nets.renumbered(bits);
    cell["attributes"].erase("src");
    const std::string fresh = is_made_up(cell) ? fmt::format("${}", ++made_up) : name;
    module["cells"][fresh] = std::move(cell);
  }
  for (const std::string& name : names_in_order(written.at("netnames"))) {
    OrderedJson net = written["netnames"][name];
    net["attributes"].erase("src");
    // A made-up name says nothing unless something was attached to it, such as an initial value.
    if (is_made_up(net) && net["attributes"].empty()) continue;
    net["bits"] = nets.renumbered(net["bits"]);
    const std::string fresh = is_made_up(net) ? fmt::format("${}", ++made_up) : name;
    module["netnames"][fresh] = std::move(net);
  }
  return module;
}

// Neither the module nor anything below it holds a register.
bool is_logic(const OrderedJson& elaborated, const std::string& key) {
  const OrderedJson& modules = elaborated.at("modules");
  for (const auto& [name, cell] : modules.at(key).at("cells").items()) {
    const std::string type = cell.at("type");
    if (modules.contains(type) ? !is_logic(elaborated, type) : is_register(type)) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> submodules(const OrderedJson& elaborated, const std::string& key) {
  const OrderedJson& modules = elaborated.at("modules");
  std::set<std::string> types;
  for (const auto& [name, cell] : modules.at(key).at("cells").items()) {
    const std::string type = cell.at("type");
    if (modules.contains(type)) types.insert(type);
  }
  return {types.begin(), types.end()};
}

OrderedJson isolated(const OrderedJson& elaborated, const std::string& key,
                     const std::set<std::string>& inlined) {
  const OrderedJson& modules = elaborated.at("modules");
  OrderedJson design = {{"modules", {{key, normalized(modules.at(key))}}}};
  std::set<std::string> outside;
  const auto look = [&](const std::string& from) {
    for (const std::string& type : submodules(elaborated, from)) {
      if (!inlined.contains(type)) outside.insert(type);
    }
  };
  look(key);
  for (const std::string& type : inlined) {
    design["modules"][type] = normalized(modules.at(type));
    look(type);
  }
  for (const std::string& type : outside) {
    design["modules"][type] = {{"attributes", {{"blackbox", 1}}},
                               {"ports", modules.at(type).at("ports")},
                               {"cells", OrderedJson::object()},
                               {"netnames", OrderedJson::object()}};
  }
  return design;
}

std::set<std::string> inlined_in(const OrderedJson& elaborated, const std::string& key) {
  bool holds_registers = false;
  for (const auto& [name, cell] : elaborated.at("modules").at(key).at("cells").items()) {
    holds_registers = holds_registers || is_register(cell.at("type"));
  }
  if (!holds_registers) return {};
  std::vector<std::string> below = submodules(elaborated, key);
  for (size_t i = 0; i < below.size(); ++i) {
    if (!is_logic(elaborated, below[i])) return {};
    for (const std::string& type : submodules(elaborated, below[i])) below.push_back(type);
  }
  return {below.begin(), below.end()};
}

}  // namespace sparq::synth
