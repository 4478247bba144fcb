// SPDX-License-Identifier: Apache-2.0
// Yosys and OpenSTA on a design small enough for a second.
#include "synth/timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "app/host/output.h"
#include "synth/compare.h"
#include "synth/structure.h"
#include "synth/tests/tiny.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kOsu018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

class TimingTest : public testing::Test {
 protected:
  void SetUp() override {
    auto flow = prepare_flow(SPARQ_SOURCE_DIR, load_library({kOsu018}, "--liberty").value(), 8);
    ASSERT_TRUE(flow) << "yosys is needed";
    flow_ = *std::move(flow);
    auto timer = prepare_timer(SPARQ_SOURCE_DIR, flow_.library);
    ASSERT_TRUE(timer) << "sta is needed";
    timer_ = *std::move(timer);
    auto mapped = map_design(flow_, "tiny_array", tiny_design().sources, 2, nullptr);
    ASSERT_TRUE(mapped);
    mapped_ = *std::move(mapped);
  }

  host::Result<Timing> time(const std::string& module) {
    return time_module(timer_, flow_, mapped_, keys_of(mapped_.netlist, module).front(), nullptr);
  }

  Flow flow_;
  Timer timer_;
  Mapped mapped_;
};

TEST_F(TimingTest, NamesTheLongestPathAsTheVerilogDoes) {
  const auto pe = time("tiny_pe");
  ASSERT_TRUE(pe) << host::to_text(std::get<host::ToolError>(pe.error()));
  EXPECT_THAT(pe->from, MatchesRegex("(sum_q|a_i|b_i)\\[.\\]"));
  EXPECT_EQ(pe->to, "sum_q[3]");
  EXPECT_THAT(pe->path, HasSubstr("slack (MET)"));
  EXPECT_THAT(pe->path, HasSubstr("DFFPOSX1"));
  const auto array = time("tiny_array");
  ASSERT_TRUE(array);
  EXPECT_THAT(array->to, MatchesRegex("gen_row\\[.\\]\\.gen_col\\[.\\]\\.u_pe/sum_q\\[3\\]"));
  // An AND gate between two registers is faster than an adder.
  const auto lane = time("tiny_lane");
  ASSERT_TRUE(lane);
  EXPECT_GT(lane->slack_ns, pe->slack_ns + 0.1);
  EXPECT_THAT(lane->from, MatchesRegex("[ab]_i\\[.\\]"));
  EXPECT_THAT(lane->to, MatchesRegex("product_o\\[.\\]"));
}

TEST_F(TimingTest, TheDelayDoesNotDependOnTheClock) {
  const double delay = 8 - time("tiny_pe")->slack_ns;
  EXPECT_GT(delay, 0.3);
  EXPECT_LT(delay, 3);
  EXPECT_NEAR(fmax_mhz(8, 8 - delay), 1000 / delay, 1e-6);
  flow_.clock_ns = delay - 0.125;
  const auto violated = time("tiny_pe");
  ASSERT_TRUE(violated);
  EXPECT_NEAR(violated->slack_ns, -0.125, 0.001);
  EXPECT_THAT(violated->path, HasSubstr("slack (VIOLATED)"));
}

TEST_F(TimingTest, EveryGateOfTheTimedNetlistIsTimed) {
  // One more gate on the only path: the difference is that gate's delay.
  Structures structures;
  Structure& chain = structures["chain"];
  chain.ports = {{"a_i", false, {2}}, {"y_o", true, {12}}};
  double delay = 0;
  for (int length = 1; length <= 10; ++length) {
    chain.instances.push_back({"inverter_" + std::to_string(length),
                               "INVX1",
                               {{"A", false, {1 + length}}, {"Y", true, {2 + length}}}});
    chain.ports[1].nets = {2 + length};
    mapped_.structures = to_json(structures).dump();
    const auto timing = time_module(timer_, flow_, mapped_, "chain", nullptr);
    ASSERT_TRUE(timing) << length;
    EXPECT_EQ(timing->from, "a_i");
    EXPECT_EQ(timing->to, "y_o");
    EXPECT_GT(8 - timing->slack_ns, delay + 0.005);
    EXPECT_LT(8 - timing->slack_ns, delay + 0.7);
    delay = 8 - timing->slack_ns;
  }
}

