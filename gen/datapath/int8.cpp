// SPDX-License-Identifier: Apache-2.0
// The conventional full-width unit, 8b-8b at the default widths.
#include <fmt/format.h>

#include "gen/datapath/datapath.h"

namespace sparq::gen {

using namespace verilog;

namespace {

Products full_multiplier(Scope& s, const spec::Config& config, const Operands& operands,
                         const std::vector<Unit>&) {
  s.comment(fmt::format("{} times two's complement: the sum of both widths holds every product.",
                        config.format.signed_activations ? "Two's complement" : "Unsigned"));
  return {{&s.wire("product_0",
                   product(activation_sign(config), operands.activation, operands.weight))}};
}

// Smaller and faster, but its selects follow the weight: where that changes in every cycle, as it
// does anywhere but in a weight-stationary PE, it takes 1.4 to 1.8 times the energy (docs/area.md).
Products booth_multiplier(Scope& s, const spec::Config& config, const Operands& operands,
                          const std::vector<Unit>&) {
  const int a = config.format.activation_bits;
  const Num w = Num::symbol("WeightBits");
  const Num digits = (w + 1) / 2;
  const Num digit = Num::symbol("digit");
  const Signal& activation = operands.activation;
  const Signal& weight = operands.weight;
  s.comment(
      "Radix 4 (Booth, 1951): a digit of the weight, -2 to 2, makes a row of none, one or two\n"
      "activations, complemented where it is negative. What a complement lacks, 1, is the carry\n"
      "into its sum; the first row has no sum and leaves it to a later one. A digit is the two "
      "bits\n"
      "that change from their lower neighbours; an odd width has its sign twice.");
  const Signal& once = s.wire(
      "once", concat({config.format.signed_activations ? activation.bit(a - 1) : constant(1, 0),
                      activation}));
  const Signal& changes = s.wire(
      "weight_changes", concat({weight.bit(w - 1), weight}) ^ concat({weight, constant(1, 0)}));
  const Signal& low = s.wire("product_low", 2 * digits);
  Scope& d = s.loop("digit", digits, "gen_digit");
  const Expr negative = weight.bit(2 * digit + 1 - (2 * digit + 1) / w);
  const Expr one = changes.bit(2 * digit);
  const Signal& two = d.wire("two", changes.bit(2 * digit + 1) && !one);
  const Signal& magnitude =
      d.wire("magnitude", (replicate(a + 2, one) & concat({once.bit(a), once})) |
                              (replicate(a + 2, two) & concat({once, constant(1, 0)})));
  const Signal& row = d.wire("row", magnitude ^ replicate(a + 2, negative));
  const Signal& sum = d.wire("sum", a + 3);
  const Signal& upper = d.wire("upper", sum.slice(2, a + 1));
  const auto [first, next] = d.choose({digit, "==", 0}, "gen_first", "gen_next");
  first.assign(sum, concat({row.bit(a + 1), row}));
  const Signal& above = next.wire("above", elsewhere({{"gen_digit", digit - 1}}, upper));
  const Signal& with_carry =
      next.wire("with_carry", concat({above.bit(a), above.bit(a), above, constant(1, 1)}) +
                                  concat({row.bit(a + 1), row, negative}));
  next.assign(sum, with_carry.slice(1, a + 3));
  next.sink({with_carry.bit(0)});
  d.assign(Target(low, 2 * digit, 2), sum.slice(0, 2));
  const Signal& high = s.wire("product_high", elsewhere({{"gen_digit", digits - 1}}, upper));
  const Signal& product = s.wire("product_0", concat({high.slice(0, w + a - 2 * digits), low}));
  s.sink({changes.bit(w), high});
  return {{&product}, weight.bit(1)};
}

}  // namespace

Datapath int8_datapath(const spec::Config& config) {
  const bool weight_stays = config.array.kind == spec::ArrayKind::kSystolic &&
                            config.array.dataflow == spec::Dataflow::kWeightStationary;
  // A weight of two bits is one digit, whose row would carry its sign twice.
  const bool recodes = weight_stays && config.weight_bits > 2;
  return {.signature = spec::signature(config),
          .multiply = recodes ? booth_multiplier : full_multiplier,
          .product_bits = Num::symbol("WeightBits") + config.format.activation_bits,
          .equation = "activation * weight"};
}

}  // namespace sparq::gen
