// SPDX-License-Identifier: Apache-2.0
// What a processing element must do over time: carry, wrap, start over, hold, forward, reset.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "golden/spec/config.h"
#include "verif/bench/vectors.h"
#include "verif/harness/check.h"

namespace sparq::verif {

struct Sequence {
  std::string title;  // what it covers, as a sentence fragment
  Vectors vectors;
};

// One after the other: walks through all bits of an accumulator take up to 200 MB.
using MakeSequence = std::function<Sequence()>;
std::vector<MakeSequence> pe_sequences(const spec::Config& config, Level level, uint64_t seed);

}  // namespace sparq::verif
