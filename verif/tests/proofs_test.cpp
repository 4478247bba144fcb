// SPDX-License-Identifier: Apache-2.0
// Are true claims proved, and is nothing else called a proof?
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/host/output.h"
#include "verif/tests/proofs_fixture.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;

TEST(Proofs, ClaimsOfASoundDesignHold) {
  for (const gen::Output* output : {&sparq_6opt(), &int4x8(), &int8()}) {
    for (const Claim& claim : claims(*output, Level::kQuick)) {
      const Check check = checked(*output, claim);
      EXPECT_TRUE(check.passed) << check.module << ": " << check.title << '\n' << check.detail;
      EXPECT_EQ(check.kind, "proof");
      EXPECT_GT(check.cases, 0u);
    }
  }
}

TEST(Proofs, ArraysWithEveryOptionHold) {
  for (const char* options :
       {R"(, "encoder": "none", "reset": "asynchronous")",
        R"(, "clock_enable": true, "zero_gating": true, "pipeline": {"after_multiply": true})"}) {
    const gen::Output output = generated(array_config(R"({"placements": "2opt"})", 2, 2, options));
    for (const Claim& claim : claims(output, Level::kQuick)) {
      if (!claim.properties.starts_with("output_stationary") &&
          !claim.properties.starts_with("skid") && !claim.properties.starts_with("tile"))
        continue;
      const Check check = checked(output, claim);
      EXPECT_TRUE(check.passed) << check.module << ": " << check.title << '\n' << check.detail;
    }
  }
}

TEST(Proofs, WithoutModuleOrOutputOrTimeThereIsNone) {
  Claim claim = claims_of(sparq_5opt(), "pair_encoder").front();
  claim.module = "sparq_not_there";
  Check check = checked(sparq_5opt(), claim);
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.cases, 0u);
  EXPECT_EQ(check.detail.rfind("unproven: ", 0), 0u) << check.detail;

  // A module without outputs claims nothing.
  gen::Output output = sparq_5opt();
  output.modules.front().text += "module nothing_properties (input wire a_i); endmodule\n";
  check = checked(output, {.module = output.top().name, .properties = "nothing_properties"});
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.cases, 0u);

  // What always happens is disproved, although it is no logic.
  output.modules.front().text +=
      "module always_properties (input wire a_i, output wire bad); assign bad = 1'b1; endmodule\n";
  check = checked(output, {.module = output.top().name, .properties = "always_properties"});
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.detail.rfind("disproved: ", 0), 0u) << check.detail;

  // The equality of two products in different order is beyond a second.
  output.modules.front().text +=
      "module hard_properties (input wire [23:0] a_i, input wire [23:0] b_i,\n"
      "    input wire [23:0] c_i, output wire differs);\n"
      "  assign differs = (a_i * b_i) * c_i != a_i * (b_i * c_i);\nendmodule\n";
  const auto late = prove(output, {.module = output.top().name, .properties = "hard_properties"},
                          std::chrono::seconds(1));
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->passed);
  EXPECT_EQ(late->detail.rfind("unproven: ", 0), 0u) << late->detail;
}

// Widths 4..16, windows and placement sets that are dense, wide apart and in between.
// With an ABC that decides nothing, only what was proved before is proved, as it was.
TEST(Proofs, WhatIsProvedIsRememberedByItsGates) {
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  const char* cache = std::getenv("SPARQ_CACHE");
  const std::string cache_before = cache == nullptr ? "" : cache;
  const std::string path = std::getenv("PATH");
  setenv("SPARQ_CACHE", (directory.path() / "cache").c_str(), 1);
  const Claim claim = claims_of(sparq_5opt(), "trim_round").front();
  Claim bounded = claim;
  bounded.cycles = 3;
  const gen::Output wrong =
      changed(sparq_5opt(), "_trim_round", {{"(sticky || trimmed[0])", "1'b1"}});
  const Check proved = checked(sparq_5opt(), claim);
  const Check disproved = checked(wrong, claim);
  const fs::path abc = directory.path() / "yosys-abc";
  std::ofstream(abc) << "#!/bin/sh\n";
  fs::permissions(abc, fs::perms::owner_all);
  setenv("PATH", (directory.path().string() + ":" + path).c_str(), 1);
  const Check again = checked(sparq_5opt(), claim);
  EXPECT_TRUE(proved.passed && again.passed) << proved.detail << again.detail;
  EXPECT_EQ(again.title, proved.title);
  EXPECT_EQ(again.cases, proved.cases);
  EXPECT_FALSE(disproved.passed);
  EXPECT_FALSE(checked(wrong, claim).passed);
  EXPECT_FALSE(checked(sparq_5opt(), bounded).passed);
  setenv("PATH", path.c_str(), 1);
  setenv("SPARQ_CACHE", cache_before.c_str(), 1);  // empty is none
}

