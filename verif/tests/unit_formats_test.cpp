// SPDX-License-Identifier: Apache-2.0
// The units of every named format, rounding and pair rule, and of unusual widths.
#include <algorithm>
#include <filesystem>
#include <regex>

#include "app/host/output.h"
#include "verif/bench/lint.h"
#include "verif/bench/units.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;

void expect_passed(const std::vector<Task>& tasks) {
  ASSERT_FALSE(tasks.empty());
  for (const Task& task : tasks) {
    const auto checks = task.run();
    ASSERT_TRUE(checks) << task.label;
    for (const Check& check : *checks) {
      EXPECT_TRUE(check.passed) << check.module << ": " << check.title << "\n" << check.detail;
      EXPECT_GT(check.cases, 0u);
    }
  }
}

// All pairs of activations through the encoder, which contains the trim-and-round units.
TEST(UnitFormats, EveryNamedEncoderIsExhaustivelyRight) {
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  CheckOptions options;
  options.jobs = 2;
  options.case_dir = cases.path();
  int configs = 0;
  for (const std::string& name : spec::placement_names()) {
    for (const char* rounding : {"nearest", "trim"}) {
      for (const char* vsparq : {"true", "false"}) {
        const gen::Output output =
            generated(array_config(R"({"placements": ")" + name + R"(", "rounding": ")" + rounding +
                                       R"(", "vsparq": )" + vsparq + "}",
                                   2, 2));
        std::vector<Task> tasks = unit_tasks(output, options);
        std::erase_if(tasks, [](const Task& t) { return !t.label.ends_with("_pair_encoder"); });
        expect_passed(tasks);
        ++configs;
      }
    }
  }
  EXPECT_EQ(configs, 20);
}

// The streams at other widths of a memory word, as an integrator sets them.
TEST(UnitStreams, AtOtherWidthsOfAMemoryWord) {
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  CheckOptions options;
  options.case_dir = cases.path();
  for (const auto& [format, memory_bits] :
       {std::pair(R"({"placements": "7opt"})", 8), std::pair(R"({"kind": "int8"})", 64),
        std::pair(R"({"activation_bits": 16, "window_bits": 15, "placements": [0, 1]})", 24)}) {
    gen::Output output = generated(array_config(format, 2, 2));
    for (gen::EmittedModule& module : output.modules) {
      if (!module.name.ends_with("packer") || module.role == gen::Role::kLibrary) continue;
      const std::string from = "parameter MemoryBits = 32";
      ASSERT_NE(module.text.find(from), std::string::npos);
      module.text.replace(module.text.find(from), from.size(),
                          "parameter MemoryBits = " + std::to_string(memory_bits));
      for (gen::Port& port : module.ports) {
        if (port.name.starts_with("memory_data")) port.width = memory_bits;
      }
    }
    std::vector<Task> tasks = unit_tasks(output, options);
    std::erase_if(tasks, [](const Task& t) { return !t.label.ends_with("packer"); });
    EXPECT_EQ(tasks.size(), 2u);
    expect_passed(tasks);
  }
}

class UnitWidths : public testing::TestWithParam<std::string> {};

TEST_P(UnitWidths, EveryUnitIsRight) {
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  CheckOptions options;
  options.jobs = 2;
  options.case_dir = cases.path();
  const gen::Output output = generated(GetParam());
  expect_passed(unit_tasks(output, options));
  expect_passed(lint_tasks(output));
}

INSTANTIATE_TEST_SUITE_P(
    Some, UnitWidths,
    testing::Values(
        array_config(R"({"kind": "int8"})", 2, 2), array_config(R"({"kind": "int4x8"})", 2, 2),
        array_config(R"({"placements": "7opt"})", 2, 2, R"(, "weight_bits": 4)"),
        array_config(R"({"activation_bits": 4, "window_bits": 1, "placements": [0, 1, 2, 3]})", 2,
                     2, R"(, "weight_bits": 2, "accumulator_bits": 8)"),
        array_config(R"({"activation_bits": 10, "window_bits": 5, "placements": [0, 2, 5]})", 2, 2,
                     R"(, "weight_bits": 5, "accumulator_bits": 40, "encoder": "none")"),
        array_config(R"({"activation_bits": 16, "window_bits": 6, "placements": [0, 4, 6, 10],
                         "vsparq": false})",
                     2, 2, R"(, "weight_bits": 16, "accumulator_bits": 64)"),
        ws_config(R"({"kind": "int8"})", 2, 2),
        ws_config(R"({"kind": "int8", "activation_bits": 9})", 2, 2, R"(, "weight_bits": 11)"),
        ws_config(R"({"kind": "int8", "activation_bits": 7, "signed_activations": true})", 2, 2,
                  R"(, "weight_bits": 5, "pipeline": {"after_reduce": true})"),
        ws_config(R"({"kind": "int8", "activation_bits": 5})", 2, 2,
                  R"(, "weight_bits": 3, "pipeline": {"after_multiply": true})")));

// The element's other form, for devices with multiplier blocks.
TEST(UnitForms, ProductsLeftToSynthesisAreTheSame) {
  const host::Temporary cases = host::Temporary::directory_in(fs::temp_directory_path());
  CheckOptions options;
  options.jobs = 2;
  options.case_dir = cases.path();
  for (const char* more : {R"(, "weight_bits": 5)", R"(, "pipeline": {"after_multiply": true})"}) {
    gen::Output output = generated(ws_config(R"({"kind": "int8"})", 2, 2, more));
    const std::regex by_default(R"((parameter RecodesWeights +)= 1)");
    int changed = 0;
    for (gen::EmittedModule& module : output.modules) {
      changed += std::regex_search(module.text, by_default) ? 1 : 0;
      module.text = std::regex_replace(module.text, by_default, "$1= 0");
    }
    ASSERT_EQ(changed, 2) << "element and array";
    std::vector<Task> tasks = unit_tasks(output, options);
    std::erase_if(tasks, [](const Task& t) { return !t.label.ends_with("ws_pe"); });
    EXPECT_EQ(tasks.size(), 1u);
    expect_passed(tasks);
    expect_passed(lint_tasks(output));
  }
}

}  // namespace
}  // namespace sparq::verif
