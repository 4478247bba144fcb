// SPDX-License-Identifier: Apache-2.0
// Where the fields of an encoded activation pair stand in its word: docs/encoded-pair.md.
#pragma once

#include "golden/spec/format.h"

namespace sparq::spec {

// {select, code1, digit1, code0, digit0}, digit0 in the least significant bits. A code is the index
// of a shift in Format::placements. select[0] gives lane 1 the first weight, select[1] gives lane 0
// the second; without the pair rule there is no select. A pair of zeros is the word 0. With signed
// activations a digit is two's complement and one bit wider: its magnitude with the activation's
// sign.
struct PairLayout {
  int digit_bits;  // n, or n + 1 with signed activations
  int code_bits;
  int select_bits;  // 2, or 0 without the pair rule

  int digit_at(int lane) const { return lane * (digit_bits + code_bits); }
  int code_at(int lane) const { return digit_at(lane) + digit_bits; }
  int select_at() const { return 2 * (digit_bits + code_bits); }
  int bits() const { return select_at() + select_bits; }
};

// For Kind::kSparq only.
PairLayout pair_layout(const Format& format);

}  // namespace sparq::spec
