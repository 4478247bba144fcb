// SPDX-License-Identifier: Apache-2.0
// 8 rows at a time.
#include "golden/sparse24_units.h"

#if SPARQ_HAS_X86_SPARSE_UNITS

#include <immintrin.h>

#define SPARQ_TARGET __attribute__((target("avx2")))
#define SPARQ_INLINE SPARQ_TARGET inline __attribute__((always_inline))

namespace sparq::golden {
namespace {

constexpr size_t kRowsAtOnce = 8;
constexpr size_t kVectors = kPanelRows / kRowsAtOnce;

SPARQ_INLINE __m256i load(const void* from) {
  return _mm256_load_si256(static_cast<const __m256i*>(from));
}

SPARQ_INLINE __m256i broadcast(const std::array<uint8_t, 16>& bytes) {
  const auto* from = reinterpret_cast<const __m128i*>(bytes.data());
  return _mm256_broadcastsi128_si256(_mm_load_si128(from));
}

template <bool is_signed>
SPARQ_TARGET void expand_as(const Panel& panel, size_t groups, PairPanel& pairs) {
  for (size_t p = 0; p < kPatterns; ++p) {
    const PatternShuffles shuffles = shuffles_of(kAllPatterns[p]);
    const __m256i partner = broadcast(shuffles.partner);
    const __m256i widen = broadcast(shuffles.widen);
    const __m256i upper = broadcast(shuffles.upper);
    for (size_t g = 0; g < groups; ++g) {
      for (size_t row = 0; row < kPanelRows; row += kRowsAtOnce) {
        const __m256i own = load(&panel.own[g][row]);
        const __m256i beside = _mm256_shuffle_epi8(own, partner);
        const __m256i is_alone = _mm256_cmpeq_epi8(beside, _mm256_setzero_si256());
        const __m256i chosen = _mm256_blendv_epi8(own, load(&panel.alone[g][row]), is_alone);
        __m256i value = _mm256_shuffle_epi8(chosen, widen);
        if constexpr (is_signed) {
          const __m256i negative = load(&panel.negative[g][row]);
          value = _mm256_or_si256(value, _mm256_shuffle_epi8(negative, upper));
        }
        _mm256_store_si256(reinterpret_cast<__m256i*>(&pairs.pairs[g][p][row]), value);
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
    auto* const out = reinterpret_cast<__m256i*>(sums + j * kPanelRows);
    __m256i sum[kVectors];
    for (size_t i = 0; i < kVectors; ++i) sum[i] = _mm256_loadu_si256(out + i);
    for (size_t g = 0; g < groups; ++g) {
      const SparseTerm& term = *terms++;
      const PairRow& row = rows[term.pair_row];
      const __m256i weights = _mm256_set1_epi32(__builtin_bit_cast(int32_t, term.weight));
      for (size_t i = 0; i < kVectors; ++i) {
        const __m256i products = _mm256_madd_epi16(load(&row[i * kRowsAtOnce]), weights);
        sum[i] = _mm256_add_epi32(sum[i], products);
      }
    }
    for (size_t i = 0; i < kVectors; ++i) _mm256_storeu_si256(out + i, sum[i]);
  }
}

}  // namespace

const SparseUnitFunctions kSparseAvx2 = {expand, multiply};

}  // namespace sparq::golden

#endif
