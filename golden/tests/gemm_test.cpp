// SPDX-License-Identifier: Apache-2.0
#include "golden/gemm.h"

#include <gtest/gtest.h>

#include "golden/step.h"
#include "golden/tests/formats.h"
#include "golden/tests/oracle.h"

namespace sparq::golden {
namespace {

using testing::baseline;
using testing::named;

TEST(WrapTest, KeepsTheLowBitsInTwosComplement) {
  EXPECT_EQ(wrap(7, 4), 7);
  EXPECT_EQ(wrap(8, 4), -8);
  EXPECT_EQ(wrap(static_cast<uint64_t>(-9), 4), 7);
  EXPECT_EQ(wrap(uint64_t{1} << 31, 32), INT32_MIN);
  EXPECT_EQ(wrap(uint64_t{1} << 62, 63), -(int64_t{1} << 62));
  EXPECT_EQ(wrap((uint64_t{1} << 62) - 1, 63), (int64_t{1} << 62) - 1);
  EXPECT_EQ(wrap(UINT64_MAX, 64), -1);
  EXPECT_EQ(wrap(1, 1), -1);
}

TEST(GemmTest, ASmallProductByHand) {
  // 5opt nearest: 27 -> 28, 255 -> 240; the odd last element is exact.
  const Matrix<uint8_t> x(2, 3, {27, 255, 201, 0, 27, 1});
  const Matrix<int8_t> w(2, 3, {1, 2, 3, -128, 127, -1});
  const Matrix<int64_t> c = gemm_reference(x, w, named("5opt"), 32);
  EXPECT_EQ(c, (Matrix<int64_t>(2, 2,
                                {28 + 480 + 603, -128 * 28 + 127 * 240 - 201,  //
                                 54 + 3, 127 * 27 - 1})));
}

TEST(GemmTest, BaselinesByHand) {
  const Matrix<uint8_t> x(1, 3, {27, 255, 8});
  const Matrix<int8_t> w(1, 3, {1, 2, 3});
  EXPECT_EQ(gemm_reference(x, w, baseline(spec::Kind::kInt8), 32)(0, 0), 27 + 510 + 24);
  EXPECT_EQ(gemm_reference(x, w, baseline(spec::Kind::kInt4x8), 32)(0, 0), 32 + 480 + 0);
}

TEST(GemmTest, SignedActivationsByHand) {
  const Matrix<uint8_t> x(1, 4, {256 - 27, 255, 128, 0});  // -27 -1 -128 0
  const Matrix<int8_t> w(1, 4, {1, 2, -128, 3});
  const auto product = [&](const spec::Format& format) {
    return gemm_reference(x, w, testing::with_sign(format), 32)(0, 0);
  };
  EXPECT_EQ(product(named("5opt")), -28 - 2 + 128 * 128);
  EXPECT_EQ(product(baseline(spec::Kind::kInt8)), -27 - 2 + 128 * 128);
  EXPECT_EQ(product(baseline(spec::Kind::kInt4x8)), -32 - 0 + 128 * 128);
}

TEST(GemmTest, AccumulatorsWrap) {
  const Matrix<uint16_t> x(1, 4, {65535, 65535, 65535, 65535});
  const Matrix<int16_t> w(1, 4, {-32768, -32768, -32768, -32768});
  const spec::Format format = baseline(spec::Kind::kInt8, 16);
  const int64_t sum = int64_t{4} * 65535 * -32768;
  EXPECT_EQ(gemm_reference(x, w, format, 64)(0, 0), sum);
  EXPECT_EQ(gemm_reference(x, w, format, 32)(0, 0), 131072);
  EXPECT_EQ(gemm_reference(x, w, format, 33)(0, 0), sum + (int64_t{1} << 33));
}

// Step by step through the words of the array gives what the matrix gives.
TEST(StepTest, WordsAddUpToTheProduct) {
  std::mt19937 random(4);
  std::vector<spec::Format> formats = testing::named_formats();
  for (int a = 4; a <= 16; ++a) {
    formats.push_back(testing::random_format(a, random));
    formats.push_back(baseline(spec::Kind::kInt8, a));
    formats.push_back(testing::with_sign(formats.back()));
    if (a > 4) formats.push_back(baseline(spec::Kind::kInt4x8, a));
    formats.push_back(testing::with_sign(formats.back()));
  }
  for (const spec::Format& format : formats) {
    const auto limit = static_cast<uint16_t>((1U << format.activation_bits) - 1);
    const size_t k = 13;
    Matrix<uint16_t> x(1, k);
    Matrix<int16_t> w(1, k);
    for (auto& v : x.data) v = static_cast<uint16_t>(random() % 3 == 0 ? 0 : random() & limit);
    for (auto& v : w.data) v = static_cast<int16_t>(random());
    int64_t sum = 0;
    const auto step = static_cast<size_t>(values_per_step(format));
    for (size_t at = 0; at < k; at += step) {
      std::vector<uint16_t> xs(step, 0);
      std::vector<int32_t> ws(step, 0);
      for (size_t i = 0; i < step && at + i < k; ++i) {
        xs[i] = x(0, at + i);
        ws[i] = w(0, at + i);
      }
      sum += dot_step(encode_step(xs, format), ws, format);
    }
    EXPECT_EQ(sum, gemm_reference(x, w, format, 64)(0, 0)) << full_name(format);
  }
}

TEST(StepTest, WordsOfTheBaselines) {
  const std::vector<uint16_t> one = {200};
  const std::vector<uint16_t> two = {0x4F, 0xA1};
  EXPECT_EQ(encode_step(one, baseline(spec::Kind::kInt8)), 200U);
  EXPECT_EQ(encode_step(two, baseline(spec::Kind::kInt4x8)), 0xA5U);
  EXPECT_EQ(encode_step(one, testing::with_sign(baseline(spec::Kind::kInt8))), 200U);
  const std::vector<uint16_t> signed_two = {0x7F, 0xA9};  // 127 -> 7, -87 -> -5
  EXPECT_EQ(encode_step(signed_two, testing::with_sign(baseline(spec::Kind::kInt4x8))), 0xB7U);
}

TEST(EncodeTest, MatchesTheOraclePairByPairAndPadsOddRows) {
  std::mt19937 random(5);
  for (const spec::Format& format : testing::named_formats()) {
    Matrix<uint8_t> x(3, 7);
    for (auto& v : x.data) v = static_cast<uint8_t>(random() % 2 == 0 ? 0 : random());
    const Matrix<int32_t> encoded = encode(x, format);
    for (size_t m = 0; m < x.rows; ++m) {
      for (size_t k = 0; k < x.cols; ++k) {
        const uint32_t partner = (k ^ 1U) < x.cols ? x(m, k ^ 1U) : 0;
        EXPECT_EQ(encoded(m, k), testing::oracle_pair(x(m, k), partner, format)[0]);
      }
    }
  }
}

TEST(GemmDeathTest, UnequalKAborts) {
  EXPECT_DEATH(gemm_reference(Matrix<uint8_t>(1, 2), Matrix<int8_t>(1, 3), spec::Format{}, 32),
               "equal K");
}

}  // namespace
}  // namespace sparq::golden
