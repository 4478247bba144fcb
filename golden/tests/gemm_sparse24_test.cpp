// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>

#include "golden/gemm.h"
#include "golden/gemm_sparse24_fast.h"
#include "golden/sparse24.h"
#include "golden/tests/formats.h"
#include "golden/tests/oracle.h"

namespace sparq::golden {
namespace {

using testing::baseline;
using testing::named;

constexpr std::array<SparseUnit, 3> kUnits = {SparseUnit::kScalar, SparseUnit::kAvx2,
                                              SparseUnit::kAvx512Vnni};

TEST(GemmSparse24Test, ASmallProductByHand) {
  // 5opt nearest: 27 -> 28 and 255 -> 240 beside a nonzero partner, exact beside none.
  const Matrix<uint8_t> x(1, 6, {27, 255, 0, 90, 201, 33});
  const auto product = [&](const std::vector<int8_t>& w) {
    return gemm_sparse24_reference(x, Matrix<int8_t>(1, 6, w), named("5opt"), 32)(0, 0);
  };
  EXPECT_EQ(product({1, 2, 0, 0, 0, 0}), 28 + 480);
  EXPECT_EQ(product({1, 0, 2, 0, 0, 0}), 27);  // faces a zero activation
  EXPECT_EQ(product({0, 3, 0, 0, 0, 0}), 3 * 255);
  EXPECT_EQ(product({0, 1, 0, -1, 0, 0}), 240 - 88);
  EXPECT_EQ(product({0, 0, 0, 0, 1, 0}), 201);
  EXPECT_EQ(product({0, 0, 0, 0, 1, 1}), 208 + 32);
  EXPECT_EQ(product({0, 0, 0, 0, 0, 0}), 0);
}

// Group by group with the oracle's pairs: all index patterns, activations often zero.
TEST(GemmSparse24Test, MatchesTheOracleForEveryPattern) {
  std::mt19937 random(31);
  std::vector<spec::Format> formats = testing::named_formats();
  for (int a = 4; a <= 16; ++a) formats.push_back(testing::random_format(a, random));
  for (const spec::Format& format : formats) {
    const uint32_t mask = (1U << format.activation_bits) - 1;
    for (uint32_t pattern = 0; pattern < 16; ++pattern) {
      if (std::popcount(pattern) > 2) continue;
      for (int i = 0; i < 40; ++i) {
        Matrix<uint16_t> x(1, 4);
        Matrix<int16_t> w(1, 4);
        std::vector<size_t> used;
        for (size_t k = 0; k < 4; ++k) {
          x(0, k) = static_cast<uint16_t>(random() % 3 == 0 ? 0 : random() & mask);
          if ((pattern >> k & 1U) == 0) continue;
          w(0, k) = static_cast<int16_t>(random() | 1U);
          used.push_back(k);
        }
        const auto facing = [&](size_t slot) {
          return slot < used.size() ? x(0, used[slot]) : uint16_t{0};
        };
        const auto pair = testing::oracle_pair(facing(0), facing(1), format);
        int64_t expected = 0;
        for (size_t slot = 0; slot < used.size(); ++slot) {
          expected += int64_t{pair[slot]} * w(0, used[slot]);
        }
        ASSERT_EQ(gemm_sparse24_reference(x, w, format, 64)(0, 0), expected)
            << full_name(format) << " pattern " << pattern;
      }
    }
  }
}

TEST(GemmSparse24Test, SelectionChangesNothingForTheBaselines) {
  std::mt19937 random(32);
  Matrix<uint8_t> x(5, 23);
  Matrix<int8_t> w(6, 23);
  for (auto& v : x.data) v = static_cast<uint8_t>(random());
  for (auto& v : w.data) v = static_cast<int8_t>(random());
  w = prune24(w);
  for (const auto kind : {spec::Kind::kInt8, spec::Kind::kInt4x8}) {
    for (const spec::Format& format : {baseline(kind), testing::with_sign(baseline(kind))}) {
      EXPECT_EQ(gemm_sparse24_reference(x, w, format, 32), gemm_reference(x, w, format, 32));
    }
  }
}

Matrix<uint8_t> random_activations(size_t m, size_t k, const spec::Format& format,
                                   std::mt19937& random) {
  Matrix<uint8_t> x(m, k);
  const uint32_t mask = (1U << format.activation_bits) - 1;
  for (auto& v : x.data) v = static_cast<uint8_t>(random() % 3 == 0 ? 0 : random() & mask);
  return x;
}

// 2:4 weights with groups of two, one and no nonzero weight.
Matrix<int8_t> random_sparse_weights(size_t n, size_t k, std::mt19937& random) {
  Matrix<int8_t> w(n, k);
  for (auto& v : w.data) v = static_cast<int8_t>(random() % 2 == 0 ? 0 : random());
  return prune24(w);
}

void expect_equal_on_every_unit(const Matrix<uint8_t>& x, const Matrix<int8_t>& w,
                                const spec::Format& format, int bits, int threads) {
  const Matrix<int64_t> reference = gemm_sparse24_reference(x, w, format, bits);
  const Matrix<int32_t> expected(reference.rows, reference.cols,
                                 {reference.data.begin(), reference.data.end()});
  for (const SparseUnit unit : kUnits) {
    if (!available(unit)) continue;
    ASSERT_EQ(gemm_sparse24_fast(x, w, format, bits, threads, unit), expected)
        << full_name(format) << " " << x.rows << "x" << w.rows << "x" << x.cols << " unit "
        << static_cast<int>(unit) << " threads " << threads;
  }
}

// Every pair of values in every pattern: any two of the four columns go through all 65,536 (they
// are lines of a plane over GF(256)).
TEST(GemmSparse24FastTest, EveryPairInEveryPattern) {
  Matrix<uint8_t> x(size_t{256} * 256, 4);
  for (size_t m = 0; m < x.rows; ++m) {
    const size_t a = m / 256;
    const size_t b = m % 256;
    const size_t b_times_2 = b < 128 ? 2 * b : (2 * b) ^ 0x11D;
    x(m, 0) = static_cast<uint8_t>(a);
    x(m, 1) = static_cast<uint8_t>(b);
    x(m, 2) = static_cast<uint8_t>(a ^ b);
    x(m, 3) = static_cast<uint8_t>(a ^ b_times_2);
  }
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = i + 1; j < 4; ++j) {
      std::set<size_t> pairs;
      for (size_t m = 0; m < x.rows; ++m) pairs.insert(size_t{x(m, i)} * 256 + x(m, j));
      ASSERT_EQ(pairs.size(), x.rows);
    }
  }
  Matrix<int8_t> w(10, 4);
  size_t row = 0;
  for (size_t i = 0; i < 4; ++i) {
    w(row++, i) = 127;
    for (size_t j = i + 1; j < 4; ++j, ++row) {
      w(row, i) = 127;
      w(row, j) = -128;
    }
  }
  for (const spec::Format& format : testing::named_formats()) {
    if (!format.vsparq) continue;
    expect_equal_on_every_unit(x, w, format, 32, 1);
  }
}

