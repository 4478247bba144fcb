// SPDX-License-Identifier: Apache-2.0
#include "golden/stream.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "golden/activation.h"
#include "golden/gemm.h"
#include "golden/sparse24.h"
#include "golden/step.h"
#include "golden/tests/formats.h"

namespace sparq::golden {
namespace {

using testing::baseline;
using testing::named;
using testing::with_sign;

using Bytes = std::vector<uint8_t>;

TEST(StreamTest, TheExamplesOfTheDocument) {
  EXPECT_EQ(pack_stream(Matrix<uint64_t>(1, 2, {0xABC, 0x123}), {.word_bits = 12}),
            (Bytes{0xBC, 0x3A, 0x12, 0x00}));
  EXPECT_EQ(pack_stream(Matrix<uint64_t>(1, 3, {0x3FFF, 0x0001, 0x2001}), {.word_bits = 14}),
            (Bytes{0xFF, 0x7F, 0x00, 0x10, 0x00, 0x02, 0x00, 0x00}));
}

TEST(StreamTest, BitsPerWord) {
  const std::map<std::string, int> bits = {
      {"5opt", 16}, {"3opt", 14}, {"2opt", 12}, {"6opt", 14}, {"7opt", 12}};
  for (const auto& [name, expected] : bits) {
    EXPECT_EQ(step_bits(named(name)), expected);
    EXPECT_EQ(step_bits(with_sign(named(name))), expected + 2);
  }
  EXPECT_EQ(step_bits(baseline(spec::Kind::kInt8, 11)), 11);
  EXPECT_EQ(step_bits(baseline(spec::Kind::kInt4x8, 11)), 8);
}

TEST(StreamTest, RowsAreWholeMemoryWords) {
  EXPECT_EQ(row_bytes(1, {.word_bits = 12}), 4U);
  EXPECT_EQ(row_bytes(3, {.word_bits = 14}), 8U);
  EXPECT_EQ(row_bytes(8, {.word_bits = 12}), 12U);
  EXPECT_EQ(row_bytes(1, {.word_bits = 34}), 8U);
  EXPECT_EQ(row_bytes(3, {.word_bits = 12, .memory_bits = 8}), 5U);
  EXPECT_EQ(row_bytes(3, {.word_bits = 12, .memory_bits = 128}), 16U);
}

TEST(StreamTest, ThereAndBackForEveryWidth) {
  std::mt19937_64 random(7);
  for (int width = 1; width <= 64; ++width) {
    for (const int memory : {8, 16, 24, 32, 64, 1024}) {
      Matrix<uint64_t> words(3, 1 + random() % 40);
      for (auto& word : words.data) word = random() >> (64 - width);
      const StreamLayout layout{.word_bits = width, .memory_bits = memory};
      const Bytes bytes = pack_stream(words, layout);
      ASSERT_EQ(bytes.size(), 3 * row_bytes(words.cols, layout));
      ASSERT_EQ(unpack_stream(bytes, words.cols, layout, "s").value(), words);
    }
  }
}

TEST(StreamTest, RefusesLengthsAndPadding) {
  const StreamLayout layout{.word_bits = 12};
  const auto length = unpack_stream(Bytes(7), 2, layout, "s.bin");
  ASSERT_FALSE(length);
  EXPECT_EQ(
      to_text(length.error().at(0)),
      "s.bin: length = 7 bytes: must be a whole number of rows of 4 bytes (2 words of 12 bits, "
      "memory words of 32 bits)");
  // Every single bit of the padding is looked at.
  for (size_t bit = 24; bit < 32; ++bit) {
    Bytes bytes(12);
    bytes[4 + bit / 8] = static_cast<uint8_t>(1U << bit % 8);
    const auto padding = unpack_stream(bytes, 2, layout, "s.bin");
    ASSERT_FALSE(padding);
    ASSERT_EQ(padding.error().size(), 1U);
    EXPECT_EQ(padding.error()[0].field, "row 1 bit " + std::to_string(bit));
  }
}

// All words of a format's width, and as many beyond: exactly those that some pair of activations
// encodes to are decoded, to what they were encoded from.
void check_every_word(const spec::Format& format) {
  const uint32_t limit = 1U << format.activation_bits;
  const bool single = values_per_step(format) == 1;
  std::map<uint64_t, std::array<int32_t, 2>> legal;
  for (uint32_t x0 = 0; x0 < limit; ++x0) {
    for (uint32_t x1 = 0; x1 < (single ? 1 : limit); ++x1) {
      const std::array x = {static_cast<uint16_t>(x0), static_cast<uint16_t>(x1)};
      const uint64_t word = encode_step(std::span(x).first(single ? 1 : 2), format);
      const auto [at, is_new] = legal.emplace(word, quantize_pair(x0, x1, format));
      ASSERT_EQ(at->second, quantize_pair(x0, x1, format)) << full_name(format);
    }
  }
  size_t decoded = 0;
  for (uint64_t word = 0; word < uint64_t{2} << step_bits(format); ++word) {
    const auto values = decode_step(word, format);
    const auto found = legal.find(word);
    ASSERT_EQ(values.has_value(), found != legal.end()) << full_name(format) << " word " << word;
    if (!values) continue;
    ASSERT_EQ(*values, found->second) << full_name(format) << " word " << word;
    ++decoded;
  }
  ASSERT_EQ(decoded, legal.size());
}

TEST(DecodeStepTest, EveryWordOfEveryName) {
  for (const spec::Format& format : testing::named_formats()) check_every_word(format);
}

TEST(DecodeStepTest, EveryWordOfNarrowFormats) {
  std::mt19937 random(9);
  for (int a = spec::kMinActivationBits; a <= 8; ++a) {
    for (int i = 0; i < 12; ++i) {
      const spec::Format format = testing::random_format(a, random);
      if (step_bits(format) <= 20) check_every_word(format);
    }
    check_every_word(baseline(spec::Kind::kInt8, a));
    check_every_word(with_sign(baseline(spec::Kind::kInt8, a)));
    if (a == 4) continue;
    check_every_word(baseline(spec::Kind::kInt4x8, a));
    check_every_word(with_sign(baseline(spec::Kind::kInt4x8, a)));
  }
}

TEST(WordsTest, ActivationsThereAndBackAsTheirValues) {
  std::mt19937 random(10);
  for (int a = spec::kMinActivationBits; a <= spec::kMaxActivationBits; ++a) {
    for (const spec::Format& format :
         {testing::random_format(a, random), testing::random_format(a, random),
          baseline(spec::Kind::kInt8, a), with_sign(baseline(spec::Kind::kInt8, a)),
          baseline(spec::Kind::kInt4x8, std::max(a, 5))}) {
      for (size_t k = 1; k <= 9; ++k) {
        Matrix<uint16_t> x(4, k);
        for (auto& v : x.data) {
          v = static_cast<uint16_t>(random() % 3 == 0 ? 0 : random() % (1U << a));
        }
        const StreamLayout layout{.word_bits = step_bits(format)};
        const Matrix<uint64_t> words = encode_words(x, format);
        const Bytes bytes = pack_stream(words, layout);
        const auto back = unpack_stream(bytes, words.cols, layout, "s").value();
        const auto values = decode_words(back, k, format, "s");
        ASSERT_TRUE(values) << full_name(format) << ": " << to_text(values.error().at(0));
        ASSERT_EQ(*values, encode(x, format)) << full_name(format);
      }
    }
  }
}

TEST(WordsTest, NamesEveryIllegalWordAndWhatIsBeyondK) {
  const spec::Format format = named("3opt");
  Matrix<uint64_t> words = encode_words(Matrix<uint8_t>(2, 4, {1, 2, 3, 0, 5, 6, 7, 8}), format);
  EXPECT_TRUE(decode_words(words, 4, format, "s"));
  const auto beyond = decode_words(words, 3, format, "s.bin");
  ASSERT_FALSE(beyond);
  ASSERT_EQ(beyond.error().size(), 1U);
  EXPECT_EQ(beyond.error()[0].field, "row 1 step 1");
  EXPECT_EQ(beyond.error()[0].allowed, "must have a zero beyond K");
  words(0, 1) = 3U << 4;            // a code of no placement
  words(1, 0) = uint64_t{1} << 14;  // a bit too many
  const auto illegal = decode_words(words, 4, format, "s.bin");
  ASSERT_FALSE(illegal);
  ASSERT_EQ(illegal.error().size(), 2U);
  EXPECT_EQ(illegal.error()[0].field, "row 0 step 1");
  EXPECT_EQ(illegal.error()[1].field, "row 1 step 0");
  EXPECT_EQ(illegal.error()[1].value, "0x4000");
}

// Packed 2:4 weights lie in memory by the same rules.
TEST(StreamTest, PackedGroupsOfWeights) {
  const Matrix<int8_t> w(1, 8, {0, 1, 0, -1, 5, 0, 0, 0});
  const Matrix<uint64_t> words = pack24(w, 8);
  const StreamLayout layout{.word_bits = packed_group_bits(8)};
  const Bytes bytes = pack_stream(words, layout);
  EXPECT_EQ(bytes.size(), 8U);
  EXPECT_EQ(unpack24<int8_t>(*unpack_stream(bytes, 2, layout, "w"), 8, 8, "w").value(), w);
}

}  // namespace
}  // namespace sparq::golden
