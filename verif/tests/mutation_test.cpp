// SPDX-License-Identifier: Apache-2.0
// Does the score tell a strong bench from a weak one, and an equivalent mutant from a hole?
#include "verif/mutation/mutation.h"

#include <algorithm>
#include <map>

#include "verif/bench/unit_vectors.h"
#include "verif/mutation/equivalence.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

const gen::Output& design() {
  static const gen::Output output = generated(array_config(
      R"({"placements": "2opt"})", 2, 2, R"(, "weight_bits": 3, "accumulator_bits": 14)"));
  return output;
}

Subject subject(const std::string& ending, const gen::Output& output = design()) {
  const auto all = mutation_subjects(output, 1);
  if (!all) throw std::runtime_error("no subjects");
  for (const Subject& one : *all) {
    if (one.module.ends_with(ending)) return one;
  }
  throw std::runtime_error("no such module");
}

Check check(const Subject& what, size_t most = 200) {
  auto result = check_mutants(what, most, 1);
  if (!result) {
    host::report(result.error());
    throw std::runtime_error("a tool failed");
  }
  return *result;
}

TEST(Mutation, TheBenchesNoticeEveryMutant) {
  for (const char* module : {"_trim_round", "_pair_encoder", "_lane", "_skid_buffer"}) {
    const Check result = check(subject(module));
    EXPECT_TRUE(result.passed) << result.module << '\n' << result.detail;
    EXPECT_GE(result.cases, 100u) << module;
    EXPECT_NE(result.title.find("score 100.00 %"), std::string::npos) << result.title;
  }
}

TEST(Mutation, AWeakBenchLeavesHoles) {
  Subject weak = subject("_trim_round");
  const auto module =
      std::ranges::find(weak.design->modules, weak.module, &gen::EmittedModule::name);
  const auto unit = unit_vectors(*module, weak.design->config, Level::kQuick, 1);
  // Only activations that need no shift.
  weak.trials = {[vectors = unit->vectors.slice(0, 16)]() -> Trial {
    return {false, [vectors](const Model& model) {
              Dut dut = model.make(1);
              return !run_vectors(dut, vectors);
            }};
  }};
  const Check result = check(weak);
  EXPECT_FALSE(result.passed);
  EXPECT_NE(result.detail.find("NOT NOTICED: " + weak.module + ".v:"), std::string::npos)
      << result.detail;
}

TEST(Mutation, ABenchThatStopsNowhereLeavesHoles) {
  Subject weak = subject("_skid_buffer");
  weak.trials = {[]() -> Trial { return {false, [](const Model&) { return true; }}; }};
  const Check result = check(weak, 20);
  EXPECT_FALSE(result.passed);
  EXPECT_NE(result.title.find("0 noticed"), std::string::npos) << result.title;
}

TEST(Mutation, GatesThatAreWrongWithoutAMutantFail) {
  gen::Output broken = design();
  Subject what = subject("_trim_round");
  for (gen::EmittedModule& module : broken.modules) {
    if (module.name == what.module) {
      const size_t at = module.text.find("assign digit_o = ");
      module.text.insert(at + 17, "~");
    }
  }
  what.design = std::make_shared<const gen::Output>(broken);
  const Check result = check(what, 20);
  EXPECT_FALSE(result.passed);
  EXPECT_NE(result.detail.find("fail without a mutant"), std::string::npos) << result.detail;
}

// Proof and exhaustion are two ways to the same set of equivalent mutants.
TEST(Mutation, ProofAgreesWithExhaustion) {
  const Subject what = subject("_trim_round");
  const auto list = list_mutants(*what.design, what.top, what.module, 1000, 1);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->mutants.size(), list->possible);
  const auto planted = plant(*what.design, *list);
  ASSERT_TRUE(planted);
  auto simulator = Simulator::open(1);
  const auto model = simulator->build(*planted, what.top);
  ASSERT_TRUE(model);
  const Trial trial = what.trials[0]();
  ASSERT_TRUE(trial.exhaustive);
  std::vector<size_t> all;
  std::vector<bool> passes;
  for (size_t i = 0; i < list->mutants.size(); ++i) {
    all.push_back(i);
    passes.push_back(trial.passes(model->with(kMutantPort, i + 1)));
  }
  const auto proved = prove_equivalent(*what.design, *list, all);
  ASSERT_TRUE(proved);
  EXPECT_EQ(*proved, passes);
  EXPECT_NE(std::ranges::count(passes, true), 0);
  EXPECT_NE(std::ranges::count(passes, false), 0);
}

