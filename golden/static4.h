// SPDX-License-Identifier: Apache-2.0
// The static 4-bit baseline, int4x8: one fixed window at the top of the activation.
#pragma once

#include <cstdint>

#include "golden/spec/format.h"

namespace sparq::golden {

// q = min(RNE(x / 2^(A-4)), 15), 0..15; with signed activations RNE(x / 2^(A-4)) clamped to -8..7.
// Needs kind int4x8 and x < 2^A, a word of golden/activation.h.
int32_t static4_digit(uint32_t x, const spec::Format& format);

// x^ = q * 2^(A-4).
int32_t static4_value(uint32_t x, const spec::Format& format);

}  // namespace sparq::golden
