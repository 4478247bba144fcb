// SPDX-License-Identifier: Apache-2.0
// Sums, products and choices as the flow builds them, proved equal to the operators.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/host/output.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "synth/adder_cells.h"
#include "synth/liberty_function.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kOsu018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
constexpr const char* kFlipFlop = "cell(F) { area : 2; ff(Q, QN) { clocked_on : \"C\"; } }";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(LibertyFunction, TablesAndPrecedence) {
  EXPECT_EQ(truth_table("A", {"A"}), 0b10U);
  EXPECT_EQ(truth_table("!A", {"A"}), 0b01U);
  EXPECT_EQ(truth_table("A B", {"A", "B"}), 0b1000U);
  EXPECT_EQ(truth_table("(A B)'", {"A", "B"}), 0b0111U);
  EXPECT_EQ(truth_table("A+B*C", {"A", "B", "C"}), 0b11101010U);
  EXPECT_EQ(truth_table("A ^ B & C", {"A", "B", "C"}), 0b01100000U);  // ^ binds tightest
  EXPECT_EQ(truth_table("A|(!B'&C)", {"A", "B", "C"}), 0b11101010U);
  EXPECT_EQ(truth_table("(((A B)+(B C))+(C A))", {"A", "B", "C"}), 0b11101000U);
}

TEST(LibertyFunction, WhatIsNotUnderstoodHasNone) {
  for (const char* text : {"", "A B", "(A", "A)", "A+", "A ? A", "IQ"}) {
    EXPECT_EQ(truth_table(text, {"A"}), std::nullopt) << text;
  }
}

std::string adder(const std::string& name, double area, const std::string& sum,
                  const std::string& more = "") {
  return fmt::format(
      "cell({}) {{ area : {}; {} pin(A) {{ direction : input; }} pin(B) {{ direction : input; }}"
      "pin(CO) {{ direction : output; function : \"A B\"; }}"
      "pin(S) {{ direction : output; function : \"{}\"; }} }}\n",
      name, area, more, sum);
}

TEST(AdderCells, TheSmallestUsableOneIsTaken) {
  const auto library =
      parse_library({"library(x) { " + std::string(kFlipFlop) + adder("WIDE", 9, "A^B") +
                     adder("GOOD", 8, "(A !B) + (!A B)") + adder("WRONG", 1, "A+B") +
                     adder("NEVER", 2, "A^B", "dont_use : true;") + " }"},
                    {"x.lib"}, "--liberty");
  ASSERT_TRUE(library);
  EXPECT_EQ(library->adder(2), "GOOD");
  EXPECT_EQ(library->adder(3), std::nullopt);
  EXPECT_EQ(missing_adders(*library), "full adder");
  EXPECT_THAT(adder_cells(*library), HasSubstr("\\GOOD u_cell (.\\A (a), .\\B (b), .\\S (sum)"));
}

// An operation on operands of `a` and `b` bits, of which `y` bits are asked for.
struct Shape {
  const char* operation;
  int a;
  int b;
  int y;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << fmt::format("{}: {} and {} bits to {}", shape.operation, shape.a, shape.b, shape.y);
}

class Adders : public testing::TestWithParam<Shape> {};

std::string yosys_output(const fs::path& folder, const std::string& script) {
  const auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return "no yosys";
  std::ofstream(folder / "script.ys") << script;
  const host::Outcome outcome = host::run({.argv = {yosys->path.string(), "-Q", "script.ys"},
                                           .cwd = folder,
                                           .env = {},
                                           .log = folder / "log",
                                           .timeout = {}});
  return outcome.ok() ? text_of(folder / "log") : "failed: " + text_of(folder / "log");
}

// Yosys' proof that a shape built from the library's adders is the operator; the cells' functions
// are taken from `liberty`.
std::string proof(const Shape& shape, const Library& library, const char* liberty) {
  const host::Temporary folder = host::Temporary::directory_in(fs::temp_directory_path());
  std::ofstream(folder.path() / "adder_cells.v") << adder_cells(library);
  for (const char* name : {"operators.v", "barriers.v"}) {
    fs::copy_file(fs::path(SPARQ_SOURCE_DIR "/synth/flow") / name, folder.path() / name);
  }
  std::ofstream(folder.path() / "top.v") << fmt::format(
      "module top(input [{}:0] a, input [{}:0] b, output [{}:0] y); assign y = {}; endmodule\n",
      shape.a - 1, shape.b - 1, shape.y - 1, shape.operation);
  return yosys_output(folder.path(), fmt::format(R"(
read_verilog top.v
prep -top top
wreduce
design -save written
techmap -map operators.v
select -assert-none t:$add t:$mul
select -assert-min 1 t:sparq_fa
simplemap t:$pos
opt -fast
techmap -map adder_cells.v
opt -fast
techmap -map adder_cells.v
techmap -map barriers.v
select -assert-{} t:FAX1
select -assert-none t:sparq_fa t:sparq_ha
read_liberty -ignore_miss_func {}
flatten top
design -stash built
design -copy-from written -as gold top
design -copy-from built -as gate top
miter -equiv gold gate miter
flatten miter
sat -verify -prove trigger 0 miter
)",
                                                 library.adder(3) ? "min 1" : "none", liberty));
}

