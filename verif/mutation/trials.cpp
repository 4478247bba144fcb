// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/trials.h"

#include <algorithm>
#include <utility>

#include "app/host/paths.h"
#include "golden/require.h"
#include "verif/bench/pe_products.h"
#include "verif/bench/pe_sequences.h"
#include "verif/bench/skid_buffer.h"
#include "verif/bench/unit_vectors.h"
#include "verif/harness/array_checks.h"
#include "verif/harness/stream_shape.h"

namespace sparq::verif {
namespace {

using gen::EmittedModule;
using gen::Role;
constexpr std::string_view kSkidBuffer = "sparq_skid_buffer";

using MakeTrial = std::function<Trial()>;

Trial vector_trial(Vectors vectors, bool exhaustive, uint64_t seed) {
  const auto shared = std::make_shared<const Vectors>(std::move(vectors));
  return {exhaustive, [shared, seed](const Model& model) {
            Dut dut = model.make(seed);
            return !run_vectors(dut, *shared);
          }};
}

// Elements spread evenly over a list.
template <class T>
std::vector<T> spread(const std::vector<T>& all, size_t count) {
  std::vector<T> some;
  for (size_t i = 0; i < count && i < all.size(); ++i) {
    some.push_back(all[i * all.size() / std::min(count, all.size())]);
  }
  return some;
}

// Every word of the bench with some of its weights.
Trial product_trial(const spec::Config& config, uint64_t seed) {
  ProductPlan plan = plan_products(config, Level::kQuick, seed, {});
  plan.weights = spread(plan.weights, 61);
  return {false, [config, plan, seed](const Model& model) {
            return !run_products(model, config, plan, 1, seed).wrong;
          }};
}

std::vector<MakeTrial> pe_trials(const spec::Config& config, uint64_t seed) {
  std::vector<MakeTrial> trials = {[config, seed] { return product_trial(config, seed); }};
  std::vector<MakeSequence> sequences = pe_sequences(config, Level::kQuick, seed);
  // The first are walks through every bit of the accumulator, by far the longest.
  std::ranges::reverse(sequences);
  for (const MakeSequence& make : sequences) {
    trials.emplace_back([make, seed] { return vector_trial(make().vectors, false, seed); });
  }
  return trials;
}

// The same design with narrow weights, so that a lane's bench is exhaustive, around a small array.
// Three rows use every bit of the counters of rows.
host::Result<gen::Output> small(const gen::Output& output) {
  spec::Config config = output.config;
  config.weight_bits = std::min(config.weight_bits, 8);
  if (!is_stream(config)) {
    config.array.rows = std::min(config.array.rows, 3);
    config.array.cols = std::min(config.array.cols, 2);
  }
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  auto design = gen::generate(config, (*data / "rtl" / "lib").string());
  if (!design) return tl::unexpected<host::Failure>(design.error());
  return *std::move(design);
}

bool has_vectors(Role role) {
  return role == Role::kTrimRound || role == Role::kActivationEncoder || role == Role::kLane;
}

}  // namespace

host::Result<std::vector<Subject>> mutation_subjects(const gen::Output& output, uint64_t seed) {
  auto reduced = small(output);
  if (!reduced) return tl::unexpected(reduced.error());
  const auto design = std::make_shared<const gen::Output>(*std::move(reduced));
  const spec::Config& config = design->config;
  std::vector<Subject> subjects;
  for (const EmittedModule& module : design->modules) {
    Subject subject = {module.name, design, module.name, "", {}};
    if (has_vectors(module.role)) {
      subject.trials.emplace_back([design, &module, seed] {
        auto unit = unit_vectors(module, design->config, Level::kQuick, seed);
        golden::require(unit.has_value(), "a module of this role has vectors");
        return vector_trial(std::move(unit->vectors), unit->exhaustive, seed);
      });
    } else if (module.role == Role::kPe && !is_stream(config)) {
      subject.kernel = "pe_products.cpp";
      subject.trials = pe_trials(config, seed);
    } else if (module.name == kSkidBuffer) {
      subject.trials.emplace_back([width = module.parameters.front().value, seed] {
        return vector_trial(skid_buffer_vectors(width, 20'000, seed), false, seed);
      });
    } else {
      continue;
    }
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace sparq::verif
