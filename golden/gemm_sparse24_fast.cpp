// SPDX-License-Identifier: Apache-2.0
#include "golden/gemm_sparse24_fast.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <vector>

#include "golden/encode_fast.h"
#include "golden/gemm.h"
#include "golden/require.h"
#include "golden/sparse24.h"
#include "golden/sparse24_units.h"

namespace sparq::golden {
namespace {

static_assert(std::endian::native == std::endian::little, "byte i of a group is activation i");

void expand_scalar(const Panel& panel, size_t groups, PairPanel& pairs) {
  const auto byte = [](uint32_t word, size_t i) {
    return i == kNone ? uint32_t{0} : (word >> (8 * i)) & 0xFF;
  };
  for (size_t g = 0; g < groups; ++g) {
    for (size_t p = 0; p < kPatterns; ++p) {
      const auto [first, second] = kAllPatterns[p];
      for (size_t row = 0; row < kPanelRows; ++row) {
        const auto value = [&](size_t i, size_t partner) {
          const bool is_alone = byte(panel.own[g][row], partner) == 0;
          const uint32_t low = byte((is_alone ? panel.alone : panel.own)[g][row], i);
          const uint32_t high = panel.is_signed ? byte(panel.negative[g][row], i) : 0;
          return static_cast<int16_t>(high << 8 | low);
        };
        pairs.pairs[g][p][row] = {value(first, second), value(second, first)};
      }
    }
  }
}

void multiply_scalar(const PairPanel& pairs, const SparseTerm* terms, size_t groups,
                     size_t channels, int32_t* sums) {
  const PairRow* const rows = pairs.pairs.front().data();
  for (size_t j = 0; j < channels; ++j) {
    for (size_t g = 0; g < groups; ++g) {
      const SparseTerm& term = terms[j * groups + g];
      const auto [w0, w1] = term.weight;
      for (size_t row = 0; row < kPanelRows; ++row) {
        const auto [x0, x1] = rows[term.pair_row][row];
        int32_t& sum = sums[j * kPanelRows + row];
        sum = static_cast<int32_t>(static_cast<uint32_t>(sum) +
                                   static_cast<uint32_t>(x0 * w0 + x1 * w1));  // wraps
      }
    }
  }
}

constexpr SparseUnitFunctions kSparseScalar = {expand_scalar, multiply_scalar};

const SparseUnitFunctions& functions_of(SparseUnit unit) {
  switch (unit) {
    case SparseUnit::kScalar:
      return kSparseScalar;
#if SPARQ_HAS_X86_SPARSE_UNITS
    case SparseUnit::kAvx2:
      return kSparseAvx2;
    case SparseUnit::kAvx512Vnni:
      return kSparseAvx512Vnni;
#else
    default:
      break;
#endif
  }
  require(false, "a unit this machine has");
  return kSparseScalar;
}

// The pattern of every set of nonzero weights, bit i being weight i; with none any pattern will do.
constexpr std::array<size_t, 16> patterns_of_sets() {
  std::array<size_t, 16> patterns = {};
  for (size_t p = 0; p < kPatterns; ++p) {
    const auto [first, second] = kAllPatterns[p];
    patterns[(size_t{1} << first | size_t{1} << second) % 16] = p;  // kNone is bit 4
  }
  return patterns;
}

// The terms of all output channels, block by block of kPanelGroups groups, channel by channel.
std::vector<SparseTerm> make_terms(const Matrix<int8_t>& weights) {
  constexpr std::array<size_t, 16> kPatternOfSet = patterns_of_sets();
  std::vector<SparseTerm> terms;
  const size_t groups = groups_of(weights.cols);
  terms.reserve(weights.rows * groups);
  for (size_t begin = 0; begin < groups; begin += kPanelGroups) {
    const size_t end = std::min(begin + kPanelGroups, groups);
    for (size_t j = 0; j < weights.rows; ++j) {
      for (size_t g = begin; g < end; ++g) {
        const SparseGroup group = sparse_group(weights.row(j), g);
        size_t set = 0;
        for (const size_t slot : {0U, 1U}) {
          set |= static_cast<size_t>(group.value[slot] != 0) << group.index[slot];
        }
        terms.push_back(
            {.pair_row = static_cast<uint32_t>((g - begin) * kPatterns + kPatternOfSet[set]),
             .weight = {static_cast<int16_t>(group.value[0]),
                        static_cast<int16_t>(group.value[1])}});
      }
    }
  }
  return terms;
}

// Rows of bytes, side by side as groups of 4. What is beyond the rows or their end stays as it was:
// those sums are not read, and no nonzero weight faces those activations.
void transpose(const uint8_t* x, size_t rows, size_t cols, size_t group, size_t groups,
               PanelBytes& panel) {
  const size_t whole = std::min(groups, cols / kGroupWeights - group);
  for (size_t r = 0; r < rows; ++r) {
    const uint8_t* from = x + r * cols + group * kGroupWeights;
    for (size_t g = 0; g < whole; ++g) std::memcpy(&panel[g][r], from + g * kGroupWeights, 4);
    if (whole == groups) continue;
    std::memcpy(&panel[whole][r], from + whole * kGroupWeights, cols % kGroupWeights);
  }
}

}  // namespace

bool available(SparseUnit unit) {
  switch (unit) {
    case SparseUnit::kScalar:
      return true;
#if SPARQ_HAS_X86_SPARSE_UNITS
    case SparseUnit::kAvx2:
      return __builtin_cpu_supports("avx2") != 0;
    case SparseUnit::kAvx512Vnni:
      return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
#else
    default:
      break;
#endif
  }
  return false;
}

SparseUnit best_sparse_unit() {
  for (const SparseUnit unit : {SparseUnit::kAvx512Vnni, SparseUnit::kAvx2}) {
    if (available(unit)) return unit;
  }
  return SparseUnit::kScalar;
}

Matrix<int32_t> gemm_sparse24_fast(const Matrix<uint8_t>& activations,
                                   const Matrix<int8_t>& weights, const spec::Format& format,
                                   int accumulator_bits, int threads, SparseUnit unit) {
  require(activations.cols == weights.cols, "activations M x K, weights N x K: equal K");
  require(fast_supports(format, 8, accumulator_bits), "a format of the fast path");
  require(threads >= 1, "at least one thread");
  require(available(unit), "a unit this machine has");
  const ValueTables tables = value_tables(format);
  if (tables.own == tables.alone) {
    return gemm_fast(activations, weights, format, accumulator_bits, {.threads = threads});
  }
  const auto own_zeros = std::count(tables.own.begin(), tables.own.end(), 0);
  require(own_zeros == 1, "only a zero activation becomes zero");
  // Each looks a single activation up, whatever its partner.
  const auto encoder = [](const std::array<int16_t, 256>& values, const auto& byte) {
    FastEncoder::Tables same;
    std::transform(values.begin(), values.end(), same.own.begin(),
                   [&](int value) { return static_cast<uint8_t>(byte(value)); });
    same.alone = same.own;
    return FastEncoder(same);
  };
  const auto low_byte = [](int value) { return value & 0xFF; };
  const auto high_byte = [](int value) { return value < 0 ? 0xFF : 0; };
  const FastEncoder own = encoder(tables.own, low_byte);
  const FastEncoder alone = encoder(tables.alone, low_byte);
  const FastEncoder negative = encoder(tables.own, high_byte);
  const SparseUnitFunctions& functions = functions_of(unit);
  const std::vector<SparseTerm> terms = make_terms(weights);
  const size_t all_groups = groups_of(weights.cols);
  const size_t channels = weights.rows;
  Matrix<int32_t> result(activations.rows, channels);
#pragma omp parallel num_threads(threads)
  {
    const size_t k = activations.cols;
    const auto panel = std::make_unique<Panel>();
    panel->is_signed = format.signed_activations;
    const auto pairs = std::make_unique<PairPanel>();
    std::vector<uint8_t> own_values(kPanelRows * k);
    std::vector<uint8_t> alone_values(kPanelRows * k);
    std::vector<uint8_t> negative_values(panel->is_signed ? kPanelRows * k : 0);
    std::vector<int32_t> sums(channels * kPanelRows);
#pragma omp for schedule(static)
    for (size_t row = 0; row < activations.rows; row += kPanelRows) {
      const size_t rows = std::min(kPanelRows, activations.rows - row);
      const std::span<const uint8_t> x = std::span(activations.data).subspan(row * k, rows * k);
      own.apply(x, std::span(own_values).first(rows * k));
      alone.apply(x, std::span(alone_values).first(rows * k));
      if (panel->is_signed) negative.apply(x, std::span(negative_values).first(rows * k));
      std::fill(sums.begin(), sums.end(), 0);
      for (size_t group = 0; group < all_groups; group += kPanelGroups) {
        const size_t groups = std::min(kPanelGroups, all_groups - group);
        transpose(own_values.data(), rows, k, group, groups, panel->own);
        transpose(alone_values.data(), rows, k, group, groups, panel->alone);
        if (panel->is_signed) {
          transpose(negative_values.data(), rows, k, group, groups, panel->negative);
        }
        functions.expand(*panel, groups, *pairs);
        functions.multiply(*pairs, terms.data() + group * channels, groups, channels, sums.data());
      }
      for (size_t r = 0; r < rows; ++r) {
        for (size_t j = 0; j < channels; ++j) result(row + r, j) = sums[j * kPanelRows + r];
      }
    }
  }
  if (accumulator_bits < 32) {
    for (int32_t& sum : result.data) {
      sum = static_cast<int32_t>(wrap(static_cast<uint64_t>(int64_t{sum}), accumulator_bits));
    }
  }
  return result;
}

}  // namespace sparq::golden
