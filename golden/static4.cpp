// SPDX-License-Identifier: Apache-2.0
#include "golden/static4.h"

#include <algorithm>

#include "golden/powers.h"
#include "golden/require.h"
#include "golden/trim_round.h"

namespace sparq::golden {

uint32_t static4_digit(uint32_t x, const spec::Format& format) {
  require(format.kind == spec::Kind::kInt4x8, "static digits belong to kind int4x8");
  require(x < power_of_two(format.activation_bits), "an activation below 2^A");
  const uint32_t step = power_of_two(format.activation_bits - 4);
  return std::min<uint32_t>(round_to_nearest_even(x, step), 15);
}

uint32_t static4_value(uint32_t x, const spec::Format& format) {
  return static4_digit(x, format) * power_of_two(format.activation_bits - 4);
}

}  // namespace sparq::golden
