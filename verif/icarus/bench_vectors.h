// SPDX-License-Identifier: Apache-2.0
// Stimulus and expectation of a whole design as beats of its streams: what a bench in plain Verilog
// reads from files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gen/generate.h"

namespace sparq::verif {

// One beat of a stream. `bits` holds its fields, the first in the low bits, laid out like a port.
struct Beat {
  int pause = 0;  // cycles before it is offered, or for which it is kept waiting; 0..255
  std::vector<unsigned char> bits;
};

// A valid/ready stream of the top module: ports PREFIX_valid, PREFIX_ready and its fields.
struct BeatStream {
  std::string prefix;  // "step"
  bool input;          // into the design
  std::vector<gen::Port> fields;
  std::vector<Beat> beats;

  int bits() const;
};

struct BenchVectors {
  std::vector<BeatStream> streams;  // the results last
  // How the results' first field is read.
  int columns;
  int rows_per_beat;
  int rows_per_tile;
};

// For the top module of `output`, from the golden model: short and long tiles and continued sums,
// or steps and sets of weights, of random, extreme and sparse operands; first without a pause, then
// with pauses on each stream and on all.
BenchVectors bench_vectors(const gen::Output& output, uint64_t seed);

}  // namespace sparq::verif
