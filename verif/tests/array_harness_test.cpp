// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "golden/gemm.h"
#include "verif/harness/array_checks.h"
#include "verif/harness/rng.h"
#include "verif/rtl_engine.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

constexpr const char* k5opt = R"({"kind": "sparq", "placements": "5opt"})";

TEST(DutBitsTest, EveryPlaceAndWidth) {
  Rng rng(1);
  for (int bits = 1; bits <= 64; ++bits) {
    for (int at = 0; at < 20; ++at) {
      std::vector<unsigned char> data(16);
      for (auto& byte : data) byte = static_cast<unsigned char>(rng.next());
      const std::vector<unsigned char> before = data;
      const uint64_t value = rng.next() >> (64 - bits);
      set_bits(data.data(), at, bits, value);
      EXPECT_EQ(get_bits(data.data(), at, bits), value);
      for (int i = 0; i < 128; ++i) {
        if (i >= at && i < at + bits) continue;
        EXPECT_EQ(get_bits(data.data(), i, 1), get_bits(before.data(), i, 1));
      }
    }
  }
}

TEST(DutBitsTest, StorageFollowsVerilator) {
  EXPECT_EQ(Port::storage_bytes(1), 1u);
  EXPECT_EQ(Port::storage_bytes(8), 1u);
  EXPECT_EQ(Port::storage_bytes(9), 2u);
  EXPECT_EQ(Port::storage_bytes(33), 8u);
  EXPECT_EQ(Port::storage_bytes(65), 12u);
}

TEST(StimulusTest, StaysInRange) {
  const gen::Output output = generated(array_config(
      R"({"kind": "sparq", "activation_bits": 10, "window_bits": 5, "placements": "0,5"})", 2, 2,
      R"(, "weight_bits": 5)"));
  for (const Stimulus stimulus : {Stimulus::kRandom, Stimulus::kExtremes, Stimulus::kSparse,
                                  Stimulus::kOneHot, Stimulus::kCorners}) {
    EXPECT_EQ(stimulus_from(to_text(stimulus)), stimulus);
    const auto a = make_activations(stimulus, 7, 9, 50, output.config);
    for (const uint16_t x : a.data) EXPECT_LT(x, 1024);
    const auto w = make_weights(stimulus, 7, 9, 50, output.config);
    for (const int16_t x : w.data) {
      EXPECT_GE(x, -16);
      EXPECT_LE(x, 15);
    }
    EXPECT_EQ(a, make_activations(stimulus, 7, 9, 50, output.config));
  }
}

TEST(ScenarioTest, ComesBackFromItsFile) {
  const gen::Output output = generated(array_config(k5opt, 3, 2));
  const auto program = array_program(output.config, array_shape(output.config), Level::kQuick, 5);
  const std::string path = testing::TempDir() + "/scenario test.json";
  for (const ArrayTest& test : program) {
    for (const Scenario& scenario : test.scenarios) {
      std::ofstream(path) << scenario_json(scenario, "m", "d", spec::canonical_json(output.config));
      const auto back = load_scenario(path);
      ASSERT_TRUE(back.has_value());
      EXPECT_EQ(*back, scenario);
    }
  }
}

TEST(ScenarioTest, BadFilesAreTheUsersProblem) {
  const std::string path = testing::TempDir() + "/bad scenario.json";
  EXPECT_FALSE(load_scenario(path + ".missing").has_value());
  for (const char* text : {"", "{", "[]", R"({"schema_version": 2})", R"({"schema_version": 1})"}) {
    std::ofstream(path) << text;
    EXPECT_FALSE(load_scenario(path).has_value()) << text;
  }
}

TEST(RtlEngineTest, GivesTheReferenceAndExactCycles) {
  const gen::Output output = generated(array_config(k5opt, 3, 2));
  for (const auto& [m, n, k] : {std::array<size_t, 3>{1, 1, 1}, {3, 2, 8}, {7, 5, 9}, {4, 1, 31}}) {
    Rng rng(m * 100 + n * 10 + k);
    golden::Matrix<uint8_t> a(m, k);
    golden::Matrix<int8_t> w(n, k);
    for (auto& x : a.data) x = static_cast<uint8_t>(rng.below(3) == 0 ? 0 : rng.next());
    for (auto& x : w.data) x = static_cast<int8_t>(rng.next());
    const auto result = gemm_rtl(a, w, output);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->mismatch, "");
    EXPECT_EQ(result->product, golden::gemm_reference(a, w, output.config.format, 32));
    const size_t tiles = (m + 2) / 3 * ((n + 1) / 2);
    const size_t steps = (k + 1) / 2;
    EXPECT_EQ(result->cycles, steps + (tiles - 1) * std::max<size_t>(steps, 3) + 1 + 2 + 3);
    EXPECT_DOUBLE_EQ(result->utilization,
                     static_cast<double>(m * n * k) / (12.0 * static_cast<double>(result->cycles)));
  }
}

TEST(RtlEngineTest, MismatchShowsTheOperands) {
  gen::Output output = generated(array_config(k5opt, 3, 2));
  const auto pe = std::ranges::find_if(
      output.modules, [](const gen::EmittedModule& m) { return m.role == gen::Role::kPe; });
  const std::string sound = "activation_q1[15] ? weight_1 : weight_0";
  const size_t at = pe->text.find(sound);
  ASSERT_NE(at, std::string::npos);
  pe->text.replace(at, sound.size(), "activation_q1[15] ? weight_0 : weight_1");
  const golden::Matrix<uint8_t> a(4, 3, {0, 0, 0, 0, 0, 0, 0, 0, 0, 27, 255, 9});
  const golden::Matrix<int8_t> w(3, 3, {0, 0, 0, 0, 0, 0, -3, 127, 5});
  const auto result = gemm_rtl(a, w, output);
  ASSERT_TRUE(result.has_value());
  for (const char* part :
       {"tile (1,1)", "PE(0,0): expected ", "(engine fast)", "C[3,2]", "x 00011011 11111111",
        "w -3 127", "step   1", "reference engine gives"}) {
    EXPECT_NE(result->mismatch.find(part), std::string::npos) << part << "\n" << result->mismatch;
  }
}

}  // namespace
}  // namespace sparq::verif
