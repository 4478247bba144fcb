// SPDX-License-Identifier: Apache-2.0
// The conventional full-width unit, 8b-8b at the default widths.
#include <fmt/format.h>

#include "gen/datapath/datapath.h"

namespace sparq::gen {

using namespace verilog;

namespace {

std::vector<const Signal*> full_multiplier(Scope& s, const spec::Config& config,
                                           const Operands& operands, const std::vector<Unit>&) {
  s.comment(fmt::format("{} times two's complement: the sum of both widths holds every product.",
                        config.format.signed_activations ? "Two's complement" : "Unsigned"));
  return {
      &s.wire("product_0", product(activation_sign(config), operands.activation, operands.weight))};
}

}  // namespace

Datapath int8_datapath(const spec::Config& config) {
  return {.signature = spec::signature(config),
          .multiply = full_multiplier,
          .product_bits = Num::symbol("WeightBits") + config.format.activation_bits,
          .equation = "activation * weight"};
}

}  // namespace sparq::gen
