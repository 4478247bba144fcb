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

// Rows of Booth's multiplier, summed into `product`, which then lacks the carry.
void add_rows(Scope& s, const spec::Config& config, const Operands& operands, const Signal& product,
              const Signal& carry) {
  const int a = config.format.activation_bits;
  const Num w = Num::symbol("WeightBits");
  const Num digits = (w + 1) / 2;
  const Num digit = Num::symbol("digit");
  const Signal& activation = operands.activation;
  const Signal& weight = operands.weight;
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
  s.sink({changes.bit(w), high});
  s.assign(product, concat({high.slice(0, w + a - 2 * digits), low}));
  s.assign(carry, weight.bit(1));
}

// Smaller and faster, but its selects follow the weight: where that changes in every cycle, as it
// does anywhere but in a weight-stationary PE, it takes 1.4 to 1.8 times the energy (docs/area.md).
Products booth_multiplier(Scope& s, const spec::Config& config, const Operands& operands,
                          const std::vector<Unit>&) {
  const Signal& sum = s.wire("product_0", operands.activation.width + operands.weight.width);
  const Signal& carry = s.wire("carry_0", 1);
  s.comment(
      "Recoded to radix 4 (Booth, 1951; MacSorley, 1961), a digit of the weight, -2 to 2, makes a\n"
      "row of none, one or two activations, complemented where it is negative. What a complement\n"
      "lacks, 1, is the carry into its sum; the first row has no sum: the product is product_0 +\n"
      "carry_0. Digit d is one where bits 2d and 2d-1 differ, two where only bit 2d+1 does from\n"
      "both, and negative by bit 2d+1, in the last digit of an odd width the sign once more.");
  const auto [plain, rows] =
      s.choose({Num::symbol(kRecodesWeights), "==", 0}, "gen_product", "gen_rows");
  plain.assign(sum, product(activation_sign(config), operands.activation, operands.weight));
  plain.assign(carry, constant(1, 0));
  add_rows(rows, config, operands, sum, carry);
  return {{&sum}, carry};
}

}  // namespace

bool recodes_weights(const spec::Config& config) {
  // The one row of a two-bit weight has the carry for its sign: one bit in two pipeline registers.
  return config.format.kind == spec::Kind::kInt8 && config.weight_bits > 2 &&
         config.array.kind == spec::ArrayKind::kSystolic &&
         config.array.dataflow == spec::Dataflow::kWeightStationary;
}

Datapath int8_datapath(const spec::Config& config) {
  Datapath datapath = {.signature = spec::signature(config),
                       .multiply = full_multiplier,
                       .product_bits = Num::symbol("WeightBits") + config.format.activation_bits,
                       .equation = "activation * weight"};
  if (recodes_weights(config)) {
    datapath.multiply = booth_multiplier;
    datapath.parameters = {{kRecodesWeights, 1, 0, "0: the product is left to synthesis"}};
  }
  return datapath;
}

}  // namespace sparq::gen
