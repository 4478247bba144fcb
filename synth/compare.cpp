// SPDX-License-Identifier: Apache-2.0
#include "synth/compare.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
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
      if (config.array.cluster_cols > 0) fields.cluster_cols = config.array.cluster_cols;
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

host::Result<void> add_timing(const Timer& timer, const Flow& flow, int jobs, host::Cache* cache,
                              Comparison& comparison, const std::function<void()>& on_done) {
  std::vector<Row>& rows = comparison.report.rows;
  comparison.report.port_register = timer.port_register;
  comparison.report.buffer = timer.buffer;
  const auto mapped_of = [&](const Row& row) -> const Mapped& {
    const auto design =
        std::find_if(comparison.designs.begin(), comparison.designs.end(),
                     [&](const Design& candidate) { return candidate.name == row.name; });
    return comparison.mapped[static_cast<size_t>(design - comparison.designs.begin())];
  };
  std::vector<host::Result<void>> results(rows.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  const auto work = [&] {
    for (size_t i = next++; i < rows.size(); i = next++) {
      // The largest first, so that none is begun when the others have ended.
      Row& row = rows[rows.size() - 1 - i];
      if (row.figures.cells > kMaxTimedCells) continue;
      for (const std::string& key : row.keys) {
        auto timing = time_module(timer, flow, mapped_of(row), key, cache);
        if (!timing) {
          results[i] = tl::unexpected(timing.error());
        } else if (!row.timing || timing->slack_ns < row.timing->slack_ns) {
          row.timing = *std::move(timing);  // the slowest variant's
        }
      }
      const std::scoped_lock lock(mutex);
      if (on_done) on_done();
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < std::max(jobs, 1); ++i) workers.emplace_back(work);
  }
  for (auto& result : results) {
    if (!result) return result;
  }
  return {};
}

host::Result<void> add_energy(const PowerMeter& meter, const Flow& flow,
                              const std::vector<EnergyRun>& runs, host::Cache* cache,
                              Comparison& comparison, const std::function<void()>& on_done) {
  std::vector<host::Result<Energy>> results(runs.size());
  std::mutex mutex;
  const auto measure = [&](size_t i) {
    const Design& design = runs[i].part;
    const auto mapped = map_design(flow, design.array, design.sources, 1, cache);
    if (mapped) {
      results[i] = measure_energy(meter, flow, design.array, design.unit(), *mapped,
                                  runs[i].operands, cache);
    } else {
      results[i] = tl::unexpected(mapped.error());
    }
    const std::scoped_lock lock(mutex);
    if (on_done) on_done();
  };
  {
    std::vector<std::jthread> workers;  // three at most
    for (size_t i = 0; i < runs.size(); ++i) workers.emplace_back(measure, i);
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!results[i]) return tl::unexpected(results[i].error());
    for (Row& row : comparison.report.rows) {
      const Design& part = runs[i].part;
      if (row.name == part.name && row.module == part.unit()) row.energy = *results[i];
    }
  }
  return {};
}

}  // namespace sparq::synth
