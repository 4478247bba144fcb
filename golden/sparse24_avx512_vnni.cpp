// SPDX-License-Identifier: Apache-2.0
// 16 rows at a time.
#include "golden/sparse24_units.h"

#if SPARQ_HAS_X86_SPARSE_UNITS

#include <immintrin.h>

#define SPARQ_TARGET __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define SPARQ_INLINE SPARQ_TARGET inline __attribute__((always_inline))

namespace sparq::golden {
namespace {

constexpr size_t kRowsAtOnce = 16;

SPARQ_INLINE __m512i broadcast(const std::array<uint8_t, 16>& bytes) {
  const auto* from = reinterpret_cast<const __m128i*>(bytes.data());
  // Unmasked, GCC 12 warns of its own header's uninitialized variable.
  return _mm512_maskz_broadcast_i32x4(0xFFFF, _mm_load_si128(from));
}

template <bool is_signed>
SPARQ_TARGET void expand_as(const Panel& panel, size_t groups, PairPanel& pairs) {
  for (size_t p = 0; p < kPatterns; ++p) {
    const PatternShuffles shuffles = shuffles_of(kAllPatterns[p]);
    const __m512i partner = broadcast(shuffles.partner);
    const __m512i widen = broadcast(shuffles.widen);
    const __m512i upper = broadcast(shuffles.upper);
    for (size_t g = 0; g < groups; ++g) {
      for (size_t row = 0; row < kPanelRows; row += kRowsAtOnce) {
        const __m512i own = _mm512_load_si512(&panel.own[g][row]);
        const __m512i alone = _mm512_load_si512(&panel.alone[g][row]);
        const __m512i beside = _mm512_shuffle_epi8(own, partner);
        const __mmask64 is_alone = _mm512_testn_epi8_mask(beside, beside);
        const __m512i chosen = _mm512_mask_mov_epi8(own, is_alone, alone);
        __m512i value = _mm512_shuffle_epi8(chosen, widen);
        if constexpr (is_signed) {
          const __m512i negative = _mm512_load_si512(&panel.negative[g][row]);
          value = _mm512_or_si512(value, _mm512_shuffle_epi8(negative, upper));
        }
        _mm512_store_si512(&pairs.pairs[g][p][row], value);
      }
    }
  }
}

SPARQ_TARGET void expand(const Panel& panel, size_t groups, PairPanel& pairs) {
  return panel.is_signed ? expand_as<true>(panel, groups, pairs)
                         : expand_as<false>(panel, groups, pairs);
}

SPARQ_TARGET void multiply(const PairPanel& pairs, const SparseTerm* terms, size_t groups,
                           size_t channels, int32_t* sums) {
  const PairRow* const rows = pairs.pairs.front().data();
  for (size_t j = 0; j < channels; ++j) {
    __m512i low = _mm512_loadu_si512(sums);
    __m512i high = _mm512_loadu_si512(sums + kRowsAtOnce);
    for (size_t g = 0; g < groups; ++g) {
      const SparseTerm& term = *terms++;
      const PairRow& row = rows[term.pair_row];
      const __m512i weights = _mm512_set1_epi32(__builtin_bit_cast(int32_t, term.weight));
      low = _mm512_dpwssd_epi32(low, _mm512_load_si512(&row), weights);
      high = _mm512_dpwssd_epi32(high, _mm512_load_si512(&row[kRowsAtOnce]), weights);
    }
    _mm512_storeu_si512(sums, low);
    _mm512_storeu_si512(sums + kRowsAtOnce, high);
    sums += kPanelRows;
  }
}

}  // namespace

static_assert(kPanelRows == 2 * kRowsAtOnce);
const SparseUnitFunctions kSparseAvx512Vnni = {expand, multiply};

}  // namespace sparq::golden

#endif
