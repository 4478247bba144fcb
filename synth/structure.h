// SPDX-License-Identifier: Apache-2.0
// A mapped module as cells and nets, for tools that need more than counts.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace sparq::synth {

// Nets are numbered within their module.
inline constexpr int kUnconnected = -1;
inline constexpr int kZero = 0;
inline constexpr int kOne = 1;

struct Pin {
  std::string name;
  bool output = false;
  std::vector<int> nets;  // the least significant bit first
};

struct Instance {
  std::string name;  // "accumulator_q2[3]" drives that net; "_17_" drives none that was written
  std::string type;  // a library cell, or another module's key
  std::vector<Pin> pins;
};

struct Structure {
  std::vector<Pin> ports;
  std::vector<Instance> instances;
};

using Structures = std::map<std::string, Structure>;  // keyed as a Netlist is

// `mapped` is what Yosys' write_json gave for a mapped design that holds the module `key`. An error
// is a broken file, said in one line.
tl::expected<Structure, std::string> read_structure(const std::string& key,
                                                    const nlohmann::json& mapped);

nlohmann::json to_json(const Structures& structures);
Structures structures_from(const nlohmann::json& json);

}  // namespace sparq::synth
