// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/array_checks.h"

#include <algorithm>
#include <chrono>

#include "app/host/output.h"
#include "verif/harness/test_run.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

ArrayUnderTest under_test(const gen::Output& output, const Datapath& datapath) {
  ArrayUnderTest array{output.top().name, output.config, array_shape(output.config), datapath};
  array.shape.signature = output.signature;
  return array;
}

}  // namespace

host::Result<std::vector<Check>> check_array(const gen::Output& output,
                                             const CheckOptions& options) {
  return check_array(output, golden_datapath(output.config), options);
}

host::Result<std::vector<Check>> check_array(const gen::Output& output, const Datapath& datapath,
                                             const CheckOptions& options) {
  auto simulator = Simulator::open(options.jobs);
  if (!simulator) return tl::unexpected(simulator.error());
  Coverage coverage(output);
  auto model = simulator->build(coverage.instrumented(), output.top().name);
  if (!model) return tl::unexpected(model.error());
  ArrayUnderTest array = under_test(output, datapath);
  array.coverage = &coverage;
  std::vector<Check> checks;
  for (const ArrayTest& test :
       array_program(output.config, array.shape, options.level, options.seed)) {
    TestRun run(*model, array, test.scenarios);
    checks.push_back(run.run(test.title, options));
  }
  // What a failing array has not reached says nothing.
  if (std::ranges::all_of(checks, &Check::passed))
    std::ranges::move(coverage.checks(), std::back_inserter(checks));
  return checks;
}

std::vector<Passes> array_tests(const gen::Output& output, uint64_t seed) {
  const auto array = under_test(output, golden_datapath(output.config));
  return questions(array, array_program(output.config, array.shape, Level::kQuick, seed));
}

host::Result<Check> rerun_array_case(const gen::Output& output, const Scenario& scenario,
                                     const fs::path& wave) {
  const auto start = Clock::now();
  std::optional<host::OutputFile> file;
  if (!wave.empty()) {
    auto opened = host::OutputFile::open(wave, "--wave");
    if (!opened) return tl::unexpected<host::Failure>(opened.error());
    file = std::move(*opened);
  }
  auto simulator = Simulator::open();
  if (!simulator) return tl::unexpected(simulator.error());
  // With the monitors of check_array: initial values follow from all registers there are.
  const Coverage coverage(output);
  auto model = simulator->build(coverage.instrumented(), output.top().name,
                                {.kernel = "", .trace = !wave.empty()});
  if (!model) return tl::unexpected(model.error());
  const ArrayUnderTest array = under_test(output, golden_datapath(output.config));
  ScenarioResult result = run_scenario(*model, array, scenario);
  if (!wave.empty()) {
    uint64_t from = 0;
    if (result.failure) {
      // The faulty tile's own steps, and as long before them as anything takes to get through.
      const ScenarioFailure& failure = *result.failure;
      const Phase& phase = scenario.phases[failure.phase];
      const TilePlan& tile = phase.tiles[std::min(failure.fault.tile, phase.tiles.size() - 1)];
      const uint64_t lead = array.shape.steps(static_cast<size_t>(tile.k)) +
                            2 * static_cast<uint64_t>(array.shape.rows + array.shape.cols) + 8;
      from = failure.fault.cycle > lead ? failure.fault.cycle - lead : 0;
    }
    result = run_scenario(*model, array, scenario, Wave{file->path(), from});
    if (!result.wave_begun) {
      return tl::unexpected<host::Failure>(
          spec::Problems{{"command line", "--wave", wave.string(), "cannot be written"}});
    }
    if (auto kept = file->commit(); !kept) return tl::unexpected<host::Failure>(kept.error());
  }
  return Check{.module = array.module,
               .kind = "random",
               .title = scenario.test,
               .cases = result.sums,
               .passed = !result.failure && result.sums > 0,
               .seconds = since(start),
               .detail = result.failure ? result.failure->text : "",
               .case_file = {}};
}

}  // namespace sparq::verif
