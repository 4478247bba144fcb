// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/signature.h"

#include <bit>

#include "golden/spec/pair_layout.h"

namespace sparq::spec {

PairLayout pair_layout(const Format& format) {
  const auto last_code = static_cast<unsigned>(format.placements.size() - 1);
  return {.digit_bits = format.window_bits,
          .code_bits = static_cast<int>(std::bit_width(last_code)),
          .select_bits = format.vsparq ? 2 : 0};
}

Signature signature(const Config& config) {
  const Format& format = config.format;
  const int k_per_step = format.kind == Kind::kInt8 ? 1 : 2;
  int encoded = 0;
  switch (format.kind) {
    case Kind::kSparq:
      encoded = pair_layout(format).bits();
      break;
    case Kind::kInt8:
    case Kind::kInt4x8:
      encoded = k_per_step * format.window_bits;
      break;
  }
  const bool at_edge = config.encoder == Encoder::kEdge;
  return {.k_per_step = k_per_step,
          .raw_activation_bits = at_edge ? k_per_step * format.activation_bits : encoded,
          .activation_bits = encoded,
          .raw_weight_bits = k_per_step * config.weight_bits,
          .weight_bits = k_per_step * config.weight_bits,
          .accumulator_bits = config.accumulator_bits,
          .side_bits = 0,
          .pe_latency = 2};
}

}  // namespace sparq::spec
