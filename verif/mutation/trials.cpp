// SPDX-License-Identifier: Apache-2.0
#include "verif/mutation/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <utility>

#include "app/host/paths.h"
#include "gen/datapath/datapath.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "golden/spec/signature.h"
#include "verif/bench/encoded_stream.h"
#include "verif/bench/library.h"
#include "verif/bench/pe_products.h"
#include "verif/bench/pe_sequences.h"
#include "verif/bench/skid_buffer.h"
#include "verif/bench/unit_vectors.h"
#include "verif/bench/ws_pe.h"
#include "verif/formal/claims.h"
#include "verif/harness/array_checks.h"
#include "verif/harness/stream_checks.h"
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

// The emitted packer and unpacker only set the widths of those of the library.
Role stream_role(std::string_view library_module) {
  return library_module == "sparq_stream_packer"     ? Role::kStreamPacker
         : library_module == "sparq_stream_unpacker" ? Role::kStreamUnpacker
                                                     : Role::kLibrary;
}

host::Result<gen::Output> regenerated(const spec::Config& config) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  auto design = gen::generate(config, (*data / "rtl" / "lib").string());
  if (!design) return tl::unexpected<host::Failure>(design.error());
  return *std::move(design);
}

// The same design with narrow weights, so that a lane's bench is exhaustive, around a small array.
// Three rows use every bit of the counters of rows; two words, or groups, have a sum.
spec::Config small(spec::Config config) {
  config.array.rows = std::min(config.array.rows, 3);
  config.array.cols = std::min(config.array.cols, 2);
  config.weight_bits = std::min(config.weight_bits, 8);
  if (config.array.kind != spec::ArrayKind::kSystolic) {
    // What a sum of many products cannot reach is beyond proofs with wide weights.
    config.weight_bits = std::min(config.weight_bits, 4);
    const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
    config.array.depth =
        2 * (sparse ? spec::kSparseGroup : static_cast<int>(spec::k_per_word(config.format)));
  } else if (config.zero_gating) {
    // What earlier steps left in registers that hold is, too. Digits of weights are two bits wide.
    config.weight_bits = std::min(config.weight_bits, gen::recodes_weights(config) ? 4 : 2);
    config.accumulator_bits = spec::least_accumulator_bits(config);
  }
  return config;
}

// As few and as narrow elements as leave every kind of connection between them: what an array adds
// to its elements depends on neither.
spec::Config smallest(const spec::Config& config) {
  spec::Config least = small(config);
  // With selections in every unit, proofs of 2 x 2 may not end.
  const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
  least.array.rows = std::min(config.array.rows, sparse ? 1 : 2);
  least.weight_bits = 2;
  least.accumulator_bits = spec::least_accumulator_bits(least);
  return least;
}

// Defaults at which a module of the library shows all that it does: every stage of a line behind
// another, counters whose range is no power of two.
const std::map<std::string_view, std::vector<gen::Parameter>> kLibrarySizes = {
    {"sparq_skew_line", {{"Width", 3}, {"Depth", 3}}},
    {"sparq_clock_gate", {}},
    {"sparq_control_register", {{"Width", 3}}},
    {"sparq_tile_gate", {{"Rows", 5}, {"Latency", 4}}},
    {"sparq_weight_gate", {{"Rows", 5}, {"Latency", 4}}},
    {"sparq_stream_packer", {{"WordBits", 3}, {"MemoryBits", 8}}},
    {"sparq_stream_unpacker", {{"WordBits", 3}, {"MemoryBits", 8}, {"LengthBits", 6}}},
};

// The design with other defaults of a module's parameters.
gen::Output resized(gen::Output output, const std::string& name, std::vector<gen::Parameter> to) {
  const auto module = std::ranges::find(output.modules, name, &EmittedModule::name);
  if (output.config.reset == spec::Reset::kAsynchronous) to.push_back({"AsyncReset", 1});
  for (gen::Parameter& parameter : module->parameters) {
    const auto at = std::ranges::find(to, parameter.name, &gen::Parameter::name);
    if (at == to.end()) continue;
    parameter.value = at->value;
    const std::regex written(fmt::format("(parameter {} *= )[0-9]+", parameter.name));
    module->text = std::regex_replace(module->text, written, fmt::format("$01{}", at->value));
    for (gen::Port& port : module->ports) {
      const std::regex wide(fmt::format(R"(\[{}-1:0\] +{}\b)", parameter.name, port.name));
      if (std::regex_search(module->text, wide)) port.width = at->value;
    }
  }
  return output;
}

MakeTrial unit_trial(const spec::Config& config, const EmittedModule& module, uint64_t seed) {
  return [config, module, seed] {
    auto unit = unit_vectors(module, config, Level::kQuick, seed);
    golden::require(unit.has_value(), "a module of this role has vectors");
    return vector_trial(std::move(unit->vectors), unit->exhaustive, seed);
  };
}

