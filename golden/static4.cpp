// SPDX-License-Identifier: Apache-2.0
#include "golden/static4.h"

#include <algorithm>
#include <cstdlib>

#include "golden/activation.h"
#include "golden/powers.h"
#include "golden/require.h"
#include "golden/trim_round.h"

namespace sparq::golden {

int32_t static4_digit(uint32_t x, const spec::Format& format) {
  require(format.kind == spec::Kind::kInt4x8, "static digits belong to kind int4x8");
  const int32_t value = activation_value(x, format);
  const uint32_t step = power_of_two(format.activation_bits - 4);
  // Ties go to the even digit on both sides of zero.
  const auto rounded =
      static_cast<int32_t>(round_to_nearest_even(static_cast<uint32_t>(std::abs(value)), step));
  if (!format.signed_activations) return std::min(rounded, 15);
  return std::clamp(value < 0 ? -rounded : rounded, -8, 7);
}

int32_t static4_value(uint32_t x, const spec::Format& format) {
  return static4_digit(x, format) * static_cast<int32_t>(power_of_two(format.activation_bits - 4));
}

}  // namespace sparq::golden
