// SPDX-License-Identifier: Apache-2.0
// What the library's skid buffer must do, from a queue of words.
#pragma once

#include <cstdint>

#include "verif/bench/vectors.h"

namespace sparq::verif {

// `cycles` of random words, valid and ready, at every mixture of the two rates, with a reset now
// and then. Rows are evaluations, not cycles, since words pass within one: clk_i is an input like
// others.
//   every word taken comes out once, in order; a word shown and not taken stays
//   in_ready_o does not follow any input within a cycle, out_valid_o not out_ready_i
// `width`: bits of a word, 1..64.
Vectors skid_buffer_vectors(int width, int cycles, uint64_t seed);

}  // namespace sparq::verif