// Choices by a code, as lanes make them.
std::string choice_proof(const std::string& choice, bool built) {
  const host::Temporary folder = host::Temporary::directory_in(fs::temp_directory_path());
  for (const char* name : {"operators.v", "barriers.v"}) {
    fs::copy_file(fs::path(SPARQ_SOURCE_DIR "/synth/flow") / name, folder.path() / name);
  }
  std::ofstream(folder.path() / "top.v") << fmt::format(
      "module top(input [1:0] code, input signed [4:0] a, output [8:0] y);\n"
      "  wire [8:0] wide = {{{{4{{a[4]}}}}, a}};\n  assign y = {};\nendmodule\n",
      choice);
  return yosys_output(folder.path(), fmt::format(R"(
read_verilog top.v
prep -top top
opt
design -save written
muxpack
opt_clean
techmap -map operators.v
select -assert-none t:$pmux
select -assert-count {} t:sparq_barrier
techmap -map barriers.v
design -stash built
design -copy-from written -as gold top
design -copy-from built -as gate top
miter -equiv gold gate miter
flatten miter
sat -verify -prove trigger 0 miter
)",
                                                 built ? 2 : 0));
}

constexpr const char* kProved = "SAT proof finished - no model found: SUCCESS!";

TEST_P(Adders, AreTheOperators) {
  const auto library = load_library({kOsu018}, "--liberty");
  ASSERT_TRUE(library);
  EXPECT_THAT(proof(GetParam(), *library, kOsu018), HasSubstr(kProved));
}

TEST_P(Adders, GatesDoAsWellWhereALibraryHasNoAdders) {
  const auto library =
      parse_library({"library(x) { " + std::string(kFlipFlop) + " }"}, {"x.lib"}, "--liberty");
  ASSERT_TRUE(library);
  EXPECT_EQ(missing_adders(*library), "full adder or half adder");
  EXPECT_THAT(proof(GetParam(), *library, kOsu018), HasSubstr(kProved));
}

TEST(Choices, OfThreeWordsAreAnAndOrBehindBarriers) {
  for (const char* choice : {"code == 0 ? wide : code == 2 ? wide << 4 : wide << 2",
                             "code == 1 ? wide << 1 : code == 2 ? wide << 2 : wide"}) {
    EXPECT_THAT(choice_proof(choice, true), HasSubstr(kProved)) << choice;
  }
  for (const char* other :
       {"code == 0 ? wide : wide << 2", "code[1] ? wide : code[0] ? wide << 2 : wide << 4"}) {
    EXPECT_THAT(choice_proof(other, false), HasSubstr(kProved)) << other;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Adders,
                         testing::Values(Shape{"a + b", 8, 8, 8}, Shape{"a + b", 8, 5, 12},
                                         Shape{"$signed(a) + $signed(b)", 6, 9, 13},
                                         Shape{"$signed(a) + $signed(b)", 8, 8, 9},
                                         Shape{"$signed(a) + $signed(b)", 8, 6, 9},
                                         Shape{"{a[6], a} + {b[6], b}", 7, 7, 8},
                                         Shape{"{{2{a[5]}}, a} + {{2{b[5]}}, b}", 6, 6, 8},
                                         Shape{"{a[6], a} + b", 7, 8, 8},
                                         Shape{"{a[7:3], 3'b101} + {b, 2'b0}", 8, 6, 9},
                                         Shape{"a * b", 4, 8, 12}, Shape{"a * b", 5, 5, 7},
                                         Shape{"$signed({1'b0, a}) * $signed(b)", 4, 8, 12},
                                         Shape{"$signed({1'b0, a}) * $signed(b)", 4, 8, 17},
                                         Shape{"$signed({1'b0, a}) * $signed(b)", 2, 8, 11},
                                         Shape{"$signed({1'b0, a}) * $signed(b)", 5, 2, 7},
                                         Shape{"$signed(a) * $signed(b)", 5, 6, 12},
                                         Shape{"$signed(a) * $signed(b)", 2, 4, 6},
                                         Shape{"$signed({a, 1'b1}) * $signed(b)", 3, 5, 9}));

}  // namespace
}  // namespace sparq::synth
