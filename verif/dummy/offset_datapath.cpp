// SPDX-License-Identifier: Apache-2.0
#include "verif/dummy/offset_datapath.h"

namespace sparq::verif {

using namespace gen;  // emitters read as Verilog
using namespace gen::verilog;

namespace {

Unit emit_weight_encoder(const spec::Config& config) {
  const std::string name = module_name(config, "weight_encoder");
  const std::string purpose = "a weight in offset binary";
  auto module = std::make_unique<Module>(
      name, header(config, name, purpose, "  weight_o = weight_i + 2^(WeightBits-1)", 0));
  Module& m = *module;
  const Num w = m.parameter("WeightBits", config.weight_bits, 2, "two's complement");
  const Signal& in = m.input("weight_i", w, "two's complement");
  const Signal& out = m.output("weight_o", w, "unsigned");
  m.assign(out, concat({!in.bit(w - 1), in.slice(0, w - 1)}));
  return {std::move(module), Role::kWeightEncoder, purpose, 0};
}

// A PE without weights: the same stages, so that it stays in step with its row.
Unit emit_side_sum(const spec::Config& config, const spec::Signature& signature) {
  const std::string name = module_name(config, "side_sum");
  const std::string purpose = "the sum of a row's activations over a tile";
  auto module = std::make_unique<Module>(
      name, header(config, name, purpose, "  sum += activation", signature.pe_latency));
  Module& m = *module;
  const int s = signature.side_bits;
  const Signal& clock = m.input("clk_i", 1);
  const Signal& reset = m.input("rst_ni", 1);
  const Signal& enable = m.input("enable_i", 1);
  const Signal& first = m.input("first_i", 1);
  const Signal& last = m.input("last_i", 1);
  const Signal& activation = m.input("activation_i", signature.activation_bits);
  const Signal& a = m.input("result_a_i", s);
  const Signal& b = m.input("result_b_i", s);
  const Signal& result = m.output("result_o", s);
  const Signal& first_q1 = m.reg("first_q1", 1);
  const Signal& last_q1 = m.reg("last_q1", 1);
  const Signal& last_q2 = m.reg("last_q2", 1);
  const Signal& activation_q1 = m.reg("activation_q1", signature.activation_bits);
  const Signal& sum_q2 = m.reg("sum_q2", s);
  const Signal& so_far = m.wire("so_far", mux(first_q1, zeros(s), sum_q2));
  m.assign(result, a | b | (sum_q2 & replicate(s, last_q2)));
  m.registers({clock, Expr(reset), Expr(enable)},
              {{&first_q1, first}, {&last_q1, last}, {&last_q2, last_q1}});
  m.registers({clock, std::nullopt, Expr(enable)},
              {{&activation_q1, activation}, {&sum_q2, so_far + zero_extend(activation_q1, s)}});
  return {std::move(module), Role::kSideSum, purpose, signature.pe_latency};
}

Unit emit_finish(const spec::Config& config, const spec::Signature& signature) {
  const std::string name = module_name(config, "finish");
  const std::string purpose = "takes the weights' offset out of the accumulator";
  auto module = std::make_unique<Module>(
      name, header(config, name, purpose,
                   "  result_o = accumulator_i - 2^(WeightBits-1) * side_i modulo 2^P", 0));
  Module& m = *module;
  const Num p = m.parameter("AccumulatorBits", config.accumulator_bits, 2, "two's complement");
  const Signal& accumulator = m.input("accumulator_i", p);
  const Signal& side = m.input("side_i", signature.side_bits);
  const Signal& result = m.output("result_o", p);
  const int shift = config.weight_bits - 1;
  const Signal& wide = m.wire("wide", zero_extend(side, p));
  m.sink({wide.slice(p - shift, shift)});
  m.assign(result, accumulator - concat({wide.slice(0, p - shift), zeros(shift)}));
  return {std::move(module), Role::kFinish, purpose, 0};
}

Products offset_product(Scope& s, const spec::Config&, const Operands& operands,
                        const std::vector<Unit>&) {
  const Signal& weight =
      s.wire("offset_weight", zero_extend(operands.weight, operands.weight.width + 1));
  return {{&s.wire("product_0", product(Sign::kUnsigned, operands.activation, weight))}};
}

}  // namespace

Datapath offset_datapath(const spec::Config& config) {
  Datapath datapath = {
      .signature = spec::signature(config),
      .multiply = offset_product,
      .product_bits = Num::symbol("WeightBits") + config.format.activation_bits + 1,
      .equation = "activation * (w + 2^(W-1))"};
  datapath.signature.side_bits = config.accumulator_bits - 1;
  datapath.units.push_back(emit_weight_encoder(config));
  datapath.units.push_back(emit_side_sum(config, datapath.signature));
  datapath.units.push_back(emit_finish(config, datapath.signature));
  return datapath;
}

}  // namespace sparq::verif
