// SPDX-License-Identifier: Apache-2.0
#include "synth/compare.h"

#include <string>
#include <utility>

namespace sparq::synth {

std::vector<spec::Config> with_baselines(const spec::Config& config) {
  std::vector<spec::Config> configs = {config};
  for (const spec::Kind kind : {spec::Kind::kInt8, spec::Kind::kInt4x8}) {
    if (kind == config.format.kind) continue;
    spec::ConfigFields fields;
    fields.format.kind = kind;
    fields.format.activation_bits = config.format.activation_bits;
    fields.format.signed_activations = config.format.signed_activations;
    fields.weight_bits = config.weight_bits;
    fields.accumulator_bits = config.accumulator_bits;
    fields.array_kind = config.array.kind;
    fields.rows = config.array.rows;
    fields.cols = config.array.cols;
    fields.encoder = config.encoder;
    fields.after_multiply = config.pipeline.after_multiply;
    fields.after_reduce = config.pipeline.after_reduce;
    fields.reset = config.reset;
    fields.clock_enable = config.clock_enable;
    fields.zero_gating = config.zero_gating;
    if (config.array.kind == spec::ArrayKind::kSystolic) {
      fields.dataflow = config.array.dataflow;
    } else {
      // As many multiplying units: one serves k_per_word elements.
      const spec::Format baseline = {.kind = kind};
      fields.depth =
          config.array.depth / spec::k_per_word(config.format) * spec::k_per_word(baseline);
    }
    // What is legal for the configuration is legal for its baselines, or there is no such baseline.
    if (auto baseline = spec::resolve(fields, "baseline")) configs.push_back(*std::move(baseline));
  }
  return configs;
}

host::Result<Comparison> compare(const Flow& flow, std::vector<Design> designs, int jobs,
                                 host::Cache* cache, const std::function<void()>& on_done) {
  Comparison comparison;
  for (const Design& design : designs) {
    auto mapped = map_design(flow, design.array, design.sources, jobs, cache);
    if (!mapped) return tl::unexpected<host::Failure>(mapped.error());
    comparison.mapped.push_back(*std::move(mapped));
    if (on_done) on_done();
  }
  comparison.report = make_report(flow, designs, comparison.mapped);
  comparison.designs = std::move(designs);
  return comparison;
}

}  // namespace sparq::synth
