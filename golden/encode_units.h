// SPDX-License-Identifier: Apache-2.0
// The vector forms of FastEncoder::apply, one per unit. Private to the golden model.
#pragma once

#include <cstddef>
#include <cstdint>

#include "golden/encode_fast.h"

namespace sparq::golden {

// Encodes x[0..count) into out. Rule::kIdentity does not arrive here.
using EncodeUnitFunction = void (*)(const FastEncoder::Tables& tables, FastEncoder::Rule rule,
                                    const uint8_t* x, uint8_t* out, size_t count);

void encode_scalar(const FastEncoder::Tables& tables, FastEncoder::Rule rule, const uint8_t* x,
                   uint8_t* out, size_t count);

#if defined(__x86_64__)
#define SPARQ_HAS_X86_UNITS 1
void encode_avx2(const FastEncoder::Tables& tables, FastEncoder::Rule rule, const uint8_t* x,
                 uint8_t* out, size_t count);
void encode_avx512_vbmi(const FastEncoder::Tables& tables, FastEncoder::Rule rule, const uint8_t* x,
                        uint8_t* out, size_t count);
#else
#define SPARQ_HAS_X86_UNITS 0
#endif

}  // namespace sparq::golden
