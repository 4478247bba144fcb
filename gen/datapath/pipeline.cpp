// SPDX-License-Identifier: Apache-2.0
#include "gen/datapath/pipeline.h"

#include <fmt/format.h>

#include <stdexcept>

namespace sparq::gen {

using namespace verilog;

StepPipeline::StepPipeline(Module& module, const spec::Config& config, const Clocking& control,
                           std::vector<Flag> flags, std::string counts)
    : module_(module),
      config_(config),
      control_(control),
      flags_(std::move(flags)),
      counts_(std::move(counts)) {}

void StepPipeline::next_stage(const std::string& title) {
  ++stage_;
  module_.section(fmt::format("stage {}: {}", stage_, title));
}

std::string StepPipeline::name(const std::string& stem, char kind) const {
  return fmt::format("{}_{}{}", stem, kind, stage_);
}

const Signal& StepPipeline::reg(const std::string& stem, const Num& width) {
  return module_.reg(name(stem, 'q'), width);
}

const Signal& StepPipeline::flag(const std::string& stem) const {
  for (const Flag& flag : flags_) {
    if (flag.stem == stem) return *flag.signal;
  }
  throw std::logic_error("no flag " + stem);
}

Clocking StepPipeline::data() const {
  const Expr moves = counts_.empty() ? *control_.enable : *control_.enable && flag(counts_);
  return {control_.clock, std::nullopt, moves};
}

void StepPipeline::hold(Updates values, std::optional<Expr>& carry) {
  Updates flags;
  for (const Flag& flag : flags_) flags.emplace_back(&reg(flag.stem, 1), *flag.signal);
  if (!flags.empty()) module_.registers(control_, flags);
  if (carry) {
    const Signal& held = reg("carry", 1);
    values.emplace_back(&held, *carry);
    carry = held;
  }
  module_.registers(data(), values);
  for (size_t i = 0; i < flags_.size(); ++i) flags_[i].signal = flags[i].first;
}

Sum StepPipeline::step_sum(const Datapath& datapath, const Operands& operands) {
  auto [products, carry] = datapath.multiply(module_, config_, operands, datapath.units);
  if (config_.pipeline.after_multiply) {
    next_stage("products");
    Updates values;
    for (size_t i = 0; i < products.size(); ++i) {
      const Signal& held = reg(fmt::format("product_{}", i), products[i]->width);
      values.emplace_back(&held, *products[i]);
      products[i] = &held;
    }
    hold(std::move(values), carry);
  }
  const Signal* sum = &sum_of_products(module_, datapath, products);
  if (config_.pipeline.after_reduce) {
    next_stage("the step's sum");
    const Signal& held = reg("step_sum", sum->width);
    hold({{&held, *sum}}, carry);
    sum = &held;
  }
  return {sum, carry};
}

}  // namespace sparq::gen
