// SPDX-License-Identifier: Apache-2.0
// End to end through Yosys, on a design small enough for a second.
#include "synth/flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "app/host/output.h"
#include "synth/compare.h"
#include "synth/tests/tiny.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kOsu018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

class FlowTest : public testing::Test {
 protected:
  void SetUp() override {
    auto library = load_library({kOsu018}, "--liberty");
    ASSERT_TRUE(library) << spec::to_text(library.error().front());
    auto flow = prepare_flow(SPARQ_SOURCE_DIR, *std::move(library), 8);
    ASSERT_TRUE(flow) << "yosys is needed";
    flow_ = *std::move(flow);
  }

  Report report_of(const Design& design) {
    const auto mapped = map_design(flow_, design.array, design.sources, 2, nullptr);
    if (!mapped) {
      ADD_FAILURE() << host::to_text(std::get<host::ToolError>(mapped.error()));
      return {};
    }
    return make_report(flow_, {design}, {*mapped});
  }

  Flow flow_;
};

// PATH for the time of one test.
class Path {
 public:
  explicit Path(const std::string& value) {
    const char* old = std::getenv("PATH");
    if (old != nullptr) old_ = old;
    setenv("PATH", value.c_str(), 1);
  }
  ~Path() { setenv("PATH", old_.c_str(), 1); }

 private:
  std::string old_;
};

TEST_F(FlowTest, SynthesizesATinyArray) {
  const Design design = tiny_design();
  const auto mapped = map_design(flow_, design.array, design.sources, 2, nullptr);
  ASSERT_TRUE(mapped) << host::to_text(std::get<host::ToolError>(mapped.error()));
  const Report report = make_report(flow_, {design}, {*mapped});
  EXPECT_THAT(report.faults, IsEmpty());
  ASSERT_EQ(report.rows.size(), 3U);  // no encoder
  const Row& pe = report.rows.front();
  const Row& array = report.rows.back();
  EXPECT_EQ(pe.figures.flip_flops, 4);
  EXPECT_EQ(pe.figures.sequential_area_um2, 4 * 96);
  EXPECT_EQ(array.figures.area_um2, 4 * pe.figures.area_um2);
  EXPECT_EQ(array.figures.cells, 4 * pe.figures.cells);
  // A lane is four AND gates; the library's AND2X1 has an area of 32.
  EXPECT_EQ(report.rows[1].level, Level::kLane);
  EXPECT_EQ(report.rows[1].figures.area_um2, 4 * 32);
  EXPECT_GT(report.rows[1].figures.delay_ns.value_or(0), 0.01);
  EXPECT_THAT(mapped->verilog, HasSubstr("module tiny_array"));
  EXPECT_THAT(mapped->scripts.back().text, HasSubstr("-script map.abc"));
}

TEST_F(FlowTest, AreaAgreesWithYosysOwn) {
  // The tool's arithmetic beside ours, on the same netlists, each module without its submodules,
  // and with areas as they are.
  flow_.library.mapper_text = flow_.library.text;
  flow_.script += "\nstat -liberty library.lib -top @TOP@\n";
  const Design design = tiny_design();
  const auto mapped = map_design(flow_, design.array, design.sources, 2, nullptr);
  ASSERT_TRUE(mapped);
  const Report report = make_report(flow_, {design}, {*mapped});
  ASSERT_EQ(report.modules.size(), 3U);
  for (const ModuleRow& row : report.modules) {
    if (row.figures.own_area_um2 == 0) continue;  // `stat` is silent there
    EXPECT_THAT(mapped->log, ContainsRegex("Chip area for .*module .*" + row.module +
                                           ".*: " + std::to_string(row.figures.own_area_um2)));
  }
}

