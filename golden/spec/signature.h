// SPDX-License-Identifier: Apache-2.0
// A datapath as the array, the tensor core and their harnesses see it: buses, widths, rates,
// latency. No arithmetic.
#pragma once

#include "golden/spec/config.h"

namespace sparq::spec {

struct Signature {
  int k_per_step;           // elements of K a PE consumes per cycle = its MACs per cycle
  int raw_activation_bits;  // per row and step, as they arrive at the array
  int activation_bits;      // per row and step, as they travel through the array
  int raw_weight_bits;      // per column and step, as they arrive at the array
  int weight_bits;          // per column and step, as they travel through the array
  int accumulator_bits;     // P
  int side_bits;            // row side-sum; 0 when the datapath has none
  int pe_latency;           // cycles from a PE's operand input to its accumulator's output

  bool operator==(const Signature&) const = default;
};

Signature signature(const Config& config);

}  // namespace sparq::spec
