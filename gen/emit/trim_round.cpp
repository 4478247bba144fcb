// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

#include "gen/emit/emit.h"

namespace sparq::gen {

using namespace verilog;

Unit emit_trim_round(const spec::Config& config, const std::string& stem, int window_bits,
                     const std::vector<int>& placements) {
  const int a = config.format.activation_bits;
  const int n = window_bits;
  const bool nearest = config.format.rounding == spec::Rounding::kNearest;
  const int code_bits = static_cast<int>(std::bit_width(placements.size() - 1));
  const std::string name = module_name(config, stem);
  const std::string purpose = fmt::format("a {}-bit window over one {}-bit activation", n, a);
  const std::string equation = fmt::format(
      "  s       = the smallest of {{{}}} with activation_i < 2^({} + s)\n"
      "  digit_o = {}\n"
      "  code_o  = index of s\n"
      "  so that activation_i is about digit_o * 2^s.",
      fmt::join(placements, ", "), n,
      nearest ? fmt::format("min(activation_i / 2^s rounded to nearest, ties to even; {})",
                            (1 << n) - 1)
              : "floor(activation_i / 2^s)");

  auto module = std::make_unique<Module>(name, header(config, name, purpose, equation, 0));
  Module& m = *module;
  const Signal& x = m.input("activation_i", a, fmt::format("unsigned, 0..{}", (1 << a) - 1));
  const Signal& digit = m.output("digit_o", n, fmt::format("unsigned, 0..{}", (1 << n) - 1));
  const Signal& code = m.output("code_o", code_bits,
                                fmt::format("index of the shift, 0..{}", placements.size() - 1));

  m.comment("fits[i]: no leading one above window i.");
  const int windows = static_cast<int>(placements.size());
  const Signal& fits = m.wire("fits", windows - 1);
  for (int i = 0; i + 1 < windows; ++i) {
    const int above = n + placements[static_cast<size_t>(i)];
    m.assign({fits, i, 1}, none(x.slice(above, a - above)));
  }

  // What each window would yield, chosen by the first that fits.
  const auto choose = [&](auto value) {
    std::vector<std::pair<Expr, Expr>> choices;
    for (int i = 0; i + 1 < windows; ++i) {
      choices.emplace_back(fits.bit(i), value(i, placements[static_cast<size_t>(i)]));
    }
    return first_match(choices, value(windows - 1, placements.back()));
  };
  m.assign(code, choose([&](int i, int) { return constant(code_bits, static_cast<uint64_t>(i)); }));
  const auto window = [&](int, int s) { return x.slice(s, n); };
  if (!nearest) {
    m.assign(digit, choose(window));
    return {std::move(module), Role::kTrimRound, purpose, 0};
  }
  const Signal& trimmed = m.wire("trimmed", choose(window));
  m.comment("What lies below the window: its first bit is worth a half, the others break a tie.");
  const Signal& half =
      m.wire("half", choose([&](int, int s) { return s >= 1 ? x.bit(s - 1) : constant(1, 0); }));
  const Signal& sticky =
      m.wire("sticky",
             choose([&](int, int s) { return s >= 2 ? any(x.slice(0, s - 1)) : constant(1, 0); }));
  m.comment("A full window stays full: it saturates instead of moving up.");
  const Signal& round_up = m.wire("round_up", half && (sticky || trimmed.bit(0)) && !all(trimmed));
  m.assign(digit, trimmed + zero_extend(round_up, n));
  return {std::move(module), Role::kTrimRound, purpose, 0};
}

}  // namespace sparq::gen
