// SPDX-License-Identifier: Apache-2.0
#include "golden/pair.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "golden/spec/pair_layout.h"
#include "golden/tests/formats.h"
#include "golden/tests/oracle.h"
#include "golden/trim_round.h"

namespace sparq::golden {
namespace {

using testing::named;
using testing::oracle_pair;

TEST(PairTest, BothNonzeroHaveTheirOwnWindows) {
  const EncodedPair pair = encode_pair(27, 255, named("5opt"));
  EXPECT_EQ(pair, (EncodedPair{.digit = {14, 15}, .code = {1, 4}, .select = 0}));
}

TEST(PairTest, ASurvivorIsExactWithBothLanes) {
  const EncodedPair first = encode_pair(0xA7, 0, named("3opt"));
  EXPECT_EQ(first, (EncodedPair{.digit = {0x7, 0xA}, .code = {0, 2}, .select = 1}));
  const EncodedPair second = encode_pair(0, 0xA7, named("3opt"));
  EXPECT_EQ(second, (EncodedPair{.digit = {0x7, 0xA}, .code = {0, 2}, .select = 2}));
}

TEST(PairTest, ASurvivorOfNarrowWindowsGetsTwiceTheWidth) {
  // 6opt: six bits over S2 = {0,1,2}; 0b10110111 = 183 -> s = 2, 45.75 -> 46 = 0b101'110.
  EXPECT_EQ(encode_pair(183, 0, named("6opt")),
            (EncodedPair{.digit = {6, 5}, .code = {2, 5}, .select = 1}));
  EXPECT_EQ(pair_values(183, 0, named("6opt"))[0], 184);
  EXPECT_EQ(pair_values(183, 0, named("6opt", spec::Rounding::kTrim))[0], 180);
  EXPECT_EQ(pair_values(255, 0, named("7opt"))[0], 240);
}

TEST(PairTest, SignedActivationsAreWindowedByMagnitudeAndDigitsCarryTheSign) {
  const spec::Format format = testing::with_sign(named("5opt"));
  const uint32_t minus_27 = 256 - 27;
  EXPECT_EQ(encode_pair(minus_27, 127, format),
            (EncodedPair{.digit = {-14, 15}, .code = {1, 3}, .select = 0}));
  EXPECT_EQ(pair_values(minus_27, 127, format), (std::array{-28, 120}));
  EXPECT_EQ(encode_pair(128, 0, format),  // -128
            (EncodedPair{.digit = {0, -8}, .code = {0, 4}, .select = 1}));
  EXPECT_EQ(encode_pair(0, minus_27, format),
            (EncodedPair{.digit = {-11, -1}, .code = {0, 4}, .select = 2}));
  EXPECT_EQ(pair_values(128, minus_27, format), (std::array{-128, -28}));
  // The largest magnitude rounds up to what is no activation, but a value of the window.
  EXPECT_EQ(pair_values(127, 1, testing::with_sign(named("3opt"))), (std::array{128, 1}));
  // {select, code1, digit1, code0, digit0} with digits of 5 bits.
  EXPECT_EQ(pack(encode_pair(minus_27, 127, format), format),
            (3U << 13) | (15U << 8) | (1U << 5) | (32U - 14));
}

TEST(PairTest, APairOfZerosIsTheWordZero) {
  for (const spec::Format& format : testing::named_formats()) {
    EXPECT_EQ(encode_pair(0, 0, format), EncodedPair{}) << full_name(format);
    EXPECT_EQ(pack(encode_pair(0, 0, format), format), 0U) << full_name(format);
  }
}

TEST(PairTest, WithoutThePairRuleAZeroPartnerChangesNothing) {
  const spec::Format format = named("5opt", spec::Rounding::kNearest, false);
  const EncodedPair pair = encode_pair(27, 0, format);
  EXPECT_EQ(pair, (EncodedPair{.digit = {14, 0}, .code = {1, 0}, .select = 0}));
}

// Values, the word and the inner product agree for every pair, with an oracle that searches.
void check_all_pairs(const spec::Format& format) {
  const std::array<int32_t, 5> corners = {-128, -1, 0, 1, 127};
  const uint32_t limit = 1U << format.activation_bits;
  const int word_bits = spec::pair_layout(format).bits();
  size_t checked = 0;
  for (uint32_t x0 = 0; x0 < limit; ++x0) {
    for (uint32_t x1 = 0; x1 < limit; ++x1) {
      const auto expected = oracle_pair(x0, x1, format);
      ASSERT_EQ(pair_values(x0, x1, format), expected)
          << full_name(format) << " " << x0 << " " << x1;
      const EncodedPair pair = encode_pair(x0, x1, format);
      const uint64_t word = pack(pair, format);
      ASSERT_EQ(word >> word_bits, 0U);
      ASSERT_EQ(unpack(word, format), pair);
      for (const int32_t w0 : corners) {
        for (const int32_t w1 : corners) {
          ASSERT_EQ(dot(pair, w0, w1, format),
                    int64_t{expected[0]} * w0 + int64_t{expected[1]} * w1)
              << full_name(format) << " " << x0 << " " << x1 << " w " << w0 << " " << w1;
        }
      }
      ++checked;
    }
  }
  ASSERT_EQ(checked, size_t{limit} * limit);
}

class NamedPairTest : public ::testing::TestWithParam<spec::Format> {};

TEST_P(NamedPairTest, AgreesWithTheOracleForEveryPair) { check_all_pairs(GetParam()); }

std::string test_name(const ::testing::TestParamInfo<spec::Format>& info) {
  std::string name = full_name(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(EveryName, NamedPairTest, ::testing::ValuesIn(testing::named_formats()),
                         test_name);

TEST(PairTest, DistinctPairsAndBitsPerPair) {
  struct Expected {
    size_t distinct;
    int bits;
  };
  const std::map<std::string, Expected> table = {{"5opt", {2720, 16}},
                                                 {"3opt", {2032, 14}},
                                                 {"2opt", {1411, 12}},
                                                 {"6opt", {984, 14}},
                                                 {"7opt", {320, 12}}};
  for (const auto& [name, expected] : table) {
    const spec::Format format = named(name);
    std::set<uint64_t> words;
    for (uint32_t x0 = 0; x0 < 256; ++x0) {
      for (uint32_t x1 = 0; x1 < 256; ++x1) words.insert(pack(encode_pair(x0, x1, format), format));
    }
    EXPECT_EQ(words.size(), expected.distinct) << name;
    EXPECT_EQ(spec::pair_layout(format).bits(), expected.bits) << name;
  }
}

TEST(PairTest, EveryShiftIsAPlacementForRandomFormatsOfEveryWidth) {
  std::mt19937 random(20211);
  for (int a = spec::kMinActivationBits; a <= spec::kMaxActivationBits; ++a) {
    for (int i = 0; i < 12; ++i) {
      const spec::Format format = testing::random_format(a, random);
      std::uniform_int_distribution<uint32_t> activation(0, (1U << a) - 1);
      std::uniform_int_distribution<int32_t> weight(-32768, 32767);
      for (int j = 0; j < 300; ++j) {
        const uint32_t x0 = j % 3 == 0 ? 0 : activation(random);
        const uint32_t x1 = j % 5 == 0 ? 0 : activation(random);
        const auto expected = oracle_pair(x0, x1, format);
        ASSERT_EQ(pair_values(x0, x1, format), expected) << full_name(format) << x0 << " " << x1;
        const EncodedPair pair = encode_pair(x0, x1, format);
        ASSERT_EQ(unpack(pack(pair, format), format), pair);
        const int32_t w0 = weight(random);
        const int32_t w1 = weight(random);
        ASSERT_EQ(dot(pair, w0, w1, format), int64_t{expected[0]} * w0 + int64_t{expected[1]} * w1)
            << full_name(format) << " " << x0 << " " << x1;
      }
    }
  }
}

}  // namespace
}  // namespace sparq::golden
