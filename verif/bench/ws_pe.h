// SPDX-License-Identifier: Apache-2.0
// What a weight-stationary processing element must do: weights load, pass south and are swapped
// in, and every step adds its products to the sum from the north.
#pragma once

#include <vector>

#include "golden/spec/config.h"
#include "verif/bench/pe_sequences.h"
#include "verif/harness/check.h"

namespace sparq::verif {

std::vector<MakeSequence> ws_pe_sequences(const spec::Config& config, Level level, uint64_t seed);

}  // namespace sparq::verif
