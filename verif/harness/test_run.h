// SPDX-License-Identifier: Apache-2.0
// One test of an array, of either protocol: its scenarios from two sets of initial values each, and
// the first that fails as a case file.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "golden/spec/config_json.h"
#include "verif/harness/check.h"
#include "verif/harness/model.h"
#include "verif/harness/rng.h"

namespace sparq::verif {

// Runs `scenarios` on `jobs` threads. Array and Scenario come with
//   run_scenario(model, array, scenario) -> {sums, total_cycles, failure}
//   shrink(model, array, scenario, failure) -> Scenario
//   scenario_json(scenario, module, digest, config)
// as array_driver's and stream_driver's do.
template <class Array, class Scenario>
class TestRun {
 public:
  TestRun(const Model& model, const Array& array, const std::vector<Scenario>& scenarios)
      : model_(model), array_(array), scenarios_(scenarios) {}

  // Whether all is well, and nothing else; on this thread.
  bool passes() {
    work();
    return !failed_ && sums_ > 0;
  }

  Check run(const std::string& title, const CheckOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> helpers;
      for (int i = 1; i < options.jobs; ++i) helpers.emplace_back([this] { work(); });
      work();
    }
    Check check = {.module = array_.module,
                   .kind = "random",
                   .title = title,
                   .cases = sums_,
                   .passed = !failed_ && sums_ > 0};
    if (failed_) {
      const Scenario small = failure_ ? shrink(model_, array_, scenario_, *failure_) : scenario_;
      const auto again = run_scenario(model_, array_, small);
      check.detail = again.failure ? again.failure->text : text_;
      leave_case(small, title, options.case_dir, check);
    }
    check.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return check;
  }

 private:
  using Result = decltype(run_scenario(std::declval<const Model&>(), std::declval<const Array&>(),
                                       std::declval<const Scenario&>()));

  void work() {
    for (size_t i = next_++; i < scenarios_.size(); i = next_++) {
      run_twice(i);
      const std::lock_guard lock(mutex_);
      if (failed_) return;
    }
  }

  void run_twice(size_t index) {
    std::optional<uint64_t> cycles;
    for (const uint64_t use : {1001, 1002}) {
      Scenario scenario = scenarios_[index];
      // 53 bits: any JSON reader keeps them.
      scenario.initial_values = derive(scenario.seed, use, 0) >> 11;
      const Result result = run_scenario(model_, array_, scenario);
      const std::lock_guard lock(mutex_);
      if (result.failure) {
        fail(index, scenario, result.failure, result.failure->text);
        return;
      }
      if (cycles && *cycles != result.total_cycles) {
        fail(index, scenario, std::nullopt,
             fmt::format("{}: wrong time: test \"{}\" takes {} cycles from some initial values and "
                         "{} from others\n",
                         array_.module, scenario.test, *cycles, result.total_cycles));
        return;
      }
      sums_ += result.sums;
      cycles = result.total_cycles;
    }
  }

  // The first, in the program's order, is kept.
  void fail(size_t index, const Scenario& scenario, const decltype(Result::failure)& failure,
            std::string text) {
    if (failed_ && index >= *failed_) return;
    failed_ = index;
    scenario_ = scenario;
    failure_ = failure;
    text_ = std::move(text);
  }

  void leave_case(const Scenario& scenario, const std::string& title,
                  const std::filesystem::path& directory, Check& check) {
    if (directory.empty()) return;
    std::string name = array_.module + "-" + title + ".case.json";
    for (char& c : name) c = c == ' ' || c == ',' ? '_' : c;
    const std::filesystem::path path = directory / name;
    std::ofstream file(path, std::ios::binary);
    file << scenario_json(scenario, array_.module, spec::digest(array_.config),
                          spec::canonical_json(array_.config));
    if (file.flush()) check.case_file = path;
  }

  const Model& model_;
  const Array& array_;
  const std::vector<Scenario>& scenarios_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;  // of what follows
  uint64_t sums_ = 0;
  std::optional<size_t> failed_ = {};
  Scenario scenario_ = {};
  decltype(Result::failure) failure_ = {};
  std::string text_ = {};
};

// The tests of a program, each as a question to a model of that array, however it is built.
template <class Array, class Test>
std::vector<Passes> questions(const Array& array, const std::vector<Test>& program) {
  std::vector<Passes> all;
  for (const Test& test : program) {
    all.emplace_back([array, scenarios = test.scenarios](const Model& model) {
      return TestRun(model, array, scenarios).passes();
    });
  }
  return all;
}

}  // namespace sparq::verif
