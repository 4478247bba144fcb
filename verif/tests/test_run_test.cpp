// SPDX-License-Identifier: Apache-2.0
// Two sets of initial values for every scenario: is a fault found that only one of them shows?
#include "verif/harness/test_run.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "golden/spec/config.h"

namespace sparq::verif {
namespace {

struct FakeScenario {
  std::string test = "fake";
  uint64_t seed = 7;
  uint64_t initial_values = 0;
};

struct FakeFailure {
  std::string text;
};

struct FakeResult {
  uint64_t sums = 1;
  uint64_t total_cycles = 100;
  std::optional<FakeFailure> failure = {};
};

// An array that is right from all initial values but the `bad`-th it is asked to start from.
struct FakeArray {
  std::string module = "fake";
  spec::Config config = {};
  int bad = 0;
  bool only_slower = false;
  mutable std::vector<uint64_t> seen = {};
};

FakeResult run_scenario(const Model&, const FakeArray& array, const FakeScenario& scenario) {
  auto at = std::ranges::find(array.seen, scenario.initial_values);
  if (at == array.seen.end()) at = array.seen.insert(at, scenario.initial_values);
  const bool bad = at - array.seen.begin() + 1 == array.bad;
  FakeResult result;
  if (bad && array.only_slower) result.total_cycles = 101;
  if (bad && !array.only_slower) result.failure = FakeFailure{"bad start"};
  return result;
}

FakeScenario shrink(const Model&, const FakeArray&, const FakeScenario& scenario,
                    const FakeFailure&) {
  return scenario;
}

std::string scenario_json(const FakeScenario&, const std::string&, const std::string&,
                          const std::string&) {
  return "{}";
}

Check run(const FakeArray& array) {
  const Model model(nullptr);
  const std::vector<FakeScenario> scenarios(1);
  return TestRun<FakeArray, FakeScenario>(model, array, scenarios).run("fake", CheckOptions{});
}

TEST(TestRunTest, StartsFromTwoSetsOfInitialValues) {
  const FakeArray array;
  const Check check = run(array);
  EXPECT_TRUE(check.passed);
  EXPECT_EQ(check.cases, 2u);
  EXPECT_EQ(array.seen.size(), 2u);
}

TEST(TestRunTest, EitherMayShowTheFault) {
  for (const int bad : {1, 2}) {
    const Check check = run({.bad = bad});
    EXPECT_FALSE(check.passed);
    EXPECT_EQ(check.detail, "bad start");
  }
}

TEST(TestRunTest, BothTakeTheSameCycles) {
  const Check check = run({.bad = 2, .only_slower = true});
  EXPECT_FALSE(check.passed);
  EXPECT_NE(check.detail.find("takes 100 cycles from some initial values and 101 from others"),
            std::string::npos);
}

TEST(TestRunTest, NoScenariosIsNoPass) {
  const Model model(nullptr);
  const FakeArray array;
  EXPECT_FALSE(
      (TestRun<FakeArray, FakeScenario>(model, array, {}).run("x", CheckOptions{}).passed));
}

}  // namespace
}  // namespace sparq::verif
