// SPDX-License-Identifier: Apache-2.0
#include "synth/activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sparq::synth {
namespace {

constexpr const char* kHead = R"($timescale 1ns $end
$scope module testbench $end
$var reg 1 ! clk_i $end
$scope module u_pe $end
$var wire 1 " n3 $end
$scope module sum_q[3] $end
$var wire 1 " D $end
$var wire 1 # Q $end
$upscope $end
$upscope $end
$scope module other $end
$var wire 1 % x $end
$upscope $end
$upscope $end
$enddefinitions $end
)";

TEST(Activity, CountsTogglesAndTheTimeAtOne) {
  const auto read = read_activity(
      std::string(kHead) +
          "#30\n$dumpvars\n0!\n0\"\n1#\nx%\n$end\n#35\n1!\n#40\n1\"\n#50\n0\"\n1#\n#70\n1\"\n0#\n"
          "#110\n$dumpoff\nx!\nx\"\n$end\n",
      "u_pe");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 3U);  // neither the clock nor `other`
  const Activity& data = read->at("sum_q[3]/D");
  EXPECT_EQ(data.toggles, 3);
  EXPECT_DOUBLE_EQ(data.duty, (10.0 + 40) / 80);
  EXPECT_EQ(read->at("n3").toggles, 3);
  EXPECT_EQ(read->at("sum_q[3]/Q").toggles, 1);  // 1# twice is no toggle
  EXPECT_DOUBLE_EQ(read->at("sum_q[3]/Q").duty, 0.5);
}

TEST(Activity, AnUnknownValueIsAnError) {
  const auto read =
      read_activity(std::string(kHead) + "#30\n0\"\n#40\nx\"\n#50\n$dumpoff\n", "u_pe");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), "n3 is unknown at 40");
}

TEST(Activity, ADumpWithoutAnEndIsAnError) {
  EXPECT_FALSE(read_activity(std::string(kHead) + "#30\n0\"\n#40\n1\"\n", "u_pe"));
  EXPECT_FALSE(read_activity("", "u_pe"));
  EXPECT_FALSE(read_activity(std::string(kHead) + "#30\n$dumpoff\n", "u_pe"));
}

}  // namespace
}  // namespace sparq::synth
