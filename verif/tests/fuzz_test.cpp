// SPDX-License-Identifier: Apache-2.0
// Random configurations: are they legal, reproducible and different, and is a fault of the
// generator found and brought down to what it needs?
#include "verif/fuzz/fuzz.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "app/host/output.h"
#include "golden/spec/config_json.h"
#include "verif/fuzz/draw.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

TEST(FuzzDraw, LegalReproducibleAndOfEveryKind) {
  std::set<std::string> seen;
  Rng once(7);
  Rng again(7);
  for (int i = 0; i < 500; ++i) {
    const Json drawn = draw_config(once);
    EXPECT_EQ(drawn, draw_config(again));
    const auto config = to_config(drawn);
    ASSERT_TRUE(config);
    seen.insert(std::string(spec::to_text(config->array.kind)));
    seen.insert(std::string(spec::to_text(config->format.kind)));
    seen.insert(std::string(spec::to_text(config->array.dataflow)));
    if (config->zero_gating) seen.insert("gated " + std::string(spec::to_text(config->array.kind)));
    seen.insert("A " + std::to_string(config->format.activation_bits));
    seen.insert("W " + std::to_string(config->weight_bits));
  }
  EXPECT_EQ(seen.size(), 3u + 3u + 2u + 3u + 13u + 15u);
}

spec::Checked<gen::Output> generate(const spec::Config& config) {
  return gen::generate(config, (*host::data_directory() / "rtl" / "lib").string());
}

// A generator whose lanes are wrong for wide weights.
spec::Checked<gen::Output> generate_wrongly(const spec::Config& config) {
  auto output = generate(config);
  if (!output || config.format.kind != spec::Kind::kSparq || config.weight_bits < 9) return output;
  for (gen::EmittedModule& module : output->modules) {
    const std::string from = "assign product_o = ";
    const size_t at = module.text.find(from);
    if (module.role == gen::Role::kLane && at != std::string::npos) {
      module.text.insert(at + from.size(), "~");
    }
  }
  return output;
}

class Fuzz : public testing::Test {
 protected:
  Fuzz() : cases_(host::Temporary::directory_in(fs::temp_directory_path())) {
    options_.case_dir = cases_.path();
  }

  host::Temporary cases_;
  CheckOptions options_;
};

TEST_F(Fuzz, ASoundGeneratorPasses) {
  const auto report = run_fuzz(options_, std::chrono::seconds(0), generate, [](size_t) {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->configs, 1u);
  EXPECT_GT(report->cases, 0u);
  EXPECT_FALSE(report->failure) << report->failure->minimal << report->failure->check.detail;
  EXPECT_NE(feature_summary(*report).find("1  array.kind "), std::string::npos);
}

TEST_F(Fuzz, AFaultIsBroughtDownToTheOptionsItNeeds) {
  const auto report =
      run_fuzz(options_, std::chrono::seconds(600), generate_wrongly, [](size_t) {});
  ASSERT_TRUE(report);
  ASSERT_TRUE(report->failure);
  const Json minimal = Json::parse(report->failure->minimal);
  EXPECT_GE(minimal.at("weight_bits"), 9);
  EXPECT_EQ(minimal, Json({{"name", "fuzz"},
                           {"weight_bits", minimal.at("weight_bits")},
                           {"format", Json::object()},
                           {"array", {{"rows", 1}, {"cols", 1}}}}))
      << report->failure->drawn;
  EXPECT_FALSE(report->failure->check.passed);
}

TEST_F(Fuzz, ALegalConfigurationThatIsRefusedIsAFailure) {
  const auto refuse = [](const spec::Config& config) -> spec::Checked<gen::Output> {
    if (config.weight_bits == 8) return generate(config);
    return tl::unexpected(spec::Problems{{"test", "weight_bits", "", "must be 8"}});
  };
  const auto report = run_fuzz(options_, std::chrono::seconds(600), refuse, [](size_t) {});
  ASSERT_TRUE(report);
  ASSERT_TRUE(report->failure);
  EXPECT_EQ(report->failure->check.kind, "generate");
  EXPECT_FALSE(report->failure->check.passed);
  EXPECT_NE(report->failure->check.detail.find("must be 8"), std::string::npos);
  const Json minimal = Json::parse(report->failure->minimal);
  EXPECT_NE(minimal.at("weight_bits"), 8);
  EXPECT_FALSE(minimal.contains("pipeline")) << minimal;
}

}  // namespace
}  // namespace sparq::verif
