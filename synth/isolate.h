// SPDX-License-Identifier: Apache-2.0
// One module of an elaborated design as a design of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace sparq::synth {

// Yosys' JSON in its order: that of cells decides what ABC makes of them.
using OrderedJson = nlohmann::ordered_json;

// `key` of what write_json gave before synthesis, with the modules of `inlined` whole and other
// submodules as black boxes. What Yosys makes up while it reads a design - numbers in names,
// numbers of nets, places in files - is made anew here from the module alone, so that the same
// module gives the same text in whatever design it stands.
OrderedJson isolated(const OrderedJson& elaborated, const std::string& key,
                     const std::set<std::string>& inlined = {});

// What becomes part of `key`: everything below a module with registers of its own where that is
// logic alone, as the lanes of an element are. Where anything below holds registers, all of it
// stays.
std::set<std::string> inlined_in(const OrderedJson& elaborated, const std::string& key);

// Instances of other modules of the design, each type once.
std::vector<std::string> submodules(const OrderedJson& elaborated, const std::string& key);

}  // namespace sparq::synth
