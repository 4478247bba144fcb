// SPDX-License-Identifier: Apache-2.0
#include "synth/breakdown.h"

#include <array>

#include "synth/report.h"

namespace sparq::synth {
namespace {

enum class Place { kAround, kUnit, kLane, kSelection, kEncoder };
enum Part {
  kMultipliers,
  kShifters,
  kSelects,
  kAccumulators,
  kLogic,
  kRegisters,
  kEncoders,
  kEdge
};
constexpr std::array<const char*, 8> kNames = {
    "multipliers", "shifters",  "selects",  "accumulators",
    "logic",       "registers", "encoders", "skew, buffers, control"};

class Walk {
 public:
  Walk(const Design& design, const Netlist& netlist, bool tells_products)
      : design_(design), netlist_(netlist), tells_products_(tells_products) {}

  void visit(const std::string& key, Place place, double times) {
    const Module& module = netlist_.at(key);
    place = place_of(module.name, place);
    add(module.parts, place, times);
    for (const auto& [type, count] : module.cells) {
      if (netlist_.contains(type)) visit(type, place, times * count);
    }
  }

  const std::array<double, kNames.size()>& areas() const { return areas_; }

 private:
  Place place_of(const std::string& module, Place outside) const {
    if (module == design_.encoder) return Place::kEncoder;
    if (module == design_.selection) return Place::kSelection;
    if (module == design_.lane) return Place::kLane;
    return module == design_.unit() ? Place::kUnit : outside;
  }

  void add(const Parts& parts, Place place, double times) {
    const double gates = parts.products + parts.lane_operands + parts.rest;
    const bool in_unit = place == Place::kUnit || place == Place::kLane;
    if (!in_unit) {
      const Part part = place == Place::kAround      ? kEdge
                        : place == Place::kSelection ? kSelects
                                                     : kEncoders;
      areas_[part] += times * (gates + parts.registers);
      return;
    }
    areas_[kRegisters] += times * parts.registers;
    if (!tells_products_) {
      areas_[kLogic] += times * gates;
      return;
    }
    areas_[kMultipliers] += times * parts.products;
    areas_[kSelects] += times * parts.lane_operands;
    areas_[place == Place::kLane ? kShifters : kAccumulators] += times * parts.rest;
  }

  const Design& design_;
  const Netlist& netlist_;
  bool tells_products_;
  std::array<double, kNames.size()> areas_ = {};
};

}  // namespace

std::vector<std::pair<std::string, double>> breakdown(const Design& design, const Netlist& netlist,
                                                      bool tells_products) {
  Walk walk(design, netlist, tells_products);
  walk.visit(design.array, Place::kAround, 1);
  std::vector<std::pair<std::string, double>> parts;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (walk.areas()[i] > 0) parts.emplace_back(kNames[i], walk.areas()[i]);
  }
  return parts;
}

}  // namespace sparq::synth