// That registers load where they might have held changes no result. It is proved from registers
// that begin with anything. A flag stuck the other way loses results.
TEST(Mutation, LoadsThatOnlyCostPowerAreEquivalent) {
  const std::map<std::string, std::string> kinds = {
      {"_dot_unit", R"("kind": "tensor_core")"},
      {"_pe", R"("rows": 2, "cols": 2)"},
      {"_ws_pe", R"("dataflow": "weight_stationary", "rows": 2, "cols": 2)"}};
  for (const auto& [role, array] : kinds) {
    SCOPED_TRACE(role);
    const gen::Output output = generated(
        R"({"format": {"kind": "int8"}, "weight_bits": 2, "accumulator_bits": 16,
            "zero_gating": true, "pipeline": {"after_reduce": true}, "array": {)" +
        array + "}}");
    const Subject unit = subject(role, output);
    const auto list = list_mutants(*unit.design, unit.top, unit.module, 10'000, 1);
    ASSERT_TRUE(list);
    const std::string& text =
        std::ranges::find(unit.design->modules, unit.module, &gen::EmittedModule::name)->text;
    const auto line = std::ranges::count(text.substr(0, text.find("counts_1 = ")), '\n') + 1;
    for (const bool loads : {false, true}) {
      std::vector<size_t> which;
      for (size_t i = 0; i < list->mutants.size() && which.size() < 3; ++i) {
        const Mutant& mutant = list->mutants[i];
        if (mutant.source.ends_with(".v:" + std::to_string(line)) &&
            to_text(mutant).ends_with(loads ? "stuck at 1" : "stuck at 0")) {
          which.push_back(i);
        }
      }
      ASSERT_EQ(which.size(), 3u);
      const auto equivalent = prove_equivalent(*unit.design, *list, which);
      ASSERT_TRUE(equivalent);
      EXPECT_EQ(*equivalent, std::vector<bool>(3, loads));
    }
  }
}

// Behind a reset no tile ends before one has begun. So a start that outlives a reset
// is harmless; an end that does would put a result on the bus that nobody asked for.
TEST(Mutation, OutputStationaryElementsEndOnlyWhatHasBegun) {
  const gen::Output output =
      generated(R"({"format": {"kind": "int8"}, "weight_bits": 2, "accumulator_bits": 12,
                    "pipeline": {"after_multiply": true}, "array": {"rows": 2, "cols": 2}})");
  const Subject pe = subject("_pe", output);
  const auto list = list_mutants(*pe.design, pe.top, pe.module, 10'000, 1);
  ASSERT_TRUE(list);
  const std::string& text =
      std::ranges::find(pe.design->modules, pe.module, &gen::EmittedModule::name)->text;
  // Of the registers that are reset beside one of this text, how many need not be.
  const auto harmless_of = [&](const std::string& reset, size_t registers) {
    const std::string before = text.substr(0, text.find(reset));
    const auto line = std::ranges::count(before.substr(0, before.rfind("always")), '\n') + 1;
    std::vector<size_t> which;
    for (size_t i = 0; i < list->mutants.size(); ++i) {
      const std::string mutant = to_text(list->mutants[i]);
      if (list->mutants[i].source.ends_with(".v:" + std::to_string(line)) &&
          mutant.find("pin R[0] ") != std::string::npos && mutant.ends_with("stuck at 1")) {
        which.push_back(i);
      }
    }
    EXPECT_EQ(which.size(), registers);
    const auto equivalent = prove_equivalent(*pe.design, *list, which);
    return equivalent ? std::ranges::count(*equivalent, true) : -1;
  };
  EXPECT_EQ(harmless_of("first_q2 <= 1'b0", 2), 1);  // first_q2, last_q2
  EXPECT_EQ(harmless_of("last_q3 <= 1'b0", 1), 0);
}

TEST(Mutation, ArraysAreScored) {
  for (const char* array : {"{}", R"({"array": {"kind": "tensor_core"}})"}) {
    const gen::Output output = generated(array);
    const Check result = check(subject(output.top().name, output), 40);
    EXPECT_TRUE(result.passed) << array << '\n' << result.detail;
    EXPECT_EQ(result.cases, 40u);
  }
}

// The contract is kept by the gates as they are, and broken by what the array's tests notice.
TEST(Mutation, AContractTellsSoundGatesFromWrongOnes) {
  const gen::Output output = generated("{}");
  const Subject what = subject(output.top().name, output);
  const auto list = list_mutants(*what.design, what.top, what.module, 20, 1);
  ASSERT_TRUE(list);
  const auto planted = plant(*what.design, *list);
  ASSERT_TRUE(planted);
  auto simulator = Simulator::open(1);
  const auto model = simulator->build(*planted, what.top);
  ASSERT_TRUE(model);
  size_t broken = 0;
  for (size_t number = 0; number <= list->mutants.size() && broken < 5; ++number) {
    const bool passes = std::ranges::all_of(what.trials, [&](const auto& trial) {
      return trial().passes(model->with(kMutantPort, number));
    });
    ASSERT_TRUE(passes || number > 0);
    if (passes && number > 0) continue;
    const auto proof =
        prove(with_mutant(*planted, number), *what.contract, std::chrono::seconds(60));
    ASSERT_TRUE(proof);
    if (number == 0) {
      EXPECT_TRUE(proof->passed) << proof->detail;
    } else {
      broken += proof->detail.starts_with("disproved") ? 1 : 0;
    }
  }
  EXPECT_EQ(broken, 5u);
}

// Verilator 5.006 simulates a vector whose bits depend on each other wrongly, and says so: that
// must stay an error of every model.
TEST(Mutation, FalseLoopsAreRefused) {
  const std::string name = "sparq_loop";
  const gen::EmittedModule loop = {
      name,
      gen::Role::kLibrary,
      "",
      0,
      {},
      {{"a_i", true, 1}, {"b_o", false, 2}},
      "module sparq_loop(input wire a_i, output wire [1:0] b_o);\n"
      "  wire [1:0] b;\n  wire [1:0] c;\n"
      "  assign c = {b[0], a_i};\n  assign b = ~c;\n  assign b_o = b;\nendmodule\n"};
  auto simulator = Simulator::open(1);
  const auto model = simulator->build({design().config, design().signature, {loop}}, name);
  ASSERT_FALSE(model);
  const auto* error = std::get_if<host::ToolError>(&model.error());
  ASSERT_NE(error, nullptr);
  EXPECT_NE(error->lines.find("UNOPTFLAT"), std::string::npos) << error->lines;
}

}  // namespace
}  // namespace sparq::verif
