// SPDX-License-Identifier: Apache-2.0
// A datapath as the arrays and their harnesses see it: buses, widths, rates, latency. No
// arithmetic.
#pragma once

#include "golden/spec/config.h"

namespace sparq::spec {

struct Signature {
  int k_per_step;           // elements of K per row and column that one step carries
  int raw_activation_bits;  // per row and step, as they arrive at the array
  int activation_bits;      // per row and step, as they reach the multiplying units
  int raw_weight_bits;      // per column and step, as they arrive at the array
  int weight_bits;          // per column and step, as they reach the multiplying units
  int accumulator_bits;     // P
  int side_bits;            // row side-sum; 0 when the datapath has none
  int pe_latency;           // cycles from a multiplying unit's operand input to its sum's output

  bool operator==(const Signature&) const = default;
};

Signature signature(const Config& config);

// A 2:4 group's two weights as the sparse tensor core takes them: {index1, value1, index0, value0},
// value0 in the least significant bits. A slot whose value is zero is empty.
inline constexpr int kSparseIndexBits = 2;
inline constexpr int kSparseSlots = 2;
inline constexpr int kSparseGroup = 4;

}  // namespace sparq::spec
