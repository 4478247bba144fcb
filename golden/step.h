// SPDX-License-Identifier: Apache-2.0
// One K step of a processing element, for every kind of format: the encoded word it receives and
// what that word contributes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "golden/spec/format.h"

namespace sparq::golden {

// Activations, and weights, that one step consumes: spec::k_per_word.
int values_per_step(const spec::Format& format);

// The word that travels through the array for x[0..values_per_step):
//   sparq:  pack(encode_pair(x[0], x[1]))
//   int8:   x[0]
//   int4x8: {q1, q0}, q0 in the low 4 bits, two's complement with signed activations
// Needs every x < 2^A: words of golden/activation.h.
uint64_t encode_step(std::span<const uint16_t> x, const spec::Format& format);

// The x^ that a word stands for; the second is 0 for int8. Nothing for a word that encode_step
// never gives.
std::optional<std::array<int32_t, 2>> decode_step(uint64_t word, const spec::Format& format);

// What a word adds to a sum: the inner product of the values it stands for with weights w, which
// has values_per_step elements.
int64_t dot_step(uint64_t word, std::span<const int32_t> w, const spec::Format& format);

}  // namespace sparq::golden