TEST(Proofs, UnitsOfGeneralFormatsHold) {
  int formats = 0;
  for (const std::string format :
       {R"("activation_bits": 4, "window_bits": 1, "placements": [0, 1, 2, 3])",
        R"("activation_bits": 4, "window_bits": 3, "placements": [0, 1])",
        R"("activation_bits": 5, "window_bits": 2, "placements": [0, 1, 2, 3])",
        R"("activation_bits": 7, "window_bits": 3, "placements": [0, 1, 3, 4])",
        R"("activation_bits": 9, "window_bits": 4, "placements": [0, 1, 4, 5])",
        R"("activation_bits": 10, "window_bits": 5, "placements": [0, 2, 5])",
        R"("activation_bits": 12, "window_bits": 4, "placements": [0, 2, 4, 6, 8])",
        R"("activation_bits": 13, "window_bits": 6, "placements": [0, 1, 2, 3, 4, 5, 6, 7])",
        R"("activation_bits": 16, "window_bits": 8, "placements": [0, 3, 8])",
        R"("activation_bits": 16, "window_bits": 15, "placements": [0, 1])"}) {
    for (const auto& [rounding, vsparq] :
         {std::pair{"nearest", "true"}, {"trim", "true"}, {"nearest", "false"}}) {
      const gen::Output output = generated(array_config(
          "{" + format + R"(, "rounding": ")" + rounding + R"(", "vsparq": )" + vsparq + "}", 1, 1,
          R"(, "accumulator_bits": 40)"));
      for (const char* properties : {"pair_encoder", "lane"}) {
        const Check check = checked(output, claims_of(output, properties).front());
        EXPECT_TRUE(check.passed) << format << ' ' << rounding << ' ' << vsparq << check.detail;
      }
      ++formats;
    }
  }
  EXPECT_EQ(formats, 30);
}

TEST(Proofs, UnitsOfNamedFormatsHold) {
  int formats = 0;
  for (const std::string& name : spec::placement_names()) {
    for (const char* rounding : {"nearest", "trim"}) {
      for (const char* vsparq : {"true", "false"}) {
        const gen::Output output =
            generated(array_config(R"({"placements": ")" + name + R"(", "rounding": ")" + rounding +
                                       R"(", "vsparq": )" + vsparq + "}",
                                   1, 1));
        for (const char* properties : {"pair_encoder", "lane"}) {
          for (const Claim& claim : claims_of(output, properties)) {
            const Check check = checked(output, claim);
            EXPECT_TRUE(check.passed) << name << ' ' << rounding << ' ' << vsparq << check.detail;
          }
        }
        ++formats;
      }
    }
  }
  EXPECT_EQ(formats, 20);
}

TEST(Proofs, TensorCoresHold) {
  for (const std::string& config :
       {tensor_core("tensor_core", R"({"placements": "5opt"})", 4, R"(, "encoder": "none")"),
        tensor_core("tensor_core", R"({"kind": "int8"})", 2,
                    R"(, "clock_enable": true, "reset": "asynchronous")"),
        tensor_core("tensor_core", R"({"placements": "2opt"})", 4,
                    R"(, "zero_gating": true,
                         "pipeline": {"after_multiply": true, "after_reduce": true})"),
        tensor_core("sparse_tensor_core", R"({"placements": "6opt"})", 4,
                    R"(, "pipeline": {"after_reduce": true}, "zero_gating": true)"),
        tensor_core("sparse_tensor_core", R"({"kind": "int4x8"})", 8)}) {
    const gen::Output output = generated(config);
    for (const Claim& claim : claims(output, Level::kQuick)) {
      if (!claim.properties.starts_with("tensor") && !claim.properties.starts_with("sel")) continue;
      const Check check = checked(output, claim);
      EXPECT_TRUE(check.passed) << config << ' ' << claim.properties << check.detail;
      EXPECT_GT(check.cases, 0u);
    }
  }
}

TEST(Proofs, WeightStationaryArraysHold) {
  for (const std::string& config :
       {weight_stationary(R"({"placements": "5opt"})", R"(, "encoder": "none")"),
        weight_stationary(R"({"placements": "6opt", "signed_activations": true})",
                          R"(, "clock_enable": true, "zero_gating": true,
                                "pipeline": {"after_reduce": true})"),
        weight_stationary(R"({"kind": "int8"})",
                          R"(, "pipeline": {"after_multiply": true}, "reset": "asynchronous")"),
        weight_stationary(R"({"kind": "int4x8"})")}) {
    const gen::Output output = generated(config);
    for (const Claim& claim : claims_of(output, "weight_stationary")) {
      const Check check = checked(output, claim);
      EXPECT_TRUE(check.passed) << config << check.title << check.detail;
      EXPECT_EQ(check.cases, 5u);
    }
  }
}

TEST(Proofs, SignedActivationsHold) {
  for (const char* format : {R"({"placements": "5opt", "signed_activations": true})",
                             R"({"placements": "6opt", "signed_activations": true})",
                             R"({"kind": "int4x8", "signed_activations": true})",
                             R"({"activation_bits": 10, "window_bits": 5, "placements": [0, 2, 5],
            "signed_activations": true})"}) {
    const gen::Output output = generated(array_config(format, 1, 1));
    for (const Claim& claim : claims(output, Level::kQuick)) {
      if (claim.properties.starts_with("sk") || claim.properties.starts_with("tile")) continue;
      // One array is enough: signs end in encoders and lanes.
      if (claim.properties.starts_with("output_stationary") &&
          (!claim.title.starts_with("1") || claim.module.find("5opt") == std::string::npos)) {
        continue;
      }
      const Check check = checked(output, claim);
      EXPECT_TRUE(check.passed) << format << ' ' << claim.properties << check.detail;
    }
  }
}

}  // namespace
}  // namespace sparq::verif
