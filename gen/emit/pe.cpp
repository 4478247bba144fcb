// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "gen/datapath/pipeline.h"
#include "gen/emit/element.h"

namespace sparq::gen {

using namespace verilog;

Unit emit_pe(const spec::Config& config, const Datapath& datapath) {
  const spec::Signature& signature = datapath.signature;
  const std::string name = module_name(config, "pe");
  const std::string purpose =
      fmt::format("output-stationary processing element, {} MAC{} a cycle", signature.k_per_step,
                  signature.k_per_step == 1 ? "" : "s");
  auto module =
      new_module(config, name,
                 header(config, name, purpose,
                        "  sum += " + datapath.equation +
                            "\n  first_i restarts the sum, last_i puts it on the result bus.",
                        signature.pe_latency));
  Module& m = *module;
  const Num w = m.parameter("WeightBits", config.weight_bits, 2, "of one weight, two's complement");
  const Num p =
      m.parameter("AccumulatorBits", config.accumulator_bits, 2, "two's complement, wraps");
  m.parameter(kSharesActivation, 0, 0, "1: the western neighbour's register serves us too");
  unit_clock_gating(m);
  const Num words = w * signature.k_per_step;

  const Signal& clock = m.input("clk_i", 1);
  const Signal& reset = m.input("rst_ni", 1, reset_comment(config));
  const Signal& enable_in = m.input("enable_i", 1, "everything holds while low");
  const Signal& first_in = m.input("first_i", 1, "first K step of a tile");
  const Signal& last_in = m.input("last_i", 1, "last K step of a tile");
  const Signal& activation_in = m.input("activation_i", signature.activation_bits, "0 is a bubble");
  const Signal& weight_in =
      m.input("weight_i", words, signature.k_per_step == 1 ? "" : "{second, first}");
  const Signal& first_out = m.output("first_o", 1, "to the east, as registered");
  const Signal& last_out = m.output("last_o", 1, "to the east");
  const Signal& activation_out = m.output("activation_o", signature.activation_bits, "to the east");
  const Signal& weight_out = m.output("weight_o", words, "to the south");
  const Signal& result_a = m.input("result_a_i", p, "column bus: results of other rows,");
  const Signal& result_b = m.input("result_b_i", p, "zero while they have none");
  const Signal& result = m.output("result_o", p, "and ours");

  const Signal& enable = unit_enable(m, enable_in);
  const Clocking control = {clock, Expr(reset), Expr(enable)};
  m.section("stage 1: operands");
  const Signal& first_q1 = m.wire("first_q1", 1);
  const Signal& last_q1 = m.wire("last_q1", 1);
  const Signal& activation_q1 = m.wire("activation_q1", signature.activation_bits);
  const Signal& weight_q1 = m.reg("weight_q1", words);
  m.assign(first_out, first_q1);
  m.assign(last_out, last_q1);
  m.assign(activation_out, activation_q1);
  m.assign(weight_out, weight_q1);
  m.comment("Data is not reset: a tile's first step overwrites the sum, and bubbles are zero.");
  const auto [own, shared] =
      m.choose({Num::symbol(kSharesActivation), "==", 0}, "gen_own", "gen_shared");
  const Signal& first_q = own.reg("first_q", 1);
  const Signal& last_q = own.reg("last_q", 1);
  const Signal& activation_q = own.reg("activation_q", signature.activation_bits);
  own.assign(first_q1, first_q);
  own.assign(last_q1, last_q);
  own.assign(activation_q1, activation_q);
  own.registers(control, {{&first_q, first_in}, {&last_q, last_in}});
  own.registers({clock, std::nullopt, Expr(enable)}, {{&activation_q, activation_in}});
  shared.assign(first_q1, first_in);
  shared.assign(last_q1, last_in);
  shared.assign(activation_q1, activation_in);
  m.registers({clock, std::nullopt, Expr(enable)}, {{&weight_q1, weight_in}});
  std::vector<StepPipeline::Flag> flags = {{"first", &first_q1}, {"last", &last_q1}};
  if (config.zero_gating) {
    m.comment("A zero word adds nothing: what lies behind it holds, unless a tile starts with it.");
    flags.push_back({"counts", &m.wire("counts_1", first_q1 || datapath.counts(activation_q1))});
  }
  StepPipeline pipeline(m, config, control, flags, config.zero_gating ? "counts" : "");
  const Sum step_sum = pipeline.step_sum(datapath, {activation_q1, weight_q1});

  pipeline.next_stage("accumulator");
  m.only_if({p, "<", step_sum.value->width + 1}, "gen_bad_accumulator")
      .instance({"sparq_error_accumulator_bits_must_exceed_one_step", {}, {}}, "u_error", {}, {},
                {});
  const Signal& shown_q = pipeline.reg("last", 1);
  const Signal& accumulator_q = pipeline.reg("accumulator", p);
  m.comment("A sum over S steps needs ceil(log2 S) bits more than one step; beyond, it wraps.");
  const Signal& so_far = m.wire("so_far", mux(pipeline.flag("first"), zeros(p), accumulator_q));
  const Signal& accumulator_d = accumulated(m, pipeline.name("accumulator", 'd'), so_far, step_sum);
  m.assign(result, result_a | result_b | (accumulator_q & replicate(p, shown_q)));
  m.registers(control, {{&shown_q, pipeline.flag("last")}});
  m.registers(pipeline.data(), {{&accumulator_q, accumulator_d}});
  return {std::move(module), Role::kPe, purpose, signature.pe_latency};
}

}  // namespace sparq::gen
