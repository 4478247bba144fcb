// SPDX-License-Identifier: Apache-2.0
// An array's element (a PE or a dot-product unit) as the array instantiates it: parameters and
// clock.
//
// The clock is that of all that holds while an array stalls. By default a gate lets it rest, which
// saves every register behind it an enable; ClockGating 0 makes it the array's own beside enables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gen/emit/emit.h"

namespace sparq::gen {

using Parameters = std::vector<std::pair<std::string, verilog::Num>>;

inline constexpr const char* kClockGating = "ClockGating";
// Set per element, not per array: whether its western neighbour's activation register serves it
// too.
inline constexpr const char* kSharesActivation = "SharesActivation";

// Declares a unit's own ClockGating, and the enable that follows from it and enable_i.
void unit_clock_gating(verilog::Module& unit);
const verilog::Signal& unit_enable(verilog::Module& unit, const verilog::Signal& enable_i);

// The array's side. An array with clk_en_i has none: its stalls follow an input, which would
// have to be there half a cycle early.
class Element {
 public:
  // Declares the array's parameters that are its element's.
  Element(verilog::Module& array, const spec::Config& config, const verilog::Interface& element);

  // Emits the clock, once there is an `advance`.
  void emit(const verilog::Signal& clock, const verilog::Signal& reset,
            const verilog::Signal& advance);

  const verilog::Signal& clock() const { return *clock_; }
  // For the array's own registers on that clock.
  verilog::Expr enable() const;
  // A submodule's parameters: the array's own of the same names.
  Parameters pass_through(const verilog::Interface& interface) const;
  // For a library module on that clock.
  Parameters with_gating(Parameters parameters) const;

 private:
  verilog::Module& array_;
  const spec::Config& config_;
  const verilog::Signal* clock_ = nullptr;
  const verilog::Signal* advance_ = nullptr;
};

}  // namespace sparq::gen
