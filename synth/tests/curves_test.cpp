// SPDX-License-Identifier: Apache-2.0
#include "synth/curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "synth/tests/tiny.h"

namespace sparq::synth {
namespace {

using Json = nlohmann::json;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CurvePoint point(const std::string& name, Adders adders, const spec::Pipeline& pipeline,
                 double area, double slack_ns) {
  CurvePoint point;
  point.unit.name = name;
  point.unit.role = name == "b" ? spec::Kind::kInt8 : spec::Kind::kSparq;
  point.unit.macs_per_cycle = name == "b" ? 1 : 2;
  point.unit.figures.area_um2 = area;
  point.unit.timing = {slack_ns, "from_q[0]", "to_q[1]", "", 0};
  point.adders = adders;
  point.pipeline = pipeline;
  point.as_configured = adders == Adders::kChains && pipeline == spec::Pipeline{};
  return point;
}

// At a clock of 8 ns.
Json hand_made() {
  Curves curves;
  curves.points = {point("s", Adders::kChains, {}, 100, 2),
                   point("s", Adders::kChains, {true, false}, 120, 2),  // larger, no faster
                   point("s", Adders::kChains, {false, true}, 110, 4),
                   point("s", Adders::kChains, {true, true}, 110, 4),  // the same again
                   point("s", Adders::kMixed, {}, 115, 4.0001),        // no faster that counts
                   point("s", Adders::kLookahead, {}, 130, -1),
                   point("b", Adders::kChains, {}, 90, 3),
                   point("b", Adders::kChains, {false, true}, 95, 4.5)};
  curves.points[5].unit.timing.reset();  // too large to be timed
  Json report = to_json(curves, 8);
  report["library"] = "hand";
  report["clock_ns"] = 8.0;
  return report;
}

TEST(Curves, ParetoPointsAreThoseThatNoneOfTheirDesignBeats) {
  const Json report = hand_made();
  std::vector<bool> pareto;
  for (const Json& each : report.at("curves")) pareto.push_back(each.at("pareto"));
  EXPECT_THAT(pareto, ElementsAre(true, false, true, false, false, false, true, true));
}

TEST(Curves, PointsOfEqualAreaSaySo) {
  const Json report = hand_made();
  const Json& points = report.at("curves");
  EXPECT_EQ(points[0].at("same_area_as"), Json::array());
  EXPECT_EQ(points[2].at("same_area_as"), Json({"chains, multiply, reduce"}));
  EXPECT_EQ(points[3].at("same_area_as"), Json({"chains, reduce"}));
  EXPECT_THAT(curves_table(report), HasSubstr("same area: chains, multiply, reduce\n"));
  EXPECT_THAT(curves_markdown(report), HasSubstr("| same area: chains, reduce |"));
}

TEST(Curves, FiguresFollowFromAreaAndSlack) {
  const Json report = hand_made();
  const Json& reduced = report.at("curves")[2];
  EXPECT_EQ(reduced.at("area_per_mac_um2"), 55);
  EXPECT_EQ(reduced.at("min_period_ns"), 4);
  EXPECT_EQ(reduced.at("fmax_mhz"), 250);
  EXPECT_EQ(reduced.at("fmax_ratio_to_int8"), 3.5 / 4);
  EXPECT_EQ(reduced.at("extra_latency_cycles"), 1);
  EXPECT_EQ(reduced.at("pipeline"), Json({{"after_multiply", false}, {"after_reduce", true}}));
  const Json& untimed = report.at("curves")[5];
  EXPECT_EQ(untimed.at("adder"), "lookahead");
  for (const char* key : {"min_period_ns", "fmax_mhz", "fmax_ratio_to_int8", "slack_ns"}) {
    EXPECT_TRUE(untimed.at(key).is_null()) << key;
  }
}

TEST(Curves, TextFitsATerminalAndCsvHasAFieldPerTitle) {
  const std::string table = curves_table(hand_made());
  for (size_t at = 0; at < table.size();) {
    const size_t end = table.find('\n', at);
    EXPECT_LE(end - at, 105U) << table.substr(at, end - at);
    at = end + 1;
  }
  const std::string csv = curves_csv(hand_made());
  EXPECT_EQ(std::ranges::count(csv, '\n'), 9);
  EXPECT_EQ(std::ranges::count(csv, ','),
            9 * std::ranges::count(csv.substr(0, csv.find('\n')), ','));
}

TEST(Curves, ThePlotJoinsParetoPointsAlone) {
  const std::string svg = curves_svg(hand_made());
  EXPECT_THAT(svg, ContainsRegex("d=\"M[0-9. ]*L[0-9. ]*\" fill=\"none\" stroke=\"#1f77b4\""));
  EXPECT_THAT(svg, HasSubstr(">chains, reduce</text>"));
  EXPECT_THAT(svg, Not(HasSubstr(">chains, multiply</text>")));
  // Hollow: three points of s beside its curve; the one without timing is nowhere.
  size_t hollow = 0;
  for (size_t at = 0; (at = svg.find("r=\"3\" fill=\"white\"", at)) != std::string::npos; ++at) {
    ++hollow;
  }
  EXPECT_EQ(hollow, 3U);
}

// Through Yosys and OpenSTA, on a design small enough for seconds.
TEST(Curves, EveryKindOfAdderIsSynthesizedAndTimed) {
  const auto library =
      load_library({"/usr/share/qflow/tech/osu018/osu018_stdcells.lib"}, "--liberty");
  const auto flow = prepare_flow(SPARQ_SOURCE_DIR, library.value(), 8);
  ASSERT_TRUE(flow) << "yosys is needed";
  const auto timer = prepare_timer(SPARQ_SOURCE_DIR, flow->library);
  ASSERT_TRUE(timer) << "sta is needed";
  size_t done = 0;
  const auto curves = measure_curves(*timer, *flow, {{{}, true, {tiny_design()}}}, 1, nullptr,
                                     [&](size_t total) { EXPECT_LE(++done, total); });
  ASSERT_TRUE(curves);
  EXPECT_EQ(done, 3U);
  EXPECT_THAT(curves->faults, IsEmpty());
  ASSERT_EQ(curves->points.size(), 3U);
  const auto mapped = map_design(*flow, "tiny_array", tiny_design().sources, 1, nullptr);
  ASSERT_TRUE(mapped);
  const Row as_ever = make_report(*flow, {tiny_design()}, {*mapped}).rows.front();
  const CurvePoint& chains = curves->points.front();
  EXPECT_TRUE(chains.as_configured);
  EXPECT_EQ(chains.unit.figures.area_um2, as_ever.figures.area_um2);
  for (const CurvePoint& each : curves->points) {
    EXPECT_EQ(each.unit.level, Level::kPe);
    EXPECT_EQ(each.as_configured, each.adders == Adders::kChains);
    ASSERT_TRUE(each.unit.timing);
  }
  // It has one sum, which only the chains build of the library's full adders.
  EXPECT_NE(curves->points[1].unit.figures.area_um2, as_ever.figures.area_um2);
  EXPECT_EQ(curves->points[1].unit.figures.area_um2, curves->points[2].unit.figures.area_um2);
}

TEST(Curves, AFaultNamesItsSetting) {
  const auto library =
      load_library({"/usr/share/qflow/tech/osu018/osu018_stdcells.lib"}, "--liberty");
  const auto flow = prepare_flow(SPARQ_SOURCE_DIR, library.value(), 8);
  ASSERT_TRUE(flow) << "yosys is needed";
  const auto timer = prepare_timer(SPARQ_SOURCE_DIR, flow->library);
  ASSERT_TRUE(timer) << "sta is needed";
  Design broken = tiny_design();
  broken.rows = 3;
  const auto curves = measure_curves(*timer, *flow, {{{true, false}, true, {broken}}}, 1, nullptr);
  ASSERT_TRUE(curves);
  EXPECT_THAT(curves->faults,
              ElementsAre("chains, multiply: tiny: the array holds 4 units, not 3 x 2",
                          "mixed, multiply: tiny: the array holds 4 units, not 3 x 2",
                          "lookahead, multiply: tiny: the array holds 4 units, not 3 x 2"));
}

}  // namespace
}  // namespace sparq::synth
