// SPDX-License-Identifier: Apache-2.0
// What a number format meets, and does, in every quantized layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "golden/spec/config.h"
#include "net/evaluate.h"
#include "net/images.h"

namespace sparq::net {

struct LayerStatistics {
  NodeId layer = 0;
  // Activation codes of the layer's input, each counted once, without the padding of the border.
  uint64_t codes = 0;
  uint64_t zeros = 0;
  // Pairs of neighbouring channels at one position of a group, an odd end paired with a zero.
  // Behind the 2:4 selection: of every output pixel, output channel and group of 4, as in the
  // multipliers; an empty slot is a zero. Windows and the input's noise then count what was
  // selected, too.
  uint64_t pairs = 0;
  uint64_t pairs_of_zeros = 0;   // both
  uint64_t pairs_with_zero = 0;  // exactly one: with the pair rule its partner gets 2n bits
  // Nonzero codes by the shift of their n-bit window, in the order of the format's placements;
  // those that the pair rule gives 2n bits are not among them. Empty for formats without windows.
  std::vector<uint64_t> windows = {};
  // The layer's input: floating point of this network, and what the multipliers get of it.
  double input_signal = 0;
  double input_noise = 0;
  // The layer's output, in floating point throughout and in this network: all noise up to here.
  double output_signal = 0;
  double output_noise = 0;
};

double sqnr_db(double signal, double noise);  // 10 log10; infinite without noise

// Runs `count` images (at most all of them) from the first on.
std::vector<LayerStatistics> layer_statistics(const Graph& graph, const Mode& mode, Images& images,
                                              const Preprocess& preprocess, size_t count);

}  // namespace sparq::net