TEST_F(TimingTest, AStaThatSaysNothingIsAnError) {
  timer_.sta.path = "/bin/true";
  const auto timing = time("tiny_pe");
  ASSERT_FALSE(timing);
  EXPECT_EQ(std::get<host::ToolError>(timing.error()).tool, "sta");
  timer_.sta.path = "/bin/false";
  EXPECT_FALSE(time("tiny_pe"));
}

TEST_F(TimingTest, AFailingScriptIsAnErrorWithItsReason) {
  timer_.script += "\nno_such_command\n";  // OpenSTA exits with status 0
  const auto timing = time("tiny_pe");
  ASSERT_FALSE(timing);
  EXPECT_THAT(std::get<host::ToolError>(timing.error()).lines, HasSubstr("no_such_command"));
}

TEST_F(TimingTest, TheCacheForgetsNothingThatMatters) {
  const host::Temporary root = host::Temporary::directory_in(fs::temp_directory_path());
  auto cache = host::Cache::open(root.path());
  ASSERT_TRUE(cache);
  const std::string key = keys_of(mapped_.netlist, "tiny_pe").front();
  Timer broken = timer_;
  broken.sta.path = "/bin/false";
  EXPECT_FALSE(time_module(broken, flow_, mapped_, key, &*cache));  // and is not kept
  const auto first = time_module(timer_, flow_, mapped_, key, &*cache);
  ASSERT_TRUE(first);
  const auto second = time_module(broken, flow_, mapped_, key, &*cache);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->slack_ns, first->slack_ns);
  EXPECT_EQ(second->path, first->path);
  EXPECT_EQ(second->buffers, first->buffers);
  Flow slower = flow_;
  slower.clock_ns = 9;
  EXPECT_FALSE(time_module(broken, slower, mapped_, key, &*cache));
  Flow other = flow_;
  other.library.text += "\n";
  EXPECT_FALSE(time_module(broken, other, mapped_, key, &*cache));
  Mapped changed = mapped_;
  changed.structures += "\n";
  EXPECT_FALSE(time_module(broken, flow_, changed, key, &*cache));
  broken.sta.version += "1";
  EXPECT_FALSE(time_module(broken, flow_, mapped_, key, &*cache));
}

TEST_F(TimingTest, EveryRowOfAComparisonIsTimed) {
  auto comparison = compare(flow_, {tiny_design()}, 2, nullptr);
  ASSERT_TRUE(comparison);
  int done = 0;
  ASSERT_TRUE(add_timing(timer_, flow_, 2, nullptr, *comparison, [&] { ++done; }));
  EXPECT_EQ(done, 3);
  ASSERT_EQ(comparison->report.rows.size(), 3U);
  for (const Row& row : comparison->report.rows) {
    ASSERT_TRUE(row.timing) << row.module;
    EXPECT_GT(row.timing->slack_ns, 0);
  }
  EXPECT_THAT(to_table(comparison->report), ContainsRegex("between registers \\(DFFPOSX1\\)"));
  flow_.clock_ns = 0.1;
  comparison->report.clock_ns = 0.1;
  ASSERT_TRUE(add_timing(timer_, flow_, 2, nullptr, *comparison));
  EXPECT_THAT(to_table(comparison->report), HasSubstr("VIOLATED: slower than the clock"));
}

TEST_F(TimingTest, ALibraryWithoutTheCellsAroundAModuleIsRefused) {
  Library library = flow_.library;
  for (auto& [name, cell] : library.cells) cell.buffer = {};
  const auto timer = prepare_timer(SPARQ_SOURCE_DIR, library);
  ASSERT_FALSE(timer);
  EXPECT_THAT(spec::to_text(std::get<spec::Problems>(timer.error()).front()),
              HasSubstr("has no buffer"));
}

}  // namespace
}  // namespace sparq::synth
