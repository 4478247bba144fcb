// SPDX-License-Identifier: Apache-2.0
// A whole run: what it reports and writes when all is well, and when the text itself is broken.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "verif/bench/units.h"
#include "verif/harness/model.h"
#include "verif/tests/array_fixture.h"
#include "verif/verify.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class UnitVerify : public testing::Test {
 protected:
  UnitVerify() : parent_(host::Temporary::directory_in(fs::temp_directory_path())) {
    options_.jobs = 2;
    options_.case_dir = parent_.path();
  }

  host::Result<Report> run() {
    size_t calls = 0;
    auto report = run_checks(output_, options_, [&](size_t done, size_t) { calls = done; });
    EXPECT_GT(calls, 0u);
    return report;
  }

  Json written(const Report& report, const char* name) {
    const fs::path target = parent_.path() / "results";
    auto directory = host::OutputDirectory::open(target);
    if (!directory || !write_results(*directory, output_, options_, report)) return {};
    std::ifstream file(target / name);
    return Json::parse(file);
  }

  host::Temporary parent_;
  CheckOptions options_;
  gen::Output output_ = generated(array_config(R"({"placements": "2opt"})", 2, 2,
                                               R"(, "weight_bits": 3, "accumulator_bits": 16)"));
};

TEST_F(UnitVerify, SoundDesignGetsACertificate) {
  const auto report = run();
  ASSERT_TRUE(report);
  for (const Check& check : report->checks) {
    EXPECT_TRUE(check.passed) << check.module << ": " << check.title << "\n" << check.detail;
  }
  EXPECT_TRUE(report->passed());
  const Json certificate = written(*report, "certificate.json");
  EXPECT_EQ(certificate.at("passed"), true);
  EXPECT_EQ(certificate.at("config_digest"), spec::digest(output_.config));
  EXPECT_EQ(certificate.at("rtl_sha256"), rtl_digest(output_));
  EXPECT_EQ(certificate.at("totals").at("failed"), 0);
  EXPECT_TRUE(certificate.at("tool").contains("verilator"));
  const auto simulator = Simulator::open();
  ASSERT_TRUE(simulator);
  EXPECT_EQ(certificate.at("tool").value(simulator->compiler().path.filename().string(), ""),
            simulator->compiler().version);
  EXPECT_EQ(written(*report, "manifest.json").at("command"), "verify");
  const Json results = written(*report, "verify.json");
  for (const Json& check : results.at("checks")) {
    EXPECT_GT(check.at("cases"), 0);
    EXPECT_TRUE(check.contains("module") && check.contains("kind") && check.contains("seconds"));
  }
}

TEST_F(UnitVerify, TextThatToolsRefuseIsAFailedCheck) {
  for (gen::EmittedModule& module : output_.modules) {
    if (module.role == gen::Role::kLane) module.text += "module extra (input wire a; endmodule\n";
  }
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->passed());
  EXPECT_EQ(written(*report, "verify.json").at("passed"), false);
  EXPECT_NE(junit_xml(output_, *report).find("<failure"), std::string::npos);
}

TEST_F(UnitVerify, AModuleWithoutChecksIsNamed) {
  const auto coverage = [&] {
    const std::vector<Task> tasks = unit_tasks(output_, options_);
    const auto task = std::ranges::find(tasks, "coverage", &Task::label);
    EXPECT_NE(task, tasks.end());
    return task->run()->front();
  };
  EXPECT_TRUE(coverage().passed);
  EXPECT_NE(coverage().title.find("sparq_stream_packer"), std::string::npos);
  gen::EmittedModule& lane =
      *std::ranges::find(output_.modules, gen::Role::kLane, &gen::EmittedModule::role);
  for (const gen::Role role :
       {gen::Role::kSideSum, gen::Role::kWeightEncoder, gen::Role::kLibrary}) {
    lane.role = role;
    EXPECT_FALSE(coverage().passed);
    EXPECT_NE(coverage().detail.find(lane.name), std::string::npos);
  }
}

TEST_F(UnitVerify, CaseOfAnotherConfigurationIsRefused) {
  const fs::path path = parent_.path() / "case.json";
  std::ofstream(path) << R"({"schema_version": 1, "module": "m", "config_digest": "0"})";
  const auto result = rerun_case(output_, path, "");
  ASSERT_FALSE(result);
  EXPECT_TRUE(std::holds_alternative<spec::Problems>(result.error()));
  EXPECT_FALSE(rerun_case(output_, parent_.path() / "missing.json", ""));
}

// What is left out is said wherever results are.
TEST_F(UnitVerify, ASkippedCheckShowsAndIsNoFailure) {
  Report report;
  report.tools["sparq"] = "1.0.0";
  report.checks.push_back({.module = "m", .kind = "wiring", .skipped = "no <stubs>"});
  EXPECT_FALSE(report.passed());  // nothing was checked
  report.checks.push_back({.module = "m", .kind = "random", .cases = 1, .passed = true});
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(written(report, "certificate.json").at("totals").at("skipped"), 1);
  EXPECT_EQ(written(report, "certificate.json").at("totals").at("failed"), 0);
  EXPECT_EQ(written(report, "verify.json").at("checks").at(0).at("skipped"), "no <stubs>");
  EXPECT_NE(summary(report).find("skipped"), std::string::npos);
  EXPECT_NE(junit_xml(output_, report).find("<skipped message=\"no &lt;stubs&gt;\"/>"),
            std::string::npos);
  report.checks.push_back({.module = "m", .kind = "random", .cases = 1});
  EXPECT_FALSE(report.passed());
}

TEST(Report, NoChecksIsNoPass) { EXPECT_FALSE(Report().passed()); }

TEST(CheckTasks, EveryArrayIsWiredAndBenchedInIcarus) {
  for (const char* array : {R"("kind": "systolic", "dataflow": "output_stationary")",
                            R"("kind": "systolic", "dataflow": "weight_stationary")",
                            R"("kind": "tensor_core")", R"("kind": "sparse_tensor_core")"}) {
    const gen::Output output = generated(R"({"array": {)" + std::string(array) + "}}");
    const CheckOptions options;
    const std::vector<Task> tasks = check_tasks(output, options);
    for (const std::string& label : {std::string("icarus"), "wiring " + output.top().name}) {
      EXPECT_EQ(std::ranges::count(tasks, label, &Task::label), 1) << array << ": " << label;
    }
  }
}

}  // namespace
}  // namespace sparq::verif
