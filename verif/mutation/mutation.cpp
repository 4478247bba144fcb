// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "verif/mutation/equivalence.h"

namespace sparq::verif {
namespace {

using host::Result;

constexpr size_t kMostMutants = 600;   // of a module
constexpr size_t kMostOfArrays = 200;  // whose proofs take longer

enum class Fate { kPassed, kNoticed, kEquivalent };

// Noticed and not equivalent mutants per line of source, and each one that was not noticed.
std::string listing(const MutantList& list, const std::vector<Fate>& fates) {
  std::map<std::string, std::pair<size_t, size_t>> lines;
  std::string unnoticed;
  for (size_t i = 0; i < fates.size(); ++i) {
    const Mutant& mutant = list.mutants[i];
    auto& [noticed, all] = lines[mutant.source];
    noticed += fates[i] == Fate::kNoticed ? 1 : 0;
    all += fates[i] != Fate::kEquivalent ? 1 : 0;
    if (fates[i] == Fate::kNoticed) continue;
    unnoticed +=
        fmt::format("  {}: {}\n", fates[i] == Fate::kEquivalent ? "equivalent" : "NOT NOTICED",
                    to_text(mutant));
  }
  std::string text;
  for (const auto& [line, counts] : lines) {
    text += fmt::format("  {}: {} of {} noticed\n", line, counts.first, counts.second);
  }
  return text + unnoticed;
}

struct Run {
  std::vector<Fate> fates;
  bool sound = true;        // without a mutant every trial passes
  bool exhaustive = false;  // what passed is equivalent
};

Run run_trials(const Subject& subject, const Model& model, size_t count) {
  Run run = {std::vector<Fate>(count, Fate::kPassed)};
  for (const auto& make : subject.trials) {
    if (std::ranges::find(run.fates, Fate::kPassed) == run.fates.end()) break;
    const Trial trial = make();
    run.sound = run.sound && trial.passes(model.with(kMutantPort, 0));
    run.exhaustive = run.exhaustive || trial.exhaustive;
    for (size_t i = 0; i < count; ++i) {
      if (run.fates[i] == Fate::kPassed && !trial.passes(model.with(kMutantPort, i + 1))) {
        run.fates[i] = Fate::kNoticed;
      }
    }
  }
  return run;
}

// Which of the mutants leave every promise of the module kept.
Result<std::vector<bool>> keep_contract(const Claim& contract, const gen::Output& planted,
                                        const std::vector<size_t>& which) {
  std::vector<bool> kept;
  for (const size_t i : which) {
    const auto check = prove(with_mutant(planted, i + 1), contract, std::chrono::seconds(100));
    if (!check) return tl::unexpected(check.error());
    kept.push_back(check->passed);
  }
  return kept;
}

// Which of the mutants that passed every trial are equivalent.
Result<std::vector<bool>> prove(const Subject& subject, const MutantList& list,
                                const gen::Output& planted, const std::vector<size_t>& passed) {
  if (!subject.contract) return prove_equivalent(*subject.design, list, passed);
  return prove_no_difference_or(*subject.design, list, passed,
                                [&](const std::vector<size_t>& left) {
                                  return keep_contract(*subject.contract, planted, left);
                                });
}

Result<Check> score(const Subject& subject, size_t most, uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  Check check = {.module = subject.module, .kind = "mutation"};
  if (subject.trials.empty()) {
    check.title = "not scored";
    check.skipped = subject.unscored;
    return check;
  }
  const auto list = list_mutants(*subject.design, subject.top, subject.module, most, seed);
  if (!list) return tl::unexpected(list.error());
  if (list->mutants.empty()) {
    check.title = "no mutants";
    check.skipped = "wires alone, no gate to put a fault into";
    return check;
  }
  const auto planted = plant(*subject.design, *list);
  if (!planted) return tl::unexpected(planted.error());
  auto simulator = Simulator::open(1);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(*planted, subject.top, {.kernel = subject.kernel});
  if (!model) return tl::unexpected(model.error());

  Run run = run_trials(subject, *model, list->mutants.size());
  std::vector<size_t> passed;
  for (size_t i = 0; i < run.fates.size(); ++i) {
    if (run.fates[i] == Fate::kPassed) passed.push_back(i);
  }
  std::vector<bool> equivalent(passed.size(), run.exhaustive);
  if (!run.exhaustive && !passed.empty()) {
    auto proved = prove(subject, *list, *planted, passed);
    if (!proved) return tl::unexpected(proved.error());
    equivalent = *std::move(proved);
  }
  for (size_t i = 0; i < passed.size(); ++i) {
    if (equivalent[i]) run.fates[passed[i]] = Fate::kEquivalent;
  }

  const auto count = [&](Fate fate) {
    return static_cast<size_t>(std::ranges::count(run.fates, fate));
  };
  const size_t noticed = count(Fate::kNoticed);
  const size_t holes = count(Fate::kPassed);
  check.cases = run.fates.size();
  check.mutants = {list->possible, noticed, count(Fate::kEquivalent)};
  check.passed = run.sound && noticed > 0 && holes == 0;
  check.title = fmt::format(
      "{} of {} mutants: {} noticed, {} equivalent ({}), score {:.2f} %", check.cases,
      list->possible, noticed, count(Fate::kEquivalent),
      run.exhaustive     ? "by exhaustion"
      : subject.contract ? "by proof of equality or of the contract"
                         : "by proof",
      noticed == 0 ? 0.0
                   : 100.0 * static_cast<double>(noticed) / static_cast<double>(noticed + holes));
  check.detail =
      (run.sound ? "" : "  the gates fail without a mutant\n") + listing(*list, run.fates);
  check.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return check;
}

}  // namespace

Result<Check> check_mutants(const Subject& subject, size_t most, uint64_t seed) {
  auto check = score(subject, most, seed);
  if (check) return check;
  const auto* error = std::get_if<host::ToolError>(&check.error());
  if (error == nullptr) return check;
  // The tools are there, every other check needs them: it is these gates that one cannot handle.
  Check failed = {.module = subject.module, .kind = "mutation", .title = "cannot be scored"};
  failed.detail = host::to_text(*error);
  return failed;
}

std::vector<Task> mutation_tasks(const gen::Output& output, const CheckOptions& options) {
  if (options.level != Level::kFull) return {};
  const auto subjects = mutation_subjects(output, options.seed);
  if (!subjects) {
    return {{"mutants", [failure = subjects.error()] {
               return Result<std::vector<Check>>(tl::unexpect, failure);
             }}};
  }
  std::vector<Task> tasks;
  for (const Subject& subject : *subjects) {
    tasks.push_back({subject.module, [subject, &options]() -> Result<std::vector<Check>> {
                       const size_t most = subject.contract ? kMostOfArrays : kMostMutants;
                       auto check = check_mutants(subject, most, options.seed);
                       if (!check) return tl::unexpected(check.error());
                       return std::vector{*std::move(check)};
                     }});
  }
  return tasks;
}

}  // namespace sparq::verif
