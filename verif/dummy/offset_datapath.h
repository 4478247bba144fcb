// SPDX-License-Identifier: Apache-2.0
// A datapath that exists to test what the array carries for others: a weight encoder, a row
// side-sum and a finish step. Weights travel in offset binary w + 2^(W-1); the elements sum x * (w
// + 2^(W-1)), the side-sum gathers sum(x), and finish subtracts 2^(W-1) * sum(x): C is that of
// int8. A side-sum that misses a tile boundary, a stall or a reset changes C.
#pragma once

#include "gen/datapath/datapath.h"

namespace sparq::verif {

// `config.format` must be int8.
gen::Datapath offset_datapath(const spec::Config& config);

}  // namespace sparq::verif
