// SPDX-License-Identifier: Apache-2.0
#include "golden/sparse24.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "golden/first_problems.h"
#include "golden/powers.h"
#include "golden/require.h"

namespace sparq::golden {
namespace {

constexpr uint32_t kIndices = kGroupWeights;

// The weights of group g; what lies beyond K is zero.
template <class W>
std::array<int32_t, kGroupWeights> group_at(std::span<const W> channel, size_t g) {
  std::array<int32_t, kGroupWeights> group = {};
  for (size_t i = 0; i < kGroupWeights && g * kGroupWeights + i < channel.size(); ++i) {
    group[i] = int32_t{channel[g * kGroupWeights + i]};
  }
  return group;
}

int64_t nonzeros(const std::array<int32_t, kGroupWeights>& group) {
  return std::ssize(group) - std::count(group.begin(), group.end(), 0);
}

std::string place(size_t row, size_t group) { return fmt::format("row {} group {}", row, group); }

}  // namespace

size_t groups_of(size_t k) { return (k + kGroupWeights - 1) / kGroupWeights; }

template <class W>
SparseGroup sparse_group(std::span<const W> channel, size_t g) {
  const auto group = group_at(channel, g);
  require(nonzeros(group) <= 2, "at most 2 nonzero weights in a group of 4");
  SparseGroup found;
  size_t slot = 0;
  for (uint32_t i = 0; i < kGroupWeights; ++i) {
    if (group[i] == 0) continue;
    found.value[slot] = group[i];
    found.index[slot] = i;
    ++slot;
  }
  return found;
}

template <class W>
spec::Problems check_sparse24(const Matrix<W>& weights, const std::string& where) {
  FirstProblems problems;
  for (size_t j = 0; j < weights.rows; ++j) {
    for (size_t g = 0; g < groups_of(weights.cols); ++g) {
      const int64_t count = nonzeros(group_at(weights.row(j), g));
      if (count <= 2) continue;
      const size_t first = g * kGroupWeights;
      problems.add(where, place(j, g), fmt::format("{} nonzero weights", count),
                   fmt::format("must be at most 2 of 4 (k = {}..{}) for 2:4 sparsity", first,
                               std::min(first + kGroupWeights, weights.cols) - 1));
    }
  }
  return problems.take(where, "groups like these");
}

template <class W>
Matrix<W> prune24(const Matrix<W>& weights) {
  Matrix<W> pruned(weights.rows, weights.cols);
  for (size_t j = 0; j < weights.rows; ++j) {
    for (size_t g = 0; g < groups_of(weights.cols); ++g) {
      const auto group = group_at(weights.row(j), g);
      std::array<size_t, kGroupWeights> order = {0, 1, 2, 3};
      std::stable_sort(order.begin(), order.end(),
                       [&](size_t a, size_t b) { return std::abs(group[a]) > std::abs(group[b]); });
      for (const size_t i : {order[0], order[1]}) {
        const size_t k = g * kGroupWeights + i;
        if (k < weights.cols) pruned(j, k) = weights(j, k);
      }
    }
  }
  return pruned;
}

int packed_group_bits(int weight_bits) {
  return spec::kSparseSlots * (weight_bits + spec::kSparseIndexBits);
}

uint64_t pack_group(const SparseGroup& group, int weight_bits) {
  require(weight_bits >= 2 && weight_bits <= 16, "weights of 2..16 bits");
  const auto half = static_cast<int32_t>(power_of_two(weight_bits - 1));
  uint64_t word = 0;
  for (const size_t slot : {1U, 0U}) {
    const int32_t value = group.value[slot];
    require(value >= -half && value < half, "a weight of W bits");
    require(group.index[slot] < kIndices, "an index of 2 bits");
    const auto bits = static_cast<uint64_t>(value < 0 ? value + 2 * half : value);
    word = (word * kIndices + group.index[slot]) * power_of_two(weight_bits) + bits;
  }
  return word;
}

std::optional<SparseGroup> unpack_group(uint64_t word, int weight_bits) {
  require(weight_bits >= 2 && weight_bits <= 16, "weights of 2..16 bits");
  const int64_t values = power_of_two(weight_bits);
  SparseGroup group;
  for (const size_t slot : {0U, 1U}) {
    const auto bits = static_cast<int64_t>(word % static_cast<uint64_t>(values));
    group.value[slot] = static_cast<int32_t>(bits >= values / 2 ? bits - values : bits);
    word /= static_cast<uint64_t>(values);
    group.index[slot] = static_cast<uint32_t>(word % kIndices);
    word /= kIndices;
  }
  const auto empty = [&](size_t slot) { return group.value[slot] == 0; };
  const auto idle = [&](size_t slot) { return group.index[slot] == 0; };
  const bool legal = word == 0 && (empty(1) ? idle(1) && (!empty(0) || idle(0))
                                            : !empty(0) && group.index[0] < group.index[1]);
  if (!legal) return std::nullopt;
  return group;
}

template <class W>
Matrix<uint64_t> pack24(const Matrix<W>& weights, int weight_bits) {
  Matrix<uint64_t> words(weights.rows, groups_of(weights.cols));
  for (size_t j = 0; j < words.rows; ++j) {
    for (size_t g = 0; g < words.cols; ++g) {
      words(j, g) = pack_group(sparse_group(weights.row(j), g), weight_bits);
    }
  }
  return words;
}

template <class W>
spec::Checked<Matrix<W>> unpack24(const Matrix<uint64_t>& words, size_t k, int weight_bits,
                                  const std::string& where) {
  require(words.cols == groups_of(k), "one word per group of K");
  require(weight_bits <= static_cast<int>(8 * sizeof(W)), "weights that their type holds");
  FirstProblems problems;
  Matrix<W> weights(words.rows, k);
  for (size_t j = 0; j < words.rows; ++j) {
    for (size_t g = 0; g < words.cols; ++g) {
      const auto group = unpack_group(words(j, g), weight_bits);
      bool legal = group.has_value();
      for (const size_t slot : {0U, 1U}) {
        if (!group || group->value[slot] == 0) continue;
        const size_t at = g * kGroupWeights + group->index[slot];
        if (at < k) {
          weights(j, at) = static_cast<W>(group->value[slot]);
        } else {
          legal = false;
        }
      }
      if (legal) continue;
      problems.add(where, place(j, g), fmt::format("0x{:x}", words(j, g)),
                   "must be {index1, value1, index0, value0}, indices ascending and below K, an "
                   "unused slot 0, a single weight in slot 0");
    }
  }
  if (!problems.empty()) return tl::unexpected(problems.take(where, "groups like these"));
  return weights;
}

template SparseGroup sparse_group(std::span<const int8_t>, size_t);
template SparseGroup sparse_group(std::span<const int16_t>, size_t);
template spec::Problems check_sparse24(const Matrix<int8_t>&, const std::string&);
template spec::Problems check_sparse24(const Matrix<int16_t>&, const std::string&);
template Matrix<int8_t> prune24(const Matrix<int8_t>&);
template Matrix<int16_t> prune24(const Matrix<int16_t>&);
template Matrix<uint64_t> pack24(const Matrix<int8_t>&, int);
template Matrix<uint64_t> pack24(const Matrix<int16_t>&, int);
template spec::Checked<Matrix<int8_t>> unpack24(const Matrix<uint64_t>&, size_t, int,
                                                const std::string&);
template spec::Checked<Matrix<int16_t>> unpack24(const Matrix<uint64_t>&, size_t, int,
                                                 const std::string&);

}  // namespace sparq::golden
