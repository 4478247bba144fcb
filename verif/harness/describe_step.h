// SPDX-License-Identifier: Apache-2.0
// One step of one processing element, spelled out for somebody who looks for a fault.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "golden/spec/format.h"

namespace sparq::verif {

// "x 00011011 11111111 -> lane0 1110<<1 lane1 1111<<4  w -3 127  adds 30396" for sparq formats.
std::string describe_step(std::span<const uint16_t> x, std::span<const int16_t> w,
                          const spec::Format& format);

// The same for one PE's whole reduction, a line for each step of `each` elements; at most 16 of
// them. `describe` is Datapath::describe; empty text where that is empty.
std::string step_lines(std::span<const uint16_t> x, std::span<const int16_t> w, size_t each,
                       const std::function<std::string(std::span<const uint16_t>,
                                                       std::span<const int16_t>)>& describe);

}  // namespace sparq::verif
