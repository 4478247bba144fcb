// SPDX-License-Identifier: Apache-2.0
#include "synth/liberty.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace sparq::synth {
namespace {

using testing::HasSubstr;

constexpr const char* kFlipFlop = "cell(F) { area : 2; ff(Q, QN) { clocked_on : \"C\"; } }";

std::string small() {
  std::ifstream stream(SPARQ_TEST_DATA "/small.lib");
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The text of the first problem, or "" when there is none.
std::string problem(const std::string& text) {
  const auto library = parse_library({text}, {"x.lib"}, "--liberty");
  return library ? "" : spec::to_text(library.error().front());
}

TEST(Liberty, ReadsAreasAndKinds) {
  const auto library = parse_library({small()}, {"dir/small.lib"}, "--liberty");
  ASSERT_TRUE(library) << spec::to_text(library.error().front());
  EXPECT_EQ(library->name, "small");
  EXPECT_EQ(library->files.front().file, "small.lib");
  ASSERT_EQ(library->cells.size(), 13U);
  EXPECT_EQ(library->cells.at("INV").area, 4.5);
  EXPECT_EQ(library->cells.at("INV").kind, CellKind::kCombinational);
  EXPECT_EQ(library->cells.at("DFF").kind, CellKind::kFlipFlop);
  EXPECT_EQ(library->cells.at("LATCH").kind, CellKind::kLatch);
}

TEST(Liberty, GateEquivalentIsTheSmallestUsableNand2) {
  const auto library = parse_library({small()}, {"small.lib"}, "--liberty");
  ASSERT_TRUE(library);
  EXPECT_TRUE(library->cells.at("NAND2").nand2);
  EXPECT_TRUE(library->cells.at("NAND2_WIDE").nand2);
  EXPECT_TRUE(library->cells.at("NAND2_NEVER").nand2);
  EXPECT_FALSE(library->cells.at("OR2").nand2);
  EXPECT_EQ(library->nand2_area(), 6.0);
}

TEST(Liberty, TheCellsAroundATimedModuleArePlain) {
  const auto library = parse_library({small()}, {"small.lib"}, "--liberty");
  ASSERT_TRUE(library);
  ASSERT_NE(library->buffer(), library->cells.end());
  EXPECT_EQ(library->buffer()->first, "BUF");
  EXPECT_EQ(library->buffer()->second.buffer.data, "A");
  EXPECT_EQ(library->buffer()->second.buffer.output, "Y");
  // Of six flip-flops this is the largest: the others invert, hold, clear or clock otherwise.
  ASSERT_NE(library->flip_flop(), library->cells.end());
  EXPECT_EQ(library->flip_flop()->first, "DFF");
  EXPECT_EQ(library->flip_flop()->second.flip_flop.clock, "C");
}

TEST(Liberty, SeveralFilesAreOneLibrary) {
  const std::string first = std::string("library(one) { t(a) { } ") + kFlipFlop + " }";
  const std::string second = "library(two) { t(a) { } t(b) { } cell(G) { area : 3; } }";
  const auto library = parse_library({first, second}, {"1.lib", "2.lib"}, "--liberty");
  ASSERT_TRUE(library);
  EXPECT_EQ(library->name, "one");
  EXPECT_EQ(library->cells.size(), 2U);
  EXPECT_EQ(library->files.size(), 2U);
  const auto again = parse_library({library->text}, {"merged.lib"}, "--liberty");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->cells.at("G").area, 3.0);
  EXPECT_EQ(library->text.find("t(a)"), library->text.rfind("t(a)"));
  EXPECT_NE(library->text.find("t(b)"), std::string::npos);
}

TEST(Liberty, TheMapperSeesNoCellThatIsNotForLogic) {
  const std::string reserved =
      "cell(NEVER) { dont_use : true; } cell(ISO) { is_isolation_cell : \"true\"; } "
      "cell(SHIFT) { is_level_shifter : true; } cell(ON) { always_on : \"true\"; } ";
  const std::string plain = "cell(A) { area : 1; always_on : false; } ";
  const std::string first = "library(one) { " + plain + reserved + kFlipFlop + " }";
  const std::string second = "library(two) { cell(ALSO) { always_on : true; } cell(B) { } }";
  const auto library = parse_library({first, second}, {"1.lib", "2.lib"}, "--liberty");
  ASSERT_TRUE(library);
  EXPECT_EQ(library->cells.size(), 8U);
  EXPECT_TRUE(library->cells.at("ISO").dont_use);
  const auto seen = parse_library({library->mapper_text}, {"merged.lib"}, "--liberty");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->cells.size(), 3U);
  EXPECT_EQ(seen->cells.count("A") + seen->cells.count("B") + seen->cells.count("F"), 3U);
}

