// SPDX-License-Identifier: Apache-2.0
// What packer and unpacker of encoded words must do, from rows packed by the golden model.
#pragma once

#include <string>
#include <vector>

#include "gen/generate.h"
#include "verif/bench/vectors.h"
#include "verif/harness/check.h"

namespace sparq::verif {

struct StreamVectors {
  std::string kind;   // of the check
  std::string title;  // what they cover
  Vectors vectors;
};

// For roles kStreamPacker and kStreamUnpacker, of at most 64 bits on either side:
//   every pattern of valid and ready over 7 cycles behind a reset, rows of 1 to 4 words
//   random rows of 1 to 40 words at every mixture of the two rates, with a reset now and then
// Outputs are expected to the cycle: they follow registers, so a stall can change none of them
// within its cycle.
std::vector<StreamVectors> stream_vectors(const gen::EmittedModule& module, Level level,
                                          uint64_t seed);

}  // namespace sparq::verif
