// SPDX-License-Identifier: Apache-2.0
#include "app/synth_designs.h"

#include "golden/spec/config_json.h"
#include "synth/compare.h"

namespace sparq::app {

synth::Design design_of(const gen::Output& output) {
  const auto name_of = [&](gen::Role role) {
    const gen::EmittedModule* module = output.find(role);
    return module == nullptr ? "" : module->name;
  };
  synth::Design design;
  design.name = output.config.name;
  design.role = output.config.format.kind;
  design.config_digest = spec::digest(output.config);
  design.rows = output.config.array.rows;
  design.cols = output.config.array.cols;
  const int k_per_word = spec::k_per_word(output.config.format);
  const bool sparse = output.config.array.kind == spec::ArrayKind::kSparseTensorCore;
  design.unit_macs = output.signature.k_per_step;
  design.lanes_per_unit = design.unit_macs / (sparse ? 2 : 1);
  design.selection_macs = spec::kSparseGroup;
  // An encoder at the edge serves a row's units, one behind the selection a group.
  const bool behind_selection = sparse && output.config.format.kind == spec::Kind::kSparq;
  design.encoder_macs = behind_selection ? spec::kSparseGroup : k_per_word * design.cols;
  design.array = output.top().name;
  design.pe = name_of(gen::Role::kPe);
  design.dot_unit = name_of(gen::Role::kDotUnit);
  design.selection = name_of(gen::Role::kSelection);
  design.lane = name_of(gen::Role::kLane);
  design.encoder = name_of(gen::Role::kActivationEncoder);
  for (const gen::EmittedModule& module : output.modules) {
    design.sources.push_back({module.name + ".v", module.text});
  }
  return design;
}

spec::Checked<std::vector<synth::Design>> designs_of(const std::vector<spec::Config>& configs,
                                                     const std::filesystem::path& data) {
  std::vector<synth::Design> designs;
  for (const spec::Config& config : configs) {
    const auto output = gen::generate(config, (data / "rtl" / "lib").string());
    if (!output) return tl::unexpected<spec::Problems>(output.error());
    designs.push_back(design_of(*output));
  }
  return designs;
}

spec::Checked<std::vector<synth::PipelinedDesigns>> pipelined_designs(
    const spec::Config& config, const std::filesystem::path& data) {
  std::vector<synth::PipelinedDesigns> all;
  for (const spec::Pipeline pipeline : {spec::Pipeline{false, false}, spec::Pipeline{true, false},
                                        spec::Pipeline{false, true}, spec::Pipeline{true, true}}) {
    std::vector<spec::Config> configs = synth::with_baselines(config);
    for (spec::Config& each : configs) {
      each.pipeline = pipeline;
      each.array.rows = 1;
    }
    auto designs = designs_of(configs, data);
    if (!designs) return tl::unexpected(designs.error());
    all.push_back({pipeline, pipeline == config.pipeline, *std::move(designs)});
  }
  return all;
}

}  // namespace sparq::app
