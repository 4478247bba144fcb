// SPDX-License-Identifier: Apache-2.0
// The way of a step through a processing element, from its operand registers (stage 1) to the sum
// of its products, with the register stages of the configuration and the step's flags beside it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gen/datapath/datapath.h"

namespace sparq::gen {

class StepPipeline {
 public:
  // Flags travel with the step: "last" becomes last_q2 in stage 2. `module` outlives the pipeline.
  struct Flag {
    std::string stem;
    const verilog::Signal* signal;
  };

  // `counts` is the stem of the flag without which data registers hold; empty when none does.
  StepPipeline(verilog::Module& module, const spec::Config& config,
               const verilog::Clocking& control, std::vector<Flag> flags, std::string counts);

  // The sum of one word's products, behind after_multiply and after_reduce.
  Sum step_sum(const Datapath& datapath, const Operands& operands);

  // Opens the next stage: a section.
  void next_stage(const std::string& title);
  // A register of this stage, named after it.
  const verilog::Signal& reg(const std::string& stem, const verilog::Num& width);
  std::string name(const std::string& stem, char kind) const;  // "sum", 'd' -> "sum_d3"

  const verilog::Signal& flag(const std::string& stem) const;
  // Clocks data registers of this stage: they move when what feeds them does.
  verilog::Clocking data() const;

 private:
  using Updates = std::vector<std::pair<const verilog::Signal*, verilog::Expr>>;
  // Registers values, a carry if there is one, and the flags beside them, in this stage.
  void hold(Updates values, std::optional<verilog::Expr>& carry);

  verilog::Module& module_;
  const spec::Config& config_;
  verilog::Clocking control_;
  std::vector<Flag> flags_;
  std::string counts_;
  int stage_ = 1;
};

}  // namespace sparq::gen
