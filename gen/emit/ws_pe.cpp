// SPDX-License-Identifier: Apache-2.0
// The processing element of a weight-stationary array.
#include <fmt/format.h>

#include <stdexcept>

#include "gen/datapath/pipeline.h"
#include "gen/emit/element.h"

namespace sparq::gen {

using namespace verilog;

namespace {

// The place value that a datapath leaves to its finish step: here every step is finished at once,
// since sums from the north are.
Sum finished(Module& m, const Datapath& datapath, const Sum& step_sum, const Num& p) {
  const Unit* finish = datapath.find(Role::kFinish);
  if (finish == nullptr) return step_sum;
  if (step_sum.carry) throw std::logic_error("a finish step takes no carry");
  const Signal& addend = m.wire("step_addend", p);
  m.instance(finish->module->interface(), "u_finish", {{"AccumulatorBits", p}},
             {{"accumulator_i", sign_extend(*step_sum.value, p)}}, {{"result_o", addend}});
  return {&addend};
}

}  // namespace

Unit emit_ws_pe(const spec::Config& config, const Datapath& datapath) {
  const spec::Signature& signature = datapath.signature;
  const std::string name = module_name(config, "ws_pe");
  const std::string purpose =
      fmt::format("weight-stationary processing element, {} MAC{} a cycle", signature.k_per_step,
                  signature.k_per_step == 1 ? "" : "s");
  auto module = new_module(
      config, name,
      header(config, name, purpose,
             "  sum_o = sum_i + " + datapath.equation +
                 "\n  Weights pass through the shadow registers; swap_i takes them into use.",
             signature.pe_latency));
  Module& m = *module;
  const Num w = m.parameter("WeightBits", config.weight_bits, 2, "of one weight, two's complement");
  const Num p =
      m.parameter("AccumulatorBits", config.accumulator_bits, 2, "two's complement, wraps");
  for (const ParameterDecl& own : datapath.parameters) {
    m.parameter(own.name, own.value, own.at_least, own.comment);
  }
  unit_clock_gating(m);
  const Num words = w * signature.k_per_step;

  const Signal& clock = m.input("clk_i", 1);
  const Signal& reset = m.input("rst_ni", 1, reset_comment(config));
  const Signal& enable_in = m.input("enable_i", 1, "everything holds while low");
  const Signal& load_in = m.input("load_i", 1, "the shadow registers take weight_i");
  const Signal& swap_in = m.input("swap_i", 1, "activation_i meets the next weights");
  const Signal& activation_in = m.input("activation_i", signature.activation_bits);
  const Signal& weight_in =
      m.input("weight_i", words, signature.k_per_step == 1 ? "" : "{second, first}");
  const Signal& sum_in =
      m.input("sum_i", p, fmt::format("from the north, in stage {}", signature.pe_latency));
  const Signal& load_out = m.output("load_o", 1, "to the east, one cycle later");
  const Signal& swap_out = m.output("swap_o", 1, "to the east");
  const Signal& activation_out = m.output("activation_o", signature.activation_bits, "to the east");
  const Signal& weight_out = m.output("weight_o", words, "to the south");
  const Signal& sum_out = m.output("sum_o", p, "to the south");

  const Signal& enable = unit_enable(m, enable_in);
  const Clocking control = {clock, Expr(reset), Expr(enable)};
  m.section("weights: the next set's, passing through, and the ones in use");
  const Signal& load_q1 = m.reg("load_q1", 1);
  const Signal& swap_q1 = m.reg("swap_q1", 1);
  const Signal& shadow_q = m.reg("shadow_q", words);
  const Signal& weight_q1 = m.reg("weight_q1", words);
  m.assign(load_out, load_q1);
  m.assign(swap_out, swap_q1);
  m.assign(weight_out, shadow_q);
  m.registers(control, {{&load_q1, load_in}, {&swap_q1, swap_in}});
  m.comment("Data is not reset: the first step behind a reset swaps.");
  m.registers({clock, std::nullopt, enable && load_in}, {{&shadow_q, weight_in}});
  m.registers({clock, std::nullopt, enable && swap_in}, {{&weight_q1, shadow_q}});

  m.section("stage 1: operands");
  const Signal& activation_q1 = m.reg("activation_q1", signature.activation_bits);
  m.assign(activation_out, activation_q1);
  m.registers({clock, std::nullopt, Expr(enable)}, {{&activation_q1, activation_in}});
  std::vector<StepPipeline::Flag> flags;
  if (config.zero_gating) {
    m.comment("A zero word adds nothing: what lies behind it holds, and the sum passes it by.");
    flags.push_back({"counts", &m.wire("counts_1", datapath.counts(activation_q1))});
  }
  StepPipeline pipeline(m, config, control, flags, config.zero_gating ? "counts" : "");
  const Sum step_sum = pipeline.step_sum(datapath, {activation_q1, weight_q1});

  m.only_if({p, "<", step_sum.value->width + 1}, "gen_bad_accumulator")
      .instance({"sparq_error_accumulator_bits_must_exceed_one_step", {}, {}}, "u_error", {}, {},
                {});
  const Sum addend = finished(m, datapath, step_sum, p);
  pipeline.next_stage("sum");
  m.comment("A sum over R rows needs ceil(log2 R) bits more than one step; beyond, it wraps.");
  const Signal& sum_q = pipeline.reg("sum", p);
  const Signal& sum = accumulated(m, "sum", sum_in, addend);
  const Expr sum_d = config.zero_gating ? mux(pipeline.flag("counts"), sum, sum_in) : Expr(sum);
  m.assign(sum_out, sum_q);
  m.registers({clock, std::nullopt, Expr(enable)}, {{&sum_q, sum_d}});
  return {std::move(module), Role::kPe, purpose, signature.pe_latency};
}

}  // namespace sparq::gen