// Both ends of the bench's sequences: the longest come first.
std::vector<MakeTrial> sequence_trials(std::vector<MakeSequence> sequences, uint64_t seed) {
  std::vector<MakeTrial> trials;
  std::ranges::reverse(sequences);
  for (const MakeSequence& make : sequences) {
    trials.emplace_back([make, seed] { return vector_trial(make().vectors, false, seed); });
  }
  return trials;
}

std::vector<MakeTrial> pe_trials(const spec::Config& config, uint64_t seed) {
  std::vector<MakeTrial> trials = sequence_trials(pe_sequences(config, Level::kQuick, seed), seed);
  trials.insert(trials.begin(), [config, seed] { return product_trial(config, seed); });
  return trials;
}

std::vector<MakeTrial> library_trials(const gen::Output& output, const std::string& name,
                                      uint64_t seed) {
  EmittedModule module = *std::ranges::find(output.modules, name, &EmittedModule::name);
  module.role = stream_role(name);
  std::vector<MakeTrial> trials;
  if (module.role != Role::kLibrary) {
    trials.emplace_back([module, seed] {
      return vector_trial(stream_vectors(module, Level::kQuick, seed)[0].vectors, false, seed);
    });
  }
  // A register that is never written shows only from initial values that it should not keep.
  for (uint64_t use = seed; use < seed + 8; ++use) {
    trials.emplace_back([module, use] {
      if (module.role == Role::kLibrary) {
        return vector_trial(library_vectors(module, 10'000, use)->vectors, false, use);
      }
      return vector_trial(stream_vectors(module, Level::kQuick, use)[1].vectors, false, use);
    });
  }
  return trials;
}

// Proofs know one clock: the elements have enables.
Subject array_subject(const gen::Output& least, uint64_t seed) {
  const std::string& name = least.top().name;
  const auto design =
      std::make_shared<const gen::Output>(resized(least, name, {{"ClockGating", 0}}));
  Subject subject = {name, design, name, "", {}, "", contract(*design)};
  for (const Passes& test :
       is_stream(least.config) ? stream_tests(*design, seed) : array_tests(*design, seed)) {
    subject.trials.emplace_back([test] { return Trial{false, test}; });
  }
  return subject;
}

Subject subject_of(const std::shared_ptr<const gen::Output>& small, const EmittedModule& module,
                   uint64_t seed) {
  Subject subject = {module.name, small, module.name, "", {}, ""};
  const spec::Config& config = small->config;
  switch (module.role) {
    case Role::kTrimRound:
    case Role::kActivationEncoder:
    case Role::kLane:
    case Role::kFinish:
    case Role::kDotUnit:
    case Role::kSelection:
      subject.trials.push_back(unit_trial(config, module, seed));
      break;
    case Role::kPe:
      if (config.array.dataflow == spec::Dataflow::kWeightStationary) {
        subject.trials = sequence_trials(ws_pe_sequences(config, Level::kQuick, seed), seed);
      } else {
        subject.kernel = "pe_products.cpp";
        subject.trials = pe_trials(config, seed);
      }
      break;
    case Role::kLibrary:
      if (module.name == kSkidBuffer) {
        subject.trials.emplace_back([width = module.parameters.front().value, seed] {
          return vector_trial(skid_buffer_vectors(width, 20'000, seed), false, seed);
        });
      } else if (const auto size = kLibrarySizes.find(module.name); size != kLibrarySizes.end()) {
        subject.design =
            std::make_shared<const gen::Output>(resized(*small, module.name, size->second));
        subject.trials = library_trials(*subject.design, module.name, seed);
      }
      break;
    case Role::kStreamPacker:
    case Role::kStreamUnpacker:
      subject.unscored = "only sets the widths of the library's module, which is scored";
      break;
    case Role::kArray:
    case Role::kWeightEncoder:
    case Role::kSideSum:
      break;
  }
  if (subject.trials.empty() && subject.unscored.empty()) {
    subject.unscored = "no bench of its own";
  }
  return subject;
}

}  // namespace

host::Result<std::vector<Subject>> mutation_subjects(const gen::Output& output, uint64_t seed) {
  auto reduced = regenerated(small(output.config));
  if (!reduced) return tl::unexpected(reduced.error());
  auto least = regenerated(smallest(output.config));
  if (!least) return tl::unexpected(least.error());
  const auto design = std::make_shared<const gen::Output>(*std::move(reduced));
  std::vector<Subject> subjects;
  for (const EmittedModule& module : design->modules) {
    subjects.push_back(module.role == Role::kArray ? array_subject(*least, seed)
                                                   : subject_of(design, module, seed));
  }
  return subjects;
}

}  // namespace sparq::verif
