// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/array_checks.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "app/host/output.h"
#include "golden/spec/config_json.h"

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

// Of a whole test: the sums compared and the first scenario, in the program's order, that failed.
struct Tally {
  std::mutex mutex;
  uint64_t sums = 0;
  size_t failed_at = SIZE_MAX;
  Scenario scenario;
  std::optional<ScenarioFailure> failure;

  void fail(size_t at, const Scenario& what, ScenarioFailure how) {
    const std::lock_guard lock(mutex);
    if (at >= failed_at) return;
    failed_at = at;
    scenario = what;
    failure = std::move(how);
  }
};

// One scenario from two sets of initial values.
void run_twice(const Model& model, const ArrayUnderTest& array, const Scenario& scenario,
               size_t index, Tally& tally) {
  std::optional<ScenarioResult> before;
  for (const uint64_t use : {1001, 1002}) {
    Scenario run = scenario;
    run.initial_values = derive(scenario.seed, use, 0) >> 11;  // 53 bits: any JSON reader keeps it
    ScenarioResult result = run_scenario(model, array, run);
    if (!result.failure && before && before->total_cycles != result.total_cycles) {
      Fault fault{FaultKind::kWrongTime, 0, 0, result.total_cycles, {}, ""};
      const std::string text = fmt::format(
          "{}: test \"{}\" takes {} cycles from some initial values and {} from others\n",
          array.module, scenario.test, before->total_cycles, result.total_cycles);
      result.failure = ScenarioFailure{0, fault, 0, text};
    }
    if (result.failure) {
      tally.fail(index, run, std::move(*result.failure));
      return;
    }
    const std::lock_guard lock(tally.mutex);
    tally.sums += result.sums;
    before = std::move(result);
  }
}

void leave_case(const ArrayUnderTest& array, const Scenario& scenario, const fs::path& directory,
                Check& check) {
  if (directory.empty()) return;
  std::string name = array.module + "-" + scenario.test + ".case.json";
  for (char& c : name) c = c == ' ' || c == ',' ? '_' : c;
  const fs::path path = directory / name;
  std::ofstream file(path, std::ios::binary);
  file << scenario_json(scenario, array.module, spec::digest(array.config),
                        spec::canonical_json(array.config));
  if (file.flush()) check.case_file = path;
}

Check run_test(const Model& model, const ArrayUnderTest& array, const ArrayTest& test,
               const CheckOptions& options) {
  const auto start = Clock::now();
  Tally tally;
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < test.scenarios.size(); i = next++) {
      run_twice(model, array, test.scenarios[i], i, tally);
      const std::lock_guard lock(tally.mutex);
      if (tally.failure) return;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < options.jobs; ++i) helpers.emplace_back(work);
    work();
  }
  Check check = {.module = array.module,
                 .kind = "random",
                 .title = test.title,
                 .cases = tally.sums,
                 .passed = !tally.failure && tally.sums > 0,
                 .seconds = 0,
                 .detail = "",
                 .case_file = {}};
  if (tally.failure) {
    const Scenario small = shrink(model, array, tally.scenario, *tally.failure);
    const ScenarioResult again = run_scenario(model, array, small);
    check.detail = again.failure ? again.failure->text : tally.failure->text;
    leave_case(array, small, options.case_dir, check);
  }
  check.seconds = since(start);
  return check;
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
  auto model = simulator->build(output, output.top().name);
  if (!model) return tl::unexpected(model.error());
  const ArrayUnderTest array = under_test(output, datapath);
  std::vector<Check> checks;
  for (const ArrayTest& test :
       array_program(output.config, array.shape, options.level, options.seed)) {
    checks.push_back(run_test(*model, array, test, options));
  }
  return checks;
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
  auto model = simulator->build(output, output.top().name, {.kernel = "", .trace = !wave.empty()});
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
