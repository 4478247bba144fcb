// SPDX-License-Identifier: Apache-2.0
// The inner loops of gemm_sparse24_fast, one implementation per unit. Private to the golden model.
//
// They work on a panel: kPanelRows rows of activations by up to kPanelGroups groups of 4, in which
// rows lie side by side so that one instruction serves many of them. `expand` gives every pattern's
// pairs x^, `multiply` adds the products of every output channel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sparq::golden {

inline constexpr size_t kPanelRows = 32;
inline constexpr size_t kPanelGroups = 16;  // a panel of pairs then fits the first-level cache

// The activations of a pattern by their index in the group, ascending; `second` is 4 when there is
// one only.
struct Pattern {
  size_t first;
  size_t second;
};
inline constexpr size_t kPatterns = 10;
inline constexpr size_t kNone = 4;
inline constexpr std::array<Pattern, kPatterns> kAllPatterns = {{{0, 1},
                                                                 {0, 2},
                                                                 {0, 3},
                                                                 {1, 2},
                                                                 {1, 3},
                                                                 {2, 3},
                                                                 {0, kNone},
                                                                 {1, kNone},
                                                                 {2, kNone},
                                                                 {3, kNone}}};

// Of each group and row x^ of 4 activations modulo 256, byte i being activation i: beside a nonzero
// partner (`own`; zero only for a zero activation) and beside a zero (`alone`); and their upper
// bytes, 0xFF for the negative ones.
using PanelBytes = std::array<std::array<uint32_t, kPanelRows>, kPanelGroups>;
struct Panel {
  alignas(64) PanelBytes own;
  alignas(64) PanelBytes alone;
  alignas(64) PanelBytes negative;  // with is_signed only
  bool is_signed;
};

// {x^ of the first, x^ of the second} for every group, pattern and row.
using PairRow = std::array<std::array<int16_t, 2>, kPanelRows>;
struct PairPanel {
  alignas(64) std::array<std::array<PairRow, kPatterns>, kPanelGroups> pairs;
};

// What a group adds to an output channel: pairs of the PairPanel by two weights.
struct SparseTerm {
  uint32_t pair_row;  // index of a PairRow in the panel, group * kPatterns + pattern
  std::array<int16_t, 2> weight;
};

struct SparseUnitFunctions {
  void (*expand)(const Panel& panel, size_t groups, PairPanel& pairs);
  // sums[j * kPanelRows + row] += what terms[j * groups + g] gives for every g; wraps.
  void (*multiply)(const PairPanel& pairs, const SparseTerm* terms, size_t groups, size_t channels,
                   int32_t* sums);
};

#if defined(__x86_64__)
#define SPARQ_HAS_X86_SPARSE_UNITS 1
extern const SparseUnitFunctions kSparseAvx2;
extern const SparseUnitFunctions kSparseAvx512Vnni;
#else
#define SPARQ_HAS_X86_SPARSE_UNITS 0
#endif

// Byte shuffles of the vector units, for each 16 bytes; 0x80 gives zero.
struct PatternShuffles {
  alignas(16) std::array<uint8_t, 16> partner;  // each activation's partner where the activation is
  alignas(16) std::array<uint8_t, 16> widen;    // {first, 0, second, 0}
  alignas(16) std::array<uint8_t, 16> upper;    // {0, first, 0, second}
};

constexpr PatternShuffles shuffles_of(const Pattern& pattern) {
  PatternShuffles shuffles = {};
  for (size_t row = 0; row < 4; ++row) {
    const auto from = [&](size_t index) -> uint8_t {
      return index == kNone ? 0x80 : static_cast<uint8_t>(4 * row + index);
    };
    for (size_t i = 0; i < 4; ++i) {
      const size_t partner = i == pattern.first    ? pattern.second
                             : i == pattern.second ? pattern.first
                                                   : kNone;
      shuffles.partner[4 * row + i] = from(partner);
      const size_t half = i / 2 == 0 ? pattern.first : pattern.second;
      shuffles.widen[4 * row + i] = i % 2 == 0 ? from(half) : 0x80;
      shuffles.upper[4 * row + i] = i % 2 == 1 ? from(half) : 0x80;
    }
  }
  return shuffles;
}

}  // namespace sparq::golden