TEST(GemmSparse24FastTest, RandomShapesAndFormats) {
  std::mt19937 random(33);
  std::vector<spec::Format> formats = testing::named_formats();
  formats.push_back(baseline(spec::Kind::kInt8));
  formats.push_back(baseline(spec::Kind::kInt4x8));
  formats.push_back(testing::with_sign(baseline(spec::Kind::kInt8)));
  formats.push_back(testing::with_sign(baseline(spec::Kind::kInt4x8)));
  for (int a = 4; a <= 8; ++a) {
    for (int i = 0; i < 3; ++i) formats.push_back(testing::random_format(a, random));
  }
  for (size_t i = 0; i < 3 * formats.size(); ++i) {
    const spec::Format& format = formats[i % formats.size()];
    const size_t m = 1 + random() % 80;
    const size_t n = 1 + random() % 40;
    const size_t k = 1 + random() % 200;
    expect_equal_on_every_unit(random_activations(m, k, format, random),
                               random_sparse_weights(n, k, random), format, i % 3 == 0 ? 18 : 32,
                               i % 5 == 0 ? 2 : 1);
  }
}

TEST(GemmSparse24FastTest, SumsBeyond32BitsWrapLikeTheReference) {
  const size_t k = 300001;
  Matrix<uint8_t> x(2, k);
  Matrix<int8_t> w(2, k);
  std::fill(x.data.begin(), x.data.end(), uint8_t{255});
  for (size_t i = 0; i < k; i += 2) w(0, i) = w(1, i) = -128;
  ASSERT_LT(gemm_sparse24_reference(x, w, named("5opt"), 64)(0, 0), int64_t{INT32_MIN});
  for (const int bits : {32, 24}) expect_equal_on_every_unit(x, w, named("5opt"), bits, 1);
}

}  // namespace
}  // namespace sparq::golden
