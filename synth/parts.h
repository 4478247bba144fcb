// SPDX-License-Identifier: Apache-2.0
// What a mapped module's own cells are there for.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "synth/liberty.h"

namespace sparq::synth {

// um2, submodules left out. A gate that serves two counts with the first of these.
struct Parts {
  double registers = 0;      // flip-flops
  double products = 0;       // full adders of a product, and what leads to them
  double lane_operands = 0;  // what leads to a lane, where lanes are submodules
  double rest = 0;
};

// `written` is the module before synthesis (synth/isolate.h), `mapped` the design that holds it
// after synthesis. Full adders keep the name of the operator that they came from; gates have none
// and go by where they lead. Of a product's lowest bits, which need no full adder, gates count as
// what they lead to.
Parts parts_of(const std::string& key, const nlohmann::json& written, const nlohmann::json& mapped,
               const Library& library);

}  // namespace sparq::synth
