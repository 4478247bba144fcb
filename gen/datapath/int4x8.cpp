// SPDX-License-Identifier: Apache-2.0
// Static 4-bit activations, 2x4b-8b: two narrow multipliers without shift or select.
#include "gen/datapath/datapath.h"

namespace sparq::gen {

using namespace verilog;

namespace {

Products two_multipliers(Scope& s, const spec::Config& config, const Operands& operands,
                         const std::vector<Unit>&) {
  const int digit = config.format.window_bits;
  const Num w = Num::symbol("WeightBits");
  const Signal& weight_0 = s.wire("weight_0", operands.weight.slice(0, w));
  const Signal& weight_1 = s.wire("weight_1", operands.weight.slice(w, w));
  const Sign sign = activation_sign(config);
  return {{&s.wire("product_0", product(sign, operands.activation.slice(0, digit), weight_0)),
           &s.wire("product_1", product(sign, operands.activation.slice(digit, digit), weight_1))}};
}

}  // namespace

Datapath int4x8_datapath(const spec::Config& config) {
  Datapath datapath = {.signature = spec::signature(config),
                       .multiply = two_multipliers,
                       .product_bits = Num::symbol("WeightBits") + config.format.window_bits,
                       .equation = "digit0 * weight0 + digit1 * weight1"};
  if (config.encoder == spec::Encoder::kEdge) {
    datapath.units.push_back(emit_static4_encoder(config));
  }
  datapath.units.push_back(emit_static4_finish(config));
  return datapath;
}

}  // namespace sparq::gen
