// SPDX-License-Identifier: Apache-2.0
// 2:4 structured sparsity: of every 4 consecutive weights of one output channel (a group) at most 2
// are nonzero. Groups, their packed form (docs/sparse24.md) and a magnitude pruner. Everywhere W is
// int8_t or int16_t, weights are N x K, and K is padded with zeros to a multiple of 4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "golden/matrix.h"
#include "golden/spec/problem.h"
#include "golden/spec/signature.h"

namespace sparq::golden {

inline constexpr size_t kGroupWeights = spec::kSparseGroup;

// The nonzero weights of a group, in ascending order of their index. An unused slot has value 0 and
// index 0; a single weight stands in slot 0.
struct SparseGroup {
  std::array<int32_t, 2> value = {};
  std::array<uint32_t, 2> index = {};  // 0..3, within the group

  bool operator==(const SparseGroup&) const = default;
};

size_t groups_of(size_t k);  // ceil(K / 4)

// Group g of an output channel. Needs at most 2 nonzero weights there.
template <class W>
SparseGroup sparse_group(std::span<const W> channel, size_t g);

// One problem for every group with more than 2 nonzero weights, naming its row and group: the first
// few, then how many there are in all.
template <class W>
spec::Problems check_sparse24(const Matrix<W>& weights, const std::string& where);

// Of each group the two weights of largest magnitude, of equal ones those at the lower indices; the
// others are zero.
template <class W>
Matrix<W> prune24(const Matrix<W>& weights);

// Width of a packed group: 2 * (W + 2).
int packed_group_bits(int weight_bits);

// {index1, value1, index0, value0}, value0 in the least significant bits; values in two's
// complement. Needs values of weight_bits bits, 2..16.
uint64_t pack_group(const SparseGroup& group, int weight_bits);

// Nothing for a word that pack_group never gives for a group as sparse_group makes it.
std::optional<SparseGroup> unpack_group(uint64_t word, int weight_bits);

// One word per group: N x groups_of(K). Needs at most 2 nonzero weights in every group.
template <class W>
Matrix<uint64_t> pack24(const Matrix<W>& weights, int weight_bits);

// The weights again, N x K. Problems name row and group of every word that pack24 cannot have
// written for this K (the first few).
template <class W>
spec::Checked<Matrix<W>> unpack24(const Matrix<uint64_t>& words, size_t k, int weight_bits,
                                  const std::string& where);

}  // namespace sparq::golden
