// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "gen/emit/emit.h"
#include "golden/spec/pair_layout.h"

namespace sparq::gen {

using namespace verilog;

namespace {

uint64_t code_of(const spec::Format& format, int shift) {
  const auto& s = format.placements;
  return static_cast<uint64_t>(std::find(s.begin(), s.end(), shift) - s.begin());
}

struct Half {
  Expr digit;
  Expr code;
};

// A digit as it travels: with its activation's sign, where there are signs.
Expr with_sign(Module& m, const std::string& name, const Signal* negative, const Expr& digit) {
  if (negative == nullptr) return digit;
  const Num bits = digit.width() + 1;
  const Expr positive = zero_extend(digit, bits);
  return m.wire(name, mux(*negative, zeros(bits) - positive, positive));
}

// An activation whose partner is zero has both windows: low and high digit, without signs.
std::pair<Half, Half> survivor_digits(Module& m, const spec::Format& format,
                                      const spec::PairLayout& layout, const Signal& survivor,
                                      const Interface* trim_round) {
  const int a = format.activation_bits;
  const int n = format.window_bits;
  if (trim_round == nullptr) {
    m.comment(fmt::format("It travels exactly: the low {} bits and the high {}.", a - n, n));
    return {{zero_extend(survivor.slice(0, a - n), n), constant(layout.code_bits, 0)},
            {survivor.slice(a - n, n), constant(layout.code_bits, code_of(format, a - n))}};
  }
  const std::vector<int> s2 = survivor_placements(format);
  m.comment(fmt::format("It gets a window of {} bits, split into two digits.", 2 * n));
  const Signal& digit = m.wire("survivor_digit", 2 * n);
  const Signal& code = m.wire("survivor_code", trim_round->ports.at(2).width);
  m.instance(*trim_round, "u_trim_round_survivor", {}, {{"activation_i", survivor}},
             {{"digit_o", digit}, {"code_o", code}});
  const auto placed = [&](int above) {
    std::vector<std::pair<Expr, Expr>> choices;
    for (size_t i = 0; i + 1 < s2.size(); ++i) {
      choices.emplace_back(equal(code, constant(static_cast<int>(code.width.constant()), i)),
                           constant(layout.code_bits, code_of(format, s2[i] + above)));
    }
    return first_match(choices, constant(layout.code_bits, code_of(format, s2.back() + above)));
  };
  const Signal& low = m.wire("survivor_code_low", placed(0));
  const Signal& high = m.wire("survivor_code_high", placed(n));
  return {{digit.slice(0, n), low}, {digit.slice(n, n), high}};
}

}  // namespace

std::vector<int> survivor_placements(const spec::Format& format) {
  std::vector<int> list;
  for (const int low : format.placements) {
    for (const int high : format.placements) {
      if (high - low == format.window_bits) list.push_back(low);
    }
  }
  return list;
}

Unit emit_pair_encoder(const spec::Config& config, const Interface& trim_round,
                       const Interface* survivor) {
  const spec::Format& format = config.format;
  const spec::PairLayout layout = spec::pair_layout(format);
  const int a = format.activation_bits;
  const int n = format.window_bits;
  const std::string name = module_name(config, "pair_encoder");
  const std::string purpose = "two activations along K as one word for two lanes";
  const std::string own = "  each activation gets its own window: {code1, digit1, code0, digit0}";
  const std::string equation =
      !format.vsparq
          ? own
          : fmt::format(
                "  both nonzero  each gets its own {0}-bit window, select = 00\n"
                "  one is zero   the other gets {1} bits in both lanes, select = "
                "01 (first) or 10 (second)\n"
                "  both zero     the word is 0\n"
                "  word = {{select, code1, digit1, code0, digit0}}{2}",
                n, 2 * n, format.signed_activations ? ", digits with their activation's sign" : "");
  auto module = std::make_unique<Module>(name, header(config, name, purpose, equation, 0));
  Module& m = *module;
  const bool has_signs = format.signed_activations;
  const Signal& in =
      m.input("activation_i", 2 * a, "{second, first}, " + activation_comment(config));
  const Signal& out = m.output("activation_o", layout.bits(), "the encoded pair");

  const Signal& first = m.wire("first", in.slice(0, a));
  const Signal& second = m.wire("second", in.slice(a, a));
  const Signal* negative[2] = {nullptr, nullptr};
  const Signal* magnitude[2] = {&first, &second};
  if (has_signs) {
    m.comment(fmt::format("The windows stand on magnitudes, 0..{}; digits get the sign back.",
                          1 << (a - 1)));
    for (const int i : {0, 1}) {
      const Signal& x = i == 0 ? first : second;
      negative[i] = &m.wire(fmt::format("negative_{}", i), x.bit(a - 1));
      magnitude[i] = &m.wire(fmt::format("magnitude_{}", i), mux(*negative[i], zeros(a) - x, x));
    }
  }
  m.section("own windows");
  std::vector<Half> own_half;
  for (const int lane : {0, 1}) {
    const Signal& digit = m.wire(fmt::format("digit_{}", lane), n);
    const Signal& code = m.wire(fmt::format("code_{}", lane), layout.code_bits);
    m.instance(trim_round, fmt::format("u_trim_round_{}", lane), {},
               {{"activation_i", *magnitude[lane]}}, {{"digit_o", digit}, {"code_o", code}});
    own_half.push_back(
        {with_sign(m, fmt::format("signed_digit_{}", lane), negative[lane], digit), code});
  }
  const auto word = [](std::vector<Expr> select, const Half& low, const Half& high) {
    select.insert(select.end(), {high.code, high.digit, low.code, low.digit});
    return concat(select);
  };
  if (!format.vsparq) {
    m.assign(out, word({}, own_half[0], own_half[1]));
    return {std::move(module), Role::kActivationEncoder, purpose, 0};
  }
  m.section("a survivor beside a zero");
  const Signal& first_alone = m.wire("first_alone", any(first) && none(second));
  const Signal& second_alone = m.wire("second_alone", none(first) && any(second));
  const Signal& lone = m.wire("survivor", *magnitude[0] | *magnitude[1]);
  const Signal* lone_negative =
      has_signs ? &m.wire("survivor_negative", *negative[0] | *negative[1]) : nullptr;
  auto [low, high] = survivor_digits(m, format, layout, lone, survivor);
  low.digit = with_sign(m, "signed_digit_low", lone_negative, low.digit);
  high.digit = with_sign(m, "signed_digit_high", lone_negative, high.digit);
  m.comment("A pair of zeros needs no case of its own: its own windows are zero.");
  m.assign(out, mux(first_alone || second_alone, word({second_alone, first_alone}, low, high),
                    word({constant(2, 0)}, own_half[0], own_half[1])));
  return {std::move(module), Role::kActivationEncoder, purpose, 0};
}

}  // namespace sparq::gen
