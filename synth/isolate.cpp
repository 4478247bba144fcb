// SPDX-License-Identifier: Apache-2.0
#include "synth/isolate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

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

OrderedJson isolated(const OrderedJson& elaborated, const std::string& key) {
  const OrderedJson& modules = elaborated.at("modules");
  const OrderedJson& written = modules.at(key);
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
  OrderedJson design = {{"modules", {{key, std::move(module)}}}};
  for (const std::string& type : submodules(elaborated, key)) {
    design["modules"][type] = {{"attributes", {{"blackbox", 1}}},
                               {"ports", modules.at(type).at("ports")},
                               {"cells", OrderedJson::object()},
                               {"netnames", OrderedJson::object()}};
  }
  return design;
}

}  // namespace sparq::synth
