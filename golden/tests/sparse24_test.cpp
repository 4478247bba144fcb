// SPDX-License-Identifier: Apache-2.0
#include "golden/sparse24.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace sparq::golden {
namespace {

using Row = std::vector<int8_t>;

Matrix<int8_t> one_row(const Row& row) { return {1, row.size(), row}; }

TEST(SparseGroupTest, NonzeroWeightsInAscendingOrder) {
  const Row row = {0, -3, 0, 7, 0, 0, 5, 0, 0, 0, 0, 0, 9};
  const std::span<const int8_t> channel(row);
  EXPECT_EQ(groups_of(row.size()), 4U);
  EXPECT_EQ(sparse_group(channel, 0), (SparseGroup{{-3, 7}, {1, 3}}));
  EXPECT_EQ(sparse_group(channel, 1), (SparseGroup{{5, 0}, {2, 0}}));
  EXPECT_EQ(sparse_group(channel, 2), SparseGroup{});
  EXPECT_EQ(sparse_group(channel, 3), (SparseGroup{{9, 0}, {0, 0}}));
}

TEST(SparseGroupDeathTest, ThreeNonzeroWeightsAbort) {
  const Row row = {1, 2, 3, 0};
  EXPECT_DEATH(sparse_group(std::span<const int8_t>(row), 0), "at most 2");
}

TEST(CheckSparse24Test, NamesEveryRowAndGroupUpToAFew) {
  Matrix<int8_t> w(3, 10);
  EXPECT_TRUE(check_sparse24(w, "w.npy").empty());
  for (const size_t k : {4U, 6U, 7U}) w(1, k) = 1;
  for (const size_t k : {0U, 1U, 2U, 3U}) w(2, k) = -1;
  for (const size_t k : {8U, 9U}) w(0, k) = 1;  // a short group of two
  const spec::Problems problems = check_sparse24(w, "w.npy");
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(to_text(problems[0]),
            "w.npy: row 1 group 1 = 3 nonzero weights: must be at most 2 of 4 (k = 4..7) for 2:4 "
            "sparsity");
  EXPECT_EQ(problems[1].field, "row 2 group 0");
  EXPECT_EQ(problems[1].value, "4 nonzero weights");

  Matrix<int16_t> dense(100, 100);
  std::fill(dense.data.begin(), dense.data.end(), int16_t{-300});
  const spec::Problems many = check_sparse24(dense, "w.npy");
  ASSERT_EQ(many.size(), 9U);
  EXPECT_EQ(to_text(many.back()), "w.npy: and 2492 more groups like these");
}

TEST(Prune24Test, KeepsTheTwoLargestMagnitudesAndTiesToTheLowerIndex) {
  const Row row = {1, -2, 3, -4, 5, 5, -5, 5, -128, 127, 1, 127, 0, 0, 9, 0, 6, -7, 8};
  const Row want = {0, 0, 3, -4, 5, 5, 0, 0, -128, 127, 0, 0, 0, 0, 9, 0, 0, -7, 8};
  EXPECT_EQ(prune24(one_row(row)), one_row(want));
}

// Whatever is kept: at most two, none larger dropped, nothing changed; pruning twice is pruning
// once.
TEST(Prune24Test, EveryGroupOfSmallWeights) {
  for (int code = 0; code < 7 * 7 * 7 * 7; ++code) {
    Row row(4);
    int rest = code;
    for (auto& v : row) {
      v = static_cast<int8_t>(rest % 7 - 3);
      rest /= 7;
    }
    const Matrix<int8_t> pruned = prune24(one_row(row));
    ASSERT_TRUE(check_sparse24(pruned, "w").empty());
    ASSERT_EQ(prune24(pruned), pruned);
    for (size_t dropped = 0; dropped < 4; ++dropped) {
      if (pruned(0, dropped) == row[dropped]) continue;
      ASSERT_EQ(pruned(0, dropped), 0);
      int ahead = 0;
      for (size_t kept = 0; kept < 4; ++kept) {
        const int difference = std::abs(row[kept]) - std::abs(row[dropped]);
        if (difference > 0 || (difference == 0 && kept < dropped)) ++ahead;
      }
      ASSERT_GE(ahead, 2) << code;
    }
  }
}

TEST(PackGroupTest, FieldsStandWhereTheyShould) {
  // {index1, value1, index0, value0} = {3, 0x81, 1, 0x7F}
  const SparseGroup group{{127, -127}, {1, 3}};
  EXPECT_EQ(packed_group_bits(8), 20);
  EXPECT_EQ(pack_group(group, 8), (3U << 18) | (0x81U << 10) | (1U << 8) | 0x7FU);
  EXPECT_EQ(pack_group(SparseGroup{}, 8), 0U);
  EXPECT_EQ(pack_group(SparseGroup{{-32768, 1}, {2, 3}}, 16),
            (uint64_t{3} << 34) | (uint64_t{1} << 18) | (2U << 16) | 0x8000U);
}

// Every word of narrow weights: the legal ones are exactly those that packing gives.
TEST(PackGroupTest, UnpacksExactlyWhatCanHaveBeenPacked) {
  for (const int bits : {2, 3, 4}) {
    const int half = 1 << (bits - 1);
    std::set<uint64_t> packed;
    Row row(4);
    for (size_t a = 0; a < 4; ++a) {
      for (size_t b = 0; b < 4; ++b) {
        for (int x = -half; x < half; ++x) {
          for (int y = -half; y < half; ++y) {
            std::fill(row.begin(), row.end(), int8_t{0});
            row[a] = static_cast<int8_t>(x);
            row[b] = static_cast<int8_t>(y);
            packed.insert(pack_group(sparse_group(std::span<const int8_t>(row), 0), bits));
          }
        }
      }
    }
    const uint64_t beyond = uint64_t{1} << packed_group_bits(bits);
    size_t legal = 0;
    for (uint64_t word = 0; word < 2 * beyond; ++word) {
      const auto group = unpack_group(word, bits);
      ASSERT_EQ(group.has_value(), packed.contains(word)) << bits << " bits, word " << word;
      if (!group) continue;
      ASSERT_EQ(pack_group(*group, bits), word);
      ++legal;
    }
    // Two nonzero at 6 places, one at 4, none.
    const auto values = static_cast<size_t>(2 * half - 1);
    EXPECT_EQ(legal, 6 * values * values + 4 * values + 1);
  }
}

TEST(Pack24Test, ThereAndBack) {
  std::mt19937 random(24);
  for (size_t k = 1; k <= 70; ++k) {
    Matrix<int8_t> w(3, k);
    for (auto& v : w.data) v = static_cast<int8_t>(random() % 4 == 0 ? 0 : random());
    w = prune24(w);
    EXPECT_EQ(unpack24<int8_t>(pack24(w, 8), k, 8, "w").value(), w);
    Matrix<int16_t> wide(3, k);
    for (auto& v : wide.data) v = static_cast<int16_t>(random());
    wide = prune24(wide);
    EXPECT_EQ(unpack24<int16_t>(pack24(wide, 16), k, 16, "w").value(), wide);
  }
}

TEST(Pack24Test, NamesWhatCannotHaveBeenPacked) {
  Matrix<uint64_t> words(2, 2);
  words(0, 1) = pack_group({{1, 0}, {2, 0}}, 8);  // k = 6, beyond K = 6
  words(1, 0) = uint64_t{1} << 8;                 // an index beside nothing
  const auto weights = unpack24<int8_t>(words, 6, 8, "w.bin");
  ASSERT_FALSE(weights);
  ASSERT_EQ(weights.error().size(), 2U);
  EXPECT_EQ(weights.error()[0].field, "row 0 group 1");
  EXPECT_EQ(weights.error()[1].field, "row 1 group 0");
  EXPECT_EQ(weights.error()[1].value, "0x100");
}

}  // namespace
}  // namespace sparq::golden
