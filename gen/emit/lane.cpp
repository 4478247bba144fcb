// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

#include "gen/emit/emit.h"
#include "golden/spec/pair_layout.h"

namespace sparq::gen {

using namespace verilog;

namespace {

// `value` shifted as its code says.
Expr shifted(Module& m, const Signal& value, const std::vector<int>& placements,
             const Signal& code) {
  const size_t count = placements.size();
  const int code_bits = static_cast<int>(code.width.constant());
  const auto is = [&](size_t i) { return equal(code, constant(code_bits, i)); };
  const int shift_bits = static_cast<int>(std::bit_width(static_cast<unsigned>(placements.back())));
  const auto shift = [&](size_t i) {
    return constant(shift_bits, static_cast<uint64_t>(placements[i]));
  };
  // No barrel, but an AND-OR by one-hot selects (synth/flow/operators.v).
  if (count == 3) {
    m.comment("There is no code 3: what selects the shift in the middle is a bit of the code.");
    const auto by = [&](size_t i) { return shift_left(value, shift(i)); };
    return first_match({{is(0), value}, {is(2), by(2)}}, by(1));
  }
  const auto spacing = static_cast<unsigned>(placements[1] - placements[0]);
  bool even = std::has_single_bit(spacing);
  for (size_t i = 0; i < count; ++i) {
    even = even && static_cast<unsigned>(placements[i]) == i * spacing;
  }
  if (!even) {
    std::vector<std::pair<Expr, Expr>> choices;
    for (size_t i = 0; i + 1 < count; ++i) {
      choices.emplace_back(is(i), shift(i));
    }
    return shift_left(value, m.wire("shift", first_match(choices, shift(count - 1))));
  }
  const int zero_bits = static_cast<int>(std::bit_width(spacing)) - 1;
  const auto by = [&](const Expr& steps) {
    return shift_left(value, zero_bits == 0 ? steps : concat({steps, zeros(zero_bits)}));
  };
  // Where not every code is in use, those with the top bit set need a smaller shifter.
  const int top = static_cast<int>(code.width.constant()) - 1;
  const auto upper = static_cast<unsigned>(count) - (1U << top);
  const int upper_bits = static_cast<int>(std::bit_width(upper - 1));
  if (upper_bits == top) return by(code);
  const Expr start = constant(top + 1 - upper_bits, uint64_t{1} << (top - upper_bits));
  const Expr far = upper_bits == 0 ? start : concat({start, code.slice(0, upper_bits)});
  return mux(code.bit(top), by(far), by(code.slice(0, top)));
}

}  // namespace

Unit emit_lane(const spec::Config& config) {
  const spec::Format& format = config.format;
  const spec::PairLayout layout = spec::pair_layout(format);
  const int a = format.activation_bits;
  const int n = format.window_bits;
  const Sign sign = activation_sign(config);
  const std::string name = module_name(config, "lane");
  const std::string purpose = fmt::format("a {}-bit digit{} times a weight, shifted to its place",
                                          n, sign == Sign::kSigned ? " and its sign" : "");
  const std::string equation =
      fmt::format("  product_o = (digit_i * weight_i) << s, s = {{{}}}[code_i]",
                  fmt::join(format.placements, ", "));
  auto module = std::make_unique<Module>(name, header(config, name, purpose, equation, 0));
  Module& m = *module;
  const Num weight_bits = m.parameter("WeightBits", config.weight_bits, 2, "two's complement");
  const int most = (1 << n) - 1;
  const Signal& digit =
      m.input("digit_i", layout.digit_bits,
              sign == Sign::kSigned ? fmt::format("two's complement, -{0}..{0}", most)
                                    : fmt::format("unsigned, 0..{}", most));
  const Signal& code = m.input("code_i", layout.code_bits, "index of the shift");
  const Signal& weight = m.input("weight_i", weight_bits, "two's complement");
  const bool is_bit = n == 1 && sign == Sign::kUnsigned;
  const int growth = is_bit ? 0 : n;
  const Num product_bits = weight_bits + (growth + a - n);
  const Signal& out = m.output("product_o", product_bits, "two's complement");

  m.comment(is_bit ? fmt::format("A product is the weight or zero, shifted by at most {}.", a - n)
                   : fmt::format("A digit's magnitude is below 2^{0}: its product has {0} + "
                                 "WeightBits bits, shifted by at\nmost {1}.",
                                 n, a - n));
  const Signal& narrow =
      m.wire("multiplied", product(sign, digit, weight, growth - layout.digit_bits));
  const Signal& multiplied = m.wire("extended", sign_extend(narrow, product_bits));
  m.assign(out, shifted(m, multiplied, format.placements, code));
  return {std::move(module), Role::kLane, purpose, 0};
}

}  // namespace sparq::gen