TEST_F(FlowTest, AModuleIsMappedAlikeInEveryDesign) {
  const Design alone = tiny_design();
  Design beside = tiny_design();
  std::string& text = beside.sources.front().text;
  text = replaced(text, "`default_nettype none", R"(`default_nettype none
module aaa_first(input wire [9:0] x_i, output wire [9:0] y_o);
  assign y_o = (x_i + 10'd3) ^ (x_i - 10'd7) ^ {x_i[0], x_i[9:1]} ^ (x_i * 10'd5);
endmodule
)");
  text = replaced(text, "  genvar r, c;", R"(
  aaa_first u_first (.x_i({2'b0, a_i}), .y_o());
  genvar r, c;)");
  const auto one = map_design(flow_, alone.array, alone.sources, 1, nullptr);
  const auto other = map_design(flow_, beside.array, beside.sources, 1, nullptr);
  ASSERT_TRUE(one && other);
  const auto pe_of = [](const std::string& verilog) {
    const size_t begin = verilog.find("module \\$paramod\\tiny_pe");
    return verilog.substr(begin, verilog.find("endmodule", begin) - begin);
  };
  EXPECT_THAT(other->verilog, HasSubstr("module aaa_first"));
  EXPECT_THAT(pe_of(one->verilog), HasSubstr("DFF"));
  EXPECT_EQ(pe_of(one->verilog), pe_of(other->verilog));
}

TEST_F(FlowTest, ALatchIsRefused) {
  Design design = tiny_design();
  std::string& text = design.sources.front().text;
  text = replaced(text, "output wire [Width-1:0] product_o", "output reg [Width-1:0] product_o");
  text = replaced(text, "assign product_o = a_i & b_i;",
                  "always @* if (a_i[0]) product_o = a_i & b_i;");
  EXPECT_THAT(report_of(design).faults, Contains(HasSubstr("latches are not allowed")));
}

TEST_F(FlowTest, APeThatVanishesIsNoticed) {
  Design design = tiny_design();
  std::string& text = design.sources.front().text;
  text = replaced(text, "  genvar r, c;", R"(
  wire [Width-1:0] nowhere;
  tiny_pe #(.Width(Width)) u_extra (
      .clk_i(clk_i), .rst_ni(rst_ni), .a_i(a_i[0+:Width]), .b_i(b_i[0+:Width]), .sum_q(nowhere));
  genvar r, c;)");
  design.rows = 5;
  design.cols = 1;
  EXPECT_THAT(report_of(design).faults,
              ElementsAre("tiny: tiny_array: has 5 instances of tiny_pe as written, but 4 after "
                          "synthesis",
                          "tiny: the array holds 4 units, not 5 x 1"));
}

TEST_F(FlowTest, AFailingYosysIsAToolErrorWithItsLastLines) {
  Design design = tiny_design();
  design.sources.front().text += "module broken (input wire a; endmodule\n";
  const auto mapped = map_design(flow_, design.array, design.sources, 2, nullptr);
  ASSERT_FALSE(mapped);
  const auto* error = std::get_if<host::ToolError>(&mapped.error());
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->tool, "yosys");
  EXPECT_THAT(error->lines, HasSubstr("syntax error"));
}

TEST_F(FlowTest, AMappingThatChangesTheFunctionIsAToolError) {
  const Design design = tiny_design();
  const std::string proved = flow_.mapping;
  for (const std::string& mapping :
       {replaced(proved, "cec before.blif", ""), replaced(proved, "&get", "zeropo -N 0; &get")}) {
    flow_.mapping = mapping;
    const auto mapped = map_design(flow_, design.array, design.sources, 2, nullptr);
    ASSERT_FALSE(mapped) << mapping;
    const auto* error = std::get_if<host::ToolError>(&mapped.error());
    ASSERT_NE(error, nullptr);
    EXPECT_THAT(host::to_text(*error), HasSubstr("could not show that its mapping of"));
  }
}

TEST_F(FlowTest, AnUndefinedModuleIsAToolError) {
  Design design = tiny_design();
  std::string& text = design.sources.front().text;
  text = replaced(text, "tiny_lane #(.Width(Width)) u_lane", "missing #(.Width(Width)) u_lane");
  EXPECT_FALSE(map_design(flow_, design.array, design.sources, 2, nullptr));
}

TEST_F(FlowTest, AMissingYosysNamesItsPackage) {
  const Path path("/nonexistent");
  const auto flow = prepare_flow(SPARQ_SOURCE_DIR, flow_.library, 8);
  ASSERT_FALSE(flow);
  const auto* error = std::get_if<host::ToolError>(&flow.error());
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->package, "yosys");
}

TEST_F(FlowTest, TheCacheGivesTheSameAndForgetsNothingThatMatters) {
  const host::Temporary root = host::Temporary::directory_in(fs::temp_directory_path());
  auto cache = host::Cache::open(root.path());
  ASSERT_TRUE(cache);
  const Design design = tiny_design();
  const auto first = map_design(flow_, design.array, design.sources, 1, &*cache);
  ASSERT_TRUE(first);
  Flow broken = flow_;
  broken.yosys.path = "/bin/false";  // a second run does not need it
  broken.clock_ns = 9;               // mapping does not depend on it
  const auto second = map_design(broken, design.array, design.sources, 1, &*cache);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->verilog, first->verilog);
  EXPECT_EQ(second->log, first->log);
  EXPECT_EQ(make_report(flow_, {design}, {*second}).rows.back().figures.area_um2,
            make_report(flow_, {design}, {*first}).rows.back().figures.area_um2);
  for (const auto& change : std::vector<std::function<void(Flow&)>>{
           [](Flow& flow) { flow.yosys.version += "1"; },
           [](Flow& flow) { flow.elaborate += "\n"; },
           [](Flow& flow) { flow.script += "\n"; },
           [](Flow& flow) { flow.mapping += "\n"; },
           [](Flow& flow) { flow.operators += "\n"; },
           [](Flow& flow) { flow.barriers += "\n"; },
           [](Flow& flow) { flow.library.mapper_text += "\n"; },
       }) {
    Flow changed = broken;
    change(changed);
    EXPECT_FALSE(map_design(changed, design.array, design.sources, 1, &*cache));
  }
}

TEST_F(FlowTest, ComparesInOneRun) {
  Design one = tiny_design();
  Design other = tiny_design();
  other.name = "other";
  other.role = spec::Kind::kInt8;
  int done = 0;
  const auto comparison = compare(flow_, {one, other}, 2, nullptr, [&] { ++done; });
  ASSERT_TRUE(comparison);
  EXPECT_EQ(done, 2);
  EXPECT_EQ(comparison->report.rows.size(), 6U);
  for (const Row& row : comparison->report.rows) EXPECT_EQ(row.ratio_to_int8, 1.0);
}

}  // namespace
}  // namespace sparq::synth
