// SPDX-License-Identifier: Apache-2.0
// What there is to be seen: the bins of the monitors in *.sv, in their order, by name, and
// which of them a format can reach. Found by going through all activations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "golden/spec/config.h"

namespace sparq::verif {

struct Bin {
  std::string name;         // "second survivor, shift 2, tie up"
  std::string unreachable;  // why it cannot be seen; empty when it can
  // Of a pair, bit 0 for the first: activations that it is not seen without, and in a situation,
  // those that may be other than zero.
  unsigned needed = 0;
  unsigned offered = 3;
};
using Bins = std::vector<Bin>;

// Every bin in every situation, the bins of a situation beside each other. A situation is a bin,
// too, so that situations can be crossed.
Bins cross(const Bins& bins, const Bins& situations);

Bins moves();           // passes, held
Bins places_in_tile();  // in the middle, first, last, only step
Bins places_in_set();   // later, first step
Bins slots_in_use();    // of a group of 2:4 weights

Bins tile_bins();
Bins stream_bins();
Bins plain_bins();
Bins word_bins(const spec::Format& format);   // kind sparq
Bins pair_bins(const spec::Format& format);   // kind sparq
Bins digit_bins(const spec::Format& format);  // kind int4x8, signed
Bins stage_bins(int stages);                  // of a tensor core
Bins sum_bins();
Bins selection_bins();
Bins set_bins();

// The windows that an encoder of this format chooses from, as a format of kind sparq: int4x8's is
// always the uppermost. None where nothing is rounded, nor in signed int4x8, whose digits end at 7
// and -8.
std::optional<spec::Format> windows(const spec::Format& format);
bool has_digits(const spec::Format& format);  // signed int4x8

// The parameters of sparq_cover_pair besides its bins.
struct PairWindows {
  int lone_bits;                 // window of a survivor
  std::vector<int> lone_shifts;  // {0} when it travels exactly
};
PairWindows lone_windows(const spec::Format& format);

// One activation (two's complement in A bits for signed formats) for each window and rounding there
// is, own and survivor's: partners of these reach every pair bin. Where nothing is rounded, the
// least and a large one.
std::vector<uint16_t> representatives(const spec::Format& format);

}  // namespace sparq::verif
