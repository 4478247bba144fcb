// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/stream_checks.h"

#include <algorithm>
#include <chrono>

#include "app/host/output.h"
#include "verif/harness/test_run.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;

StreamUnderTest under_test(const gen::Output& output) {
  return {output.top().name, output.config, stream_shape(output.config),
          golden_datapath(output.config)};
}

}  // namespace

host::Result<std::vector<Check>> check_stream(const gen::Output& output,
                                              const CheckOptions& options) {
  auto simulator = Simulator::open(options.jobs);
  if (!simulator) return tl::unexpected(simulator.error());
  Coverage coverage(output);
  auto model = simulator->build(coverage.instrumented(), output.top().name);
  if (!model) return tl::unexpected(model.error());
  StreamUnderTest array = under_test(output);
  array.coverage = &coverage;
  std::vector<Check> checks;
  for (const StreamTest& test :
       stream_program(output.config, array.shape, options.level, options.seed)) {
    TestRun run(*model, array, test.scenarios);
    checks.push_back(run.run(test.title, options));
  }
  // What a failing array has not reached says nothing.
  if (std::ranges::all_of(checks, &Check::passed))
    std::ranges::move(coverage.checks(), std::back_inserter(checks));
  return checks;
}

std::vector<Passes> stream_tests(const gen::Output& output, uint64_t seed) {
  const auto array = under_test(output);
  return questions(array, stream_program(output.config, array.shape, Level::kQuick, seed));
}

host::Result<Check> rerun_stream_case(const gen::Output& output, const StreamScenario& scenario,
                                      const fs::path& wave) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<host::OutputFile> file;
  if (!wave.empty()) {
    auto opened = host::OutputFile::open(wave, "--wave");
    if (!opened) return tl::unexpected<host::Failure>(opened.error());
    file = std::move(*opened);
  }
  auto simulator = Simulator::open();
  if (!simulator) return tl::unexpected(simulator.error());
  // With the monitors of check_stream: initial values follow from all registers there are.
  const Coverage coverage(output);
  auto model = simulator->build(coverage.instrumented(), output.top().name,
                                {.kernel = "", .trace = !wave.empty()});
  if (!model) return tl::unexpected(model.error());
  const StreamUnderTest array = under_test(output);
  StreamScenarioResult result = run_scenario(*model, array, scenario);
  if (file) {
    uint64_t from = 0;
    if (result.failure) {
      // As long before the fault as loading a set and a step's whole way take.
      const auto lead =
          static_cast<uint64_t>(2 * array.shape.load_beats + 2 * array.shape.result_latency + 8);
      from = result.failure->fault.cycle - std::min(lead, result.failure->fault.cycle);
    }
    result = run_scenario(*model, array, scenario, Wave{file->path(), from});
    if (!result.wave_begun) {
      return tl::unexpected<host::Failure>(
          spec::Problems{{"command line", "--wave", wave.string(), "cannot be written"}});
    }
    if (auto kept = file->commit(); !kept) return tl::unexpected<host::Failure>(kept.error());
  }
  return Check{
      .module = array.module,
      .kind = "random",
      .title = scenario.test,
      .cases = result.sums,
      .passed = !result.failure && result.sums > 0,
      .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
      .detail = result.failure ? result.failure->text : ""};
}

}  // namespace sparq::verif
