// SPDX-License-Identifier: Apache-2.0
// 64 activations at a time: a table of 256 bytes is four registers, two two-register permutes and
// a choice by the top bit.
#include "golden/encode_units.h"

#if SPARQ_HAS_X86_UNITS

#include <immintrin.h>

#define SPARQ_TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi")))
#define SPARQ_INLINE SPARQ_TARGET inline __attribute__((always_inline))

namespace sparq::golden {
namespace {

struct Table {
  __m512i quarter[4];
};

SPARQ_INLINE Table load_table(const std::array<uint8_t, 256>& bytes) {
  return {{_mm512_load_si512(bytes.data()), _mm512_load_si512(bytes.data() + 64),
           _mm512_load_si512(bytes.data() + 128), _mm512_load_si512(bytes.data() + 192)}};
}

SPARQ_INLINE __m512i look_up(const Table& table, __m512i x) {
  const __m512i low = _mm512_permutex2var_epi8(table.quarter[0], x, table.quarter[1]);
  const __m512i high = _mm512_permutex2var_epi8(table.quarter[2], x, table.quarter[3]);
  return _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(x), high);
}

// The lanes whose neighbour in the pair is zero.
SPARQ_INLINE __mmask64 partner_is_zero(__m512i x) {
  const __m512i swapped = _mm512_or_si512(_mm512_slli_epi16(x, 8), _mm512_srli_epi16(x, 8));
  return _mm512_testn_epi8_mask(swapped, swapped);
}

template <FastEncoder::Rule rule>
SPARQ_INLINE __m512i encode_block(const Table& own, const Table& alone, __m512i x) {
  const __m512i each = look_up(own, x);
  if constexpr (rule == FastEncoder::Rule::kOwnOnly) return each;
  if constexpr (rule == FastEncoder::Rule::kExactAlone) {
    return _mm512_mask_mov_epi8(each, partner_is_zero(x), x);
  }
  return _mm512_mask_mov_epi8(each, partner_is_zero(x), look_up(alone, x));
}

template <FastEncoder::Rule rule>
SPARQ_TARGET void encode_all(const FastEncoder::Tables& tables, const uint8_t* x, uint8_t* out,
                             size_t count) {
  const Table own = load_table(tables.own);
  const Table alone = load_table(tables.alone);
  size_t k = 0;
  for (; k + 64 <= count; k += 64) {
    _mm512_storeu_si512(out + k, encode_block<rule>(own, alone, _mm512_loadu_si512(x + k)));
  }
  if (k < count) {  // what is missing reads as zero, which is what a missing partner is
    const __mmask64 present = ~__mmask64{0} >> (64 - (count - k));
    const __m512i rest = _mm512_maskz_loadu_epi8(present, x + k);
    _mm512_mask_storeu_epi8(out + k, present, encode_block<rule>(own, alone, rest));
  }
}

}  // namespace

void encode_avx512_vbmi(const FastEncoder::Tables& tables, FastEncoder::Rule rule, const uint8_t* x,
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
