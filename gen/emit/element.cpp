// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/element.h"

#include "gen/emit/library.h"

namespace sparq::gen {

using namespace verilog;

namespace {
const Num kGated = Num::symbol(kClockGating);
}  // namespace

void unit_clock_gating(Module& unit) {
  unit.parameter(kClockGating, 0, 0, "1: clk_i rests instead of enable_i being low");
}

const Signal& unit_enable(Module& unit, const Signal& enable_i) {
  return unit.wire("enable", Expr(enable_i) || differs(kGated, 0));
}

Element::Element(Module& array, const spec::Config& config, const Interface& element)
    : array_(array), config_(config) {
  for (const ParameterDecl& p : element.parameters) {
    if (p.name == kSharesActivation) continue;
    if (p.name != kClockGating) {
      array.parameter(p.name, p.value, p.at_least, p.comment);
    } else if (!config.clock_enable) {
      array.parameter(p.name, 1, 0, "1: the elements' clock rests in stalls, 0: enables");
    }
  }
}

void Element::emit(const Signal& clock, const Signal& reset, const Signal& advance) {
  advance_ = &advance;
  clock_ = &clock;
  if (config_.clock_enable) return;
  array_.section("the elements' clock: rests while the array holds");
  clock_ = &array_.wire("element_clk", 1);
  const auto [enabled, gated] =
      array_.choose({kGated, "==", 0}, "gen_element_enable", "gen_clock_gate");
  enabled.assign(*clock_, clock);
  const bool synchronous = config_.reset == spec::Reset::kSynchronous;
  if (synchronous) gated.comment("A reset needs an edge.");
  gated.instance(clock_gate(), "u_clock_gate", {},
                 {{"clk_i", clock}, {"enable_i", synchronous ? advance || !reset : Expr(advance)}},
                 {{"clk_o", *clock_}});
}

Expr Element::enable() const {
  return config_.clock_enable ? Expr(*advance_) : Expr(*advance_) || differs(kGated, 0);
}

Parameters Element::pass_through(const Interface& interface) const {
  Parameters parameters;
  for (const ParameterDecl& p : interface.parameters) {
    const bool by_default = p.name == kClockGating && config_.clock_enable;
    if (!by_default && p.name != kSharesActivation)
      parameters.emplace_back(p.name, Num::symbol(p.name));
  }
  return parameters;
}

Parameters Element::with_gating(Parameters parameters) const {
  if (!config_.clock_enable) parameters.emplace_back(kClockGating, kGated);
  return parameters;
}

}  // namespace sparq::gen
