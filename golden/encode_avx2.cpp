// SPDX-License-Identifier: Apache-2.0
// 32 activations at a time: a table of 256 bytes is sixteen shuffles of 16 bytes, of which those
// of the wrong sixteenth yield zero.
#include "golden/encode_units.h"

#if SPARQ_HAS_X86_UNITS

#include <immintrin.h>

#include <algorithm>

#define SPARQ_TARGET __attribute__((target("avx2")))
#define SPARQ_INLINE SPARQ_TARGET inline __attribute__((always_inline))

namespace sparq::golden {
namespace {

SPARQ_INLINE __m256i look_up(const std::array<uint8_t, 256>& table, __m256i x) {
  const __m256i to_shuffle_range = _mm256_set1_epi8(0x70);
  __m256i found = _mm256_setzero_si256();
#pragma GCC unroll 16
  for (size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
    const auto* part = reinterpret_cast<const __m128i*>(table.data() + 16 * sixteenth);
    const __m256i entries = _mm256_broadcastsi128_si256(_mm_load_si128(part));
    // 0..15 for values of this sixteenth; saturates to 0x80 and above, "zero", for the others.
    const __m256i offset = _mm256_xor_si256(x, _mm256_set1_epi8(static_cast<char>(16 * sixteenth)));
    const __m256i index = _mm256_adds_epu8(offset, to_shuffle_range);
    found = _mm256_or_si256(found, _mm256_shuffle_epi8(entries, index));
  }
  return found;
}

// All ones in the lanes whose neighbour in the pair is zero.
SPARQ_INLINE __m256i partner_is_zero(__m256i x) {
  const __m256i swapped = _mm256_or_si256(_mm256_slli_epi16(x, 8), _mm256_srli_epi16(x, 8));
  return _mm256_cmpeq_epi8(swapped, _mm256_setzero_si256());
}

template <FastEncoder::Rule rule>
SPARQ_INLINE __m256i encode_block(const FastEncoder::Tables& tables, __m256i x) {
  const __m256i each = look_up(tables.own, x);
  if constexpr (rule == FastEncoder::Rule::kOwnOnly) return each;
  if constexpr (rule == FastEncoder::Rule::kExactAlone) {
    return _mm256_blendv_epi8(each, x, partner_is_zero(x));
  }
  return _mm256_blendv_epi8(each, look_up(tables.alone, x), partner_is_zero(x));
}

template <FastEncoder::Rule rule>
SPARQ_TARGET void encode_all(const FastEncoder::Tables& tables, const uint8_t* x, uint8_t* out,
                             size_t count) {
  const auto encode_32 = [&](const uint8_t* from, uint8_t* to) SPARQ_TARGET {
    const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), encode_block<rule>(tables, values));
  };
  size_t k = 0;
  for (; k + 32 <= count; k += 32) encode_32(x + k, out + k);
  if (k < count) {  // what is missing is zero, which is what a missing partner is
    std::array<uint8_t, 32> rest = {};
    std::copy(x + k, x + count, rest.begin());
    encode_32(rest.data(), rest.data());
    std::copy(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(count - k), out + k);
  }
}

}  // namespace

void encode_avx2(const FastEncoder::Tables& tables, FastEncoder::Rule rule, const uint8_t* x,
                 uint8_t* out, size_t count) {
  using Rule = FastEncoder::Rule;
  switch (rule) {
    case Rule::kOwnOnly:
      return encode_all<Rule::kOwnOnly>(tables, x, out, count);
    case Rule::kExactAlone:
      return encode_all<Rule::kExactAlone>(tables, x, out, count);
    case Rule::kIdentity:
    case Rule::kBoth:
      return encode_all<Rule::kBoth>(tables, x, out, count);
  }
}

}  // namespace sparq::golden

#endif