TEST(Liberty, InvertersLookLargerToTheMapperAlone) {
  const auto gate = [](const char* name, const char* area, const char* function) {
    return fmt::format(
        "cell({}) {{ /* area : 9; */ area : {}; pin(A) {{ direction : input; }} "
        "pin(Y) {{ direction : output; function : \"{}\"; }} }} ",
        name, area, function);
  };
  const auto library =
      parse_library({"library(x) { " + gate("INV", "16", "!A") + gate("SMALL", "\"3.75\"", "A'") +
                     gate("BUF", "24", "A") + kFlipFlop + " }"},
                    {"x.lib"}, "--liberty");
  ASSERT_TRUE(library) << spec::to_text(library.error().front());
  EXPECT_EQ(library->cells.at("INV").area, 16);
  const auto area = [](const std::string& text, const char* cell) {
    return parse_library({text}, {"x.lib"}, "--liberty")->cells.at(cell).area;
  };
  EXPECT_EQ(area(library->text, "INV"), 16);
  EXPECT_EQ(area(library->mapper_text, "INV"), 20);
  EXPECT_EQ(area(library->mapper_text, "SMALL"), 4.6875);
  EXPECT_EQ(area(library->mapper_text, "BUF"), 24);
}

TEST(Liberty, ACellInTwoFilesIsRefused) {
  const std::string text = std::string("library(one) { ") + kFlipFlop + " }";
  const auto library = parse_library({text, text}, {"1.lib", "2.lib"}, "--liberty");
  ASSERT_FALSE(library);
  EXPECT_EQ(spec::to_text(library.error().front()), "2.lib: cell(F): is defined twice");
}

TEST(Liberty, FilesOfDifferentUnitsAreRefused) {
  const std::string first = std::string("library(one) { time_unit : \"1ns\"; ") +
                            "capacitive_load_unit (1, pf); " + kFlipFlop + " }";
  const auto with = [&](const std::string& units) {
    return parse_library({first, "library(two) { " + units + " cell(G) { area : 3; } }"},
                         {"1.lib", "2.lib"}, "--liberty");
  };
  EXPECT_TRUE(with("time_unit : \"1ns\"; capacitive_load_unit(1,\"pf\");"));
  const auto mixed = with("time_unit : \"10ps\"; capacitive_load_unit(1000,pf);");
  ASSERT_FALSE(mixed);
  ASSERT_EQ(mixed.error().size(), 2U);
  EXPECT_EQ(spec::to_text(mixed.error().front()),
            "2.lib: time_unit = 10ps: must be \"1ns\" as in 1.lib, since the files become one "
            "library");
}

TEST(Liberty, MalformedFilesAreRefusedWithTheirLine) {
  EXPECT_THAT(problem(""), HasSubstr("x.lib: line 1: not a liberty file: holds no library group"));
  EXPECT_THAT(problem("\x7f\x45LF\x02\x01"), HasSubstr("not a liberty file"));
  EXPECT_THAT(problem("library(x) {\n cell(A) {\n area : 1;\n"), HasSubstr("line 2"));
  EXPECT_THAT(problem("library(x) {\n /* open"),
              HasSubstr("line 2: not a liberty file: a comment"));
  EXPECT_THAT(problem("library(x) {\n\n name : \"open }"), HasSubstr("line 3"));
  EXPECT_THAT(problem("library(x) { } }"), HasSubstr("something follows"));
  EXPECT_THAT(problem("library(x"), HasSubstr("'(' is not closed"));
  EXPECT_THAT(problem("module(x) { }"), HasSubstr("must be a library group"));
  EXPECT_THAT(problem("library(x) { cell }"), HasSubstr("'cell' needs ':' or '('"));
  EXPECT_THAT(problem(std::string(100000, '{')), HasSubstr("unexpected '{'"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "g(){";
  EXPECT_THAT(problem(deep), HasSubstr("nested too deeply"));
}

TEST(Liberty, EveryTruncationIsRefusedAndNoneCrashes) {
  const std::string whole = small();
  const size_t end = whole.rfind('}');
  for (size_t size = 0; size <= end; ++size) {
    ASSERT_NE(problem(whole.substr(0, size)), "") << size << " bytes";
  }
  EXPECT_EQ(problem(whole), "");
}

TEST(Liberty, UnusableContentsAreRefused) {
  EXPECT_THAT(problem("library(x) { cell(A) { area : 1; } }"), HasSubstr("has no flip-flop"));
  const std::string flop = kFlipFlop;
  EXPECT_EQ(problem("library(x) { cell(A) { area : big; } " + flop + " }"),
            "x.lib: cell(A).area = big: must be a number >= 0");
  EXPECT_THAT(problem("library(x) { cell(A) { area : -1; } " + flop + " }"), HasSubstr("cell(A)"));
  EXPECT_THAT(problem("library(x) { cell(A) { area : nan; } " + flop + " }"), HasSubstr("nan"));
}

TEST(Liberty, EveryMissingFileIsNamed) {
  const auto library =
      load_library({"/nonexistent/a.lib", SPARQ_TEST_DATA, "/nonexistent/b.lib"}, "--liberty");
  ASSERT_FALSE(library);
  ASSERT_EQ(library.error().size(), 3U);
  EXPECT_EQ(spec::to_text(library.error()[0]),
            "command line: --liberty = /nonexistent/a.lib: must be a file that can be read");
}

TEST(Liberty, DefaultClocks) {
  EXPECT_EQ(default_clock_ns("osu018_stdcells"), 8.0);
  EXPECT_EQ(default_clock_ns("sky130_fd_sc_hd__tt_025C_1v80"), 10.0);
  EXPECT_EQ(default_clock_ns("small"), std::nullopt);
}

}  // namespace
}  // namespace sparq::synth
