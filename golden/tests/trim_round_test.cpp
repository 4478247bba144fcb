// SPDX-License-Identifier: Apache-2.0
#include "golden/trim_round.h"

#include <gtest/gtest.h>

#include "golden/static4.h"
#include "golden/tests/formats.h"
#include "golden/tests/oracle.h"

namespace sparq::golden {
namespace {

using spec::Rounding;
using testing::named;

TEST(TrimRoundTest, ExamplesOfTheDefinition) {
  EXPECT_EQ(trim_round(27, named("5opt", Rounding::kTrim)), (Window{1, 1, 13}));
  EXPECT_EQ(trim_round(27, named("5opt", Rounding::kTrim)).value(), 26U);
  EXPECT_EQ(trim_round(27, named("5opt")), (Window{1, 1, 14}));
  EXPECT_EQ(trim_round(27, named("5opt")).value(), 28U);
  EXPECT_EQ(trim_round(255, named("5opt")), (Window{4, 4, 15}));
  EXPECT_EQ(trim_round(255, named("5opt")).value(), 240U);
  EXPECT_EQ(trim_round(17, named("2opt")), (Window{1, 4, 1}));
  EXPECT_EQ(trim_round(17, named("2opt")).value(), 16U);
}

TEST(TrimRoundTest, ATieGoesToTheEvenDigit) {
  EXPECT_EQ(trim_round(25, named("5opt")).digit, 12U);  // 12.5
  EXPECT_EQ(trim_round(27, named("5opt")).digit, 14U);  // 13.5
  EXPECT_EQ(trim_round(24, named("2opt")).digit, 2U);   // 1.5
  EXPECT_EQ(trim_round(40, named("2opt")).digit, 2U);   // 2.5
}

TEST(TrimRoundTest, RoundingSaturatesInsideTheWindow) {
  EXPECT_EQ(trim_round(31, named("5opt")), (Window{1, 1, 15}));  // 15.5 would be 16
  EXPECT_EQ(trim_round(63, named("3opt")), (Window{1, 2, 15}));
}

TEST(TrimRoundTest, EveryActivationOfEveryNameAgreesWithTheOracle) {
  size_t checked = 0;
  for (const spec::Format& format : testing::named_formats()) {
    for (uint32_t x = 0; x < 256; ++x) {
      const Window window = trim_round(x, format);
      ASSERT_EQ(window.value(),
                testing::oracle_value(x, format.window_bits, format.placements, format.rounding))
          << full_name(format) << " " << x;
      ASSERT_EQ(window.shift, format.placements.at(static_cast<size_t>(window.code)));
      ASSERT_LT(window.digit, 1U << format.window_bits);
      // No lower placement would have held the leading one.
      if (window.code > 0) {
        const int lower = format.placements[static_cast<size_t>(window.code) - 1];
        ASSERT_GE(x, 1U << (format.window_bits + lower));
      }
      ++checked;
    }
  }
  EXPECT_EQ(checked, 40U * 256U);
}

TEST(TrimRoundTest, EveryActivationOfRandomFormatsOfEveryWidth) {
  std::mt19937 random(77);
  for (int a = spec::kMinActivationBits; a <= spec::kMaxActivationBits; ++a) {
    for (int i = 0; i < 6; ++i) {
      const spec::Format format = testing::random_format(a, random);
      const uint32_t stride = a > 10 ? 37 : 1;  // the oracle is slow
      for (uint32_t x = 0; x < 1U << a; x += stride) {
        ASSERT_EQ(trim_round(x, format).value(),
                  testing::oracle_value(x, format.window_bits, format.placements, format.rounding))
            << full_name(format) << " " << x;
      }
    }
  }
}

TEST(Static4Test, IsOneWindowAtTheTop) {
  for (int a = 5; a <= spec::kMaxActivationBits; ++a) {
    const spec::Format format = testing::baseline(spec::Kind::kInt4x8, a);
    const uint32_t stride = a > 10 ? 7 : 1;
    for (uint32_t x = 0; x < 1U << a; x += stride) {
      const uint32_t expected = testing::oracle_value(x, 4, {a - 4}, Rounding::kNearest);
      ASSERT_EQ(static4_value(x, format), expected) << a << " " << x;
      ASSERT_EQ(static4_digit(x, format) << (a - 4), expected);
    }
  }
}

TEST(TrimRoundDeathTest, AnActivationBeyondTheFormatAborts) {
  EXPECT_DEATH(trim_round(256, named("5opt")), "exceeds the highest window");
}

}  // namespace
}  // namespace sparq::golden
