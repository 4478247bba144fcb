// SPDX-License-Identifier: Apache-2.0
#include "golden/gemm_fast.h"

#include <gtest/gtest.h>

#include "golden/gemm.h"
#include "golden/tests/formats.h"

namespace sparq::golden {
namespace {

using testing::baseline;
using testing::named;

const std::vector<EncodeUnit> kUnits = {EncodeUnit::kScalar, EncodeUnit::kAvx2,
                                        EncodeUnit::kAvx512Vbmi};

std::vector<GemmPath> paths() {
  std::vector<GemmPath> paths = {GemmPath::kAuto, GemmPath::kPlain};
#if defined(__x86_64__)
  paths.push_back(GemmPath::kSplit);
  if (can_go_direct()) paths.push_back(GemmPath::kDirect);
#endif
  return paths;
}

std::vector<spec::Format> all_formats() {
  std::vector<spec::Format> formats = testing::named_formats();
  std::mt19937 random(8);
  for (int a = spec::kMinActivationBits; a <= 8; ++a) {
    formats.push_back(testing::random_format(a, random));
    formats.push_back(baseline(spec::Kind::kInt8, a));
    formats.push_back(testing::with_sign(formats.back()));
    if (a > 4) formats.push_back(baseline(spec::Kind::kInt4x8, a));
    formats.push_back(testing::with_sign(formats.back()));
  }
  return formats;
}

Matrix<uint8_t> random_activations(size_t m, size_t k, const spec::Format& format,
                                   std::mt19937& random) {
  Matrix<uint8_t> x(m, k);
  const uint32_t mask = (1U << format.activation_bits) - 1;
  for (auto& v : x.data) v = static_cast<uint8_t>(random() % 3 == 0 ? 0 : random() & mask);
  return x;
}

Matrix<int8_t> random_weights(size_t n, size_t k, std::mt19937& random) {
  Matrix<int8_t> w(n, k);
  for (auto& v : w.data) v = static_cast<int8_t>(random());
  return w;
}

// Empty when equal, else the first difference.
std::string difference(const Matrix<int32_t>& fast, const Matrix<int64_t>& reference) {
  if (fast.rows != reference.rows || fast.cols != reference.cols) return "shapes differ";
  for (size_t m = 0; m < fast.rows; ++m) {
    for (size_t j = 0; j < fast.cols; ++j) {
      if (fast(m, j) == reference(m, j)) continue;
      return "C[" + std::to_string(m) + "," + std::to_string(j) + "] is " +
             std::to_string(fast(m, j)) + ", must be " + std::to_string(reference(m, j));
    }
  }
  return "";
}

// encode_fast, or its form for signed activations, as values.
Matrix<int32_t> encode_on(EncodeUnit unit, const Matrix<uint8_t>& x, const spec::Format& format) {
  const auto widened = [](const auto& m) {
    return Matrix<int32_t>(m.rows, m.cols, {m.data.begin(), m.data.end()});
  };
  return format.signed_activations ? widened(encode_signed_fast(x, format, unit))
                                   : widened(encode_fast(x, format, unit));
}

TEST(EncodeFastTest, EveryPairOnEveryUnit) {
  Matrix<uint8_t> pairs(256, 512);
  for (size_t x0 = 0; x0 < 256; ++x0) {
    for (size_t x1 = 0; x1 < 256; ++x1) {
      pairs(x0, 2 * x1) = static_cast<uint8_t>(x0);
      pairs(x0, 2 * x1 + 1) = static_cast<uint8_t>(x1);
    }
  }
  int checked = 0;
  for (const spec::Format& format : all_formats()) {
    Matrix<uint8_t> legal = pairs;
    for (auto& v : legal.data) v &= static_cast<uint8_t>((1U << format.activation_bits) - 1);
    const Matrix<int32_t> expected = encode(legal, format);
    for (const EncodeUnit unit : kUnits) {
      if (!available(unit)) continue;
      ASSERT_EQ(encode_on(unit, legal, format), expected)
          << full_name(format) << " unit " << static_cast<int>(unit);
      ++checked;
    }
  }
  EXPECT_GT(checked, 0);
}

TEST(EncodeFastTest, EveryRowLengthOnEveryUnit) {
  std::mt19937 random(6);
  for (const spec::Format& format :
       {named("5opt"), named("7opt"), testing::with_sign(named("6opt"))}) {
    for (size_t k = 1; k <= 200; ++k) {
      const Matrix<uint8_t> x = random_activations(3, k, format, random);
      const Matrix<int32_t> expected = encode(x, format);
      for (const EncodeUnit unit : kUnits) {
        if (!available(unit)) continue;
        ASSERT_EQ(encode_on(unit, x, format), expected) << full_name(format) << " " << k;
      }
    }
  }
}

TEST(EncodeFastTest, WritesNothingBeyondTheEnd) {
  for (const EncodeUnit unit : kUnits) {
    if (!available(unit)) continue;
    const FastEncoder encoder(named("6opt"), unit);
    for (size_t k = 0; k <= 130; ++k) {
      std::vector<uint8_t> x(200, 0xA7);
      encoder.apply(std::span(x).first(k), std::span(x).first(k));  // in place
      EXPECT_EQ(std::count(x.begin() + static_cast<ptrdiff_t>(k), x.end(), 0xA7),
                static_cast<ptrdiff_t>(200 - k));
    }
  }
}

TEST(GemmFastTest, RandomShapesOnEveryPath) {
  std::mt19937 random(12);
  const std::vector<spec::Format> formats = all_formats();
  std::vector<GemmShape> shapes = {{1, 1, 1},    {1, 1, 2},     {2, 3, 1},    {1, 64, 64},
                                   {64, 1, 65},  {65, 63, 127}, {33, 17, 63}, {7, 5, 129},
                                   {130, 9, 31}, {16, 16, 512}, {3, 200, 77}};
  for (int i = 0; i < 30; ++i) {
    shapes.push_back({1 + random() % 90, 1 + random() % 90, 1 + random() % 200});
  }
  for (size_t i = 0; i < shapes.size() * 3; ++i) {
    const GemmShape shape = shapes[i % shapes.size()];
    const spec::Format& format = formats[random() % formats.size()];
    const int bits = i % 4 == 0 ? 18 : 32;
    const Matrix<uint8_t> x = random_activations(shape.m, shape.k, format, random);
    const Matrix<int8_t> w = random_weights(shape.n, shape.k, random);
    const Matrix<int64_t> expected = gemm_reference(x, w, format, bits);
    for (const GemmPath path : paths()) {
      for (int threads = 1; threads <= (i % 16 == 0 ? 2 : 1); ++threads) {
        const FastOptions options{.threads = threads, .path = path};
        ASSERT_EQ(difference(gemm_fast(x, w, format, bits, options), expected), "")
            << full_name(format) << " " << shape.m << "x" << shape.n << "x" << shape.k << " path "
            << static_cast<int>(path) << " threads " << threads;
      }
    }
  }
}

TEST(GemmFastTest, EveryFormatOnOneShape) {
  std::mt19937 random(13);
  for (const spec::Format& format : all_formats()) {
    const Matrix<uint8_t> x = random_activations(37, 131, format, random);
    const Matrix<int8_t> w = random_weights(29, 131, random);
    ASSERT_EQ(difference(gemm_fast(x, w, format, 32), gemm_reference(x, w, format, 32)), "")
        << full_name(format);
  }
}

// The values at which 16-bit sums of two products saturate.
TEST(GemmFastTest, Extremes) {
  for (const spec::Format& format :
       {named("5opt"), named("7opt"), baseline(spec::Kind::kInt8), baseline(spec::Kind::kInt4x8),
        testing::with_sign(named("5opt")), testing::with_sign(named("3opt")),
        testing::with_sign(baseline(spec::Kind::kInt8))}) {
    for (const size_t k : {1U, 2U, 63U, 64U, 500U}) {
      for (const int weight : {-128, 127}) {
        for (const int activation : {255, 254, 129, 128, 127}) {
          Matrix<uint8_t> x(20, k);
          Matrix<int8_t> w(18, k);
          std::fill(x.data.begin(), x.data.end(), static_cast<uint8_t>(activation));
          std::fill(w.data.begin(), w.data.end(), static_cast<int8_t>(weight));
          const Matrix<int64_t> expected = gemm_reference(x, w, format, 32);
          for (const GemmPath path : paths()) {
            ASSERT_EQ(difference(gemm_fast(x, w, format, 32, {.path = path}), expected), "")
                << full_name(format) << " K " << k << " " << activation << " x " << weight
                << " path " << static_cast<int>(path);
          }
        }
      }
    }
  }
}

TEST(GemmFastTest, SumsBeyond32BitsWrapLikeTheReference) {
  const size_t k = 300001;  // several blocks of columns, and odd
  Matrix<uint8_t> x(2, k);
  Matrix<int8_t> w(3, k);
  std::fill(x.data.begin(), x.data.end(), uint8_t{255});
  std::fill(w.data.begin(), w.data.end(), int8_t{-128});
  std::mt19937 random(14);
  for (auto& v : w.row(2)) v = static_cast<int8_t>(random());
  for (const spec::Format& format : {named("5opt"), baseline(spec::Kind::kInt8)}) {
    const Matrix<int64_t> exact = gemm_reference(x, w, format, 64);
    ASSERT_LT(exact(0, 0), int64_t{INT32_MIN});
    for (const int bits : {32, 24}) {
      const Matrix<int64_t> expected = gemm_reference(x, w, format, bits);
      for (const GemmPath path : paths()) {
        ASSERT_EQ(difference(gemm_fast(x, w, format, bits, {.path = path}), expected), "")
            << full_name(format) << " path " << static_cast<int>(path);
      }
    }
  }
}

TEST(GemmFastTest, MoreRowsAndColumnsThanABlock) {
  std::mt19937 random(15);
  for (const GemmShape& shape : {GemmShape{2500, 3, 70}, GemmShape{1100, 2, 4099}}) {
    const spec::Format format = named("3opt");
    const Matrix<uint8_t> x = random_activations(shape.m, shape.k, format, random);
    const Matrix<int8_t> w = random_weights(shape.n, shape.k, random);
    const Matrix<int64_t> expected = gemm_reference(x, w, format, 32);
    for (const GemmPath path : paths()) {
      ASSERT_EQ(difference(gemm_fast(x, w, format, 32, {.path = path}), expected), "")
          << "path " << static_cast<int>(path);
    }
  }
}

TEST(GemmFastTest, SaysWhatItSupports) {
  EXPECT_TRUE(fast_supports(named("5opt"), 8, 32));
  EXPECT_TRUE(fast_supports(baseline(spec::Kind::kInt8, 4), 2, 18));
  EXPECT_FALSE(fast_supports(baseline(spec::Kind::kInt8, 9), 8, 32));
  EXPECT_FALSE(fast_supports(named("5opt"), 9, 32));
  EXPECT_FALSE(fast_supports(named("5opt"), 8, 33));
}

}  // namespace
}  // namespace sparq::golden
