// SPDX-License-Identifier: Apache-2.0
#include "verif/fuzz/fuzz.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "golden/spec/config_json.h"
#include "verif/fuzz/draw.h"
#include "verif/harness/model.h"
#include "verif/verify.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// What one task found: its first failed check, or how many cases agree.
struct Found {
  uint64_t cases = 0;
  std::optional<Check> failed;
};

Found run(const Task& task) {
  const auto checks = task.run();
  Found found;
  if (!checks) {
    Check check = {.module = task.label, .kind = "build", .title = "can be built"};
    const auto* error = std::get_if<host::ToolError>(&checks.error());
    check.detail = error != nullptr
                       ? host::to_text(*error)
                       : spec::to_text(std::get<spec::Problems>(checks.error()).front());
    found.failed = check;
    return found;
  }
  for (const Check& check : *checks) {
    found.cases += check.cases;
    if (check.failed() && !found.failed) found.failed = check;
  }
  return found;
}

// A failure as it is found: which task of which configuration.
struct Hit {
  uint64_t index;
  Json config;
  std::string task;
  Check check;
};

class Fuzz {
 public:
  Fuzz(const CheckOptions& options, const Generate& generate)
      : options_(options), generate_(generate) {}

  uint64_t seed_of(uint64_t index) const { return derive(options_.seed, 1, index); }

  // Draws configuration `index` and checks it.
  std::optional<Hit> check(uint64_t index) {
    Rng rng(derive(options_.seed, 0, index));
    const Json drawn = draw_config(rng);
    const auto output = generate_(*to_config(drawn));
    if (!output) return Hit{index, drawn, kGenerate, refusal(output.error())};
    const CheckOptions options = options_of(index);
    const std::vector<Task> tasks = check_tasks(*output, options);
    uint64_t cases = 0;
    for (const size_t chosen : {size_t{0}, some(tasks, rng), some(tasks, rng)}) {
      Found found = run(tasks[chosen]);
      cases += found.cases;
      if (found.failed) return Hit{index, drawn, tasks[chosen].label, *std::move(found.failed)};
    }
    const std::lock_guard lock(mutex_);
    count(spec::canonical_json(output->config), cases);
    return std::nullopt;
  }

  FuzzFailure minimised(const Hit& hit) const {
    FuzzFailure failure = {hit.config.dump(), "", seed_of(hit.index), hit.check};
    Json config = hit.config;
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (const Json& candidate : reductions(config)) {
        auto check = failing(candidate, hit);
        if (!check) continue;
        config = candidate;
        failure.check = *std::move(check);
        smaller = true;
        break;
      }
    }
    failure.minimal = config.dump(2);
    return failure;
  }

  bool checked_any() {
    const std::lock_guard lock(mutex_);
    return report_.configs > 0;
  }

  // Once nothing runs any more.
  FuzzReport& report() { return report_; }

 private:
  // What is legal is to be generated.
  static constexpr const char* kGenerate = "generate";
  static Check refusal(const spec::Problems& problems) {
    return {.module = "generator",
            .kind = "generate",
            .title = "takes every legal configuration",
            .detail = spec::to_text(problems.front())};
  }

  // The array's task is the first.
  static size_t some(const std::vector<Task>& tasks, Rng& rng) {
    return 1 + rng.below(tasks.size() - 1);
  }

  CheckOptions options_of(uint64_t index) const {
    CheckOptions options = options_;
    options.seed = seed_of(index);
    options.jobs = 1;  // configurations run beside each other
    return options;
  }

  void count(const std::string& config, uint64_t cases) {
    ++report_.configs;
    report_.cases += cases;
    const Json flat = Json::parse(config).flatten();
    for (const auto& [path, value] : flat.items()) {
      if (path == "/name" || path == "/schema_version" || path.starts_with("/format/placements")) {
        continue;
      }
      std::string key = path.substr(1);
      std::ranges::replace(key, '/', '.');
      ++report_.features[fmt::format("{} {}", key,
                                     value.is_string() ? value.get<std::string>() : value.dump())];
    }
  }

  // The configuration with one thing less: a member, the general window as a whole, a row, a
  // column.
  static std::vector<Json> reductions(const Json& config) {
    std::vector<Json> all;
    if (config.at("format").contains("window_bits")) {
      all.push_back(config);
      for (const char* key : {"activation_bits", "window_bits", "placements"}) {
        all.back()["format"].erase(key);
      }
    }
    for (const auto& [key, value] : config.items()) {
      if (key == "name") continue;
      if (!value.is_object()) {
        all.push_back(config);
        all.back().erase(key);
        continue;
      }
      for (const auto& [inner, number] : value.items()) {
        const bool edge = inner == "rows" || inner == "cols";  // their default is large
        if (edge && number == 1) continue;
        all.push_back(config);
        if (edge) {
          all.back()[key][inner] = 1;
        } else {
          all.back()[key].erase(inner);
          if (key == "pipeline" && all.back()[key].empty()) all.back().erase(key);
        }
      }
    }
    return all;
  }

  // How the same task fails for another configuration; nothing when it does not.
  std::optional<Check> failing(const Json& config, const Hit& hit) const {
    const auto legal = to_config(config);
    if (!legal) return std::nullopt;
    const auto output = generate_(*legal);
    if (!output) {
      return hit.task == kGenerate ? std::optional(refusal(output.error())) : std::nullopt;
    }
    const CheckOptions options = options_of(hit.index);
    for (const Task& task : check_tasks(*output, options)) {
      if (task.label == hit.task) return run(task).failed;
    }
    return std::nullopt;
  }

  const CheckOptions& options_;
  const Generate& generate_;
  std::mutex mutex_;
  FuzzReport report_;
};

}  // namespace

host::Result<FuzzReport> run_fuzz(const CheckOptions& options, std::chrono::seconds time,
                                  const Generate& generate,
                                  const std::function<void(size_t seconds)>& on_progress) {
  if (const auto simulator = Simulator::open(); !simulator) {
    return tl::unexpected(simulator.error());
  }
  Fuzz fuzz(options, generate);
  const auto start = Clock::now();
  std::atomic<uint64_t> next = 0;
  std::atomic<bool> over = false;
  std::mutex mutex;
  std::optional<Hit> first;
  const auto work = [&] {
    while (!over) {
      auto hit = fuzz.check(next++);
      const std::lock_guard lock(mutex);
      const auto passed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start);
      on_progress(static_cast<size_t>(passed.count()));
      if (hit && (!first || hit->index < first->index)) first = std::move(hit);
      if (first || (passed >= time && fuzz.checked_any())) over = true;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < options.jobs; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  if (first) fuzz.report().failure = fuzz.minimised(*first);
  return std::move(fuzz.report());
}

std::string feature_summary(const FuzzReport& report) {
  std::string text;
  for (const auto& [feature, configs] : report.features) {
    text += fmt::format("{:>8}  {}\n", configs, feature);
  }
  return text;
}

}  // namespace sparq::verif
