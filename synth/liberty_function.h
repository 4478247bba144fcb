// SPDX-License-Identifier: Apache-2.0
// What a liberty pin's function computes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparq::synth {

// Bit r is the value where input i is bit i of r.
using TruthTable = uint64_t;

// Of a function in liberty's notation (! ' * & + | ^, juxtaposition for "and") over at most six
// inputs. Nothing when it names anything else or is not understood.
std::optional<TruthTable> truth_table(std::string_view function,
                                      const std::vector<std::string>& inputs);

}  // namespace sparq::synth
