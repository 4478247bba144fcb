// SPDX-License-Identifier: Apache-2.0
// Static 4-bit activations, 2x4b-8b: two narrow multipliers without shift or select.
#include "gen/datapath/datapath.h"

namespace sparq::gen {

using namespace verilog;

namespace {

const Signal& two_multipliers(Module& m, const spec::Config& config, const PeOperands& operands,
                              const std::vector<Unit>&) {
  const int digit = config.format.window_bits;
  const Num& w = operands.weight_bits;
  const Signal& weight_0 = m.wire("weight_0", operands.weight.slice(0, w));
  const Signal& weight_1 = m.wire("weight_1", operands.weight.slice(w, w));
  const Signal& product_0 =
      m.wire("product_0", product(operands.activation.slice(0, digit), weight_0));
  const Signal& product_1 =
      m.wire("product_1", product(operands.activation.slice(digit, digit), weight_1));
  m.comment("Two products: one bit more than one.");
  return m.wire("step_sum",
                sign_extend(product_0, w + digit + 1) + sign_extend(product_1, w + digit + 1));
}

}  // namespace

Datapath int4x8_datapath(const spec::Config& config) {
  Datapath datapath{spec::signature(config), {}};
  if (config.encoder == spec::Encoder::kEdge) {
    datapath.units.push_back(emit_static4_encoder(config));
  }
  datapath.units.push_back(emit_static4_finish(config));
  datapath.units.push_back(emit_pe(config, datapath.signature,
                                   "  sum += digit0 * weight0 + digit1 * weight1", two_multipliers,
                                   datapath.units));
  return datapath;
}

}  // namespace sparq::gen
