// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "golden/require.h"

namespace sparq::golden {

// 2^exponent, exponent 0..31.
inline uint32_t power_of_two(int exponent) {
  require(exponent >= 0 && exponent <= 31, "a power of two that fits 32 bits");
  return uint32_t{1} << exponent;
}

}  // namespace sparq::golden
