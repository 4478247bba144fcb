// SPDX-License-Identifier: Apache-2.0
// The static 4-bit baseline: its edge encoder and its finish step.
#include <fmt/format.h>

#include "gen/emit/emit.h"

namespace sparq::gen {

using namespace verilog;

namespace {
constexpr int kDigitBits = 4;
}

Unit emit_static4_encoder(const spec::Config& config) {
  const int a = config.format.activation_bits;
  const int below = a - kDigitBits;  // bits under the digit
  const std::string name = module_name(config, "static4_encoder");
  const std::string purpose = "two activations as static 4-bit digits";
  const bool has_signs = config.format.signed_activations;
  const std::string equation = fmt::format(
      "  digit = min(activation / 2^{} rounded to nearest, ties to even; {}), for each of the pair",
      below, has_signs ? 7 : 15);
  auto module = std::make_unique<Module>(name, header(config, name, purpose, equation, 0));
  Module& m = *module;
  const Signal& in =
      m.input("activation_i", 2 * a, "{second, first}, " + activation_comment(config));
  const Signal& out =
      m.output("activation_o", 2 * kDigitBits,
               fmt::format("{{second, first}} digits, {}", has_signs ? "-8..7" : "0..15"));
  for (const int i : {0, 1}) {
    const int base = i * a;
    const Signal& trimmed =
        m.wire(fmt::format("trimmed_{}", i), in.slice(base + below, kDigitBits));
    const Expr half = in.bit(base + below - 1);
    const Expr tie_break =
        below >= 2 ? any(in.slice(base, below - 1)) || trimmed.bit(0) : Expr(trimmed.bit(0));
    const Expr largest = has_signs ? equal(trimmed, constant(kDigitBits, 7)) : all(trimmed);
    const Signal& round_up = m.wire(fmt::format("round_up_{}", i), half && tie_break && !largest);
    m.assign({out, i * kDigitBits, kDigitBits}, trimmed + zero_extend(round_up, kDigitBits));
  }
  return {std::move(module), Role::kActivationEncoder, purpose, 0};
}

Unit emit_static4_finish(const spec::Config& config) {
  const int below = config.format.activation_bits - kDigitBits;
  const std::string name = module_name(config, "finish");
  const std::string purpose = "the place value that static digits leave out";
  const std::string equation =
      fmt::format("  result_o = accumulator_i * 2^{} modulo 2^AccumulatorBits", below);
  auto module = std::make_unique<Module>(name, header(config, name, purpose, equation, 0));
  Module& m = *module;
  const Num bits =
      m.parameter("AccumulatorBits", config.accumulator_bits, below + 1, "two's complement, wraps");
  const Signal& in = m.input("accumulator_i", bits, "sum of digit * weight");
  const Signal& out = m.output("result_o", bits, "C");
  m.sink({in.slice(bits - below, below)});
  m.assign(out, concat({in.slice(0, bits - below), zeros(below)}));
  return {std::move(module), Role::kFinish, purpose, 0};
}

}  // namespace sparq::gen
