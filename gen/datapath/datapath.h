// SPDX-License-Identifier: Apache-2.0
// A datapath: what one number format puts into an array. The array emitter reads the interfaces and
// the signature, never the arithmetic.
#pragma once

#include <memory>
#include <vector>

#include "gen/emit/emit.h"

namespace sparq::gen {

// Ports the array relies on (clocked modules begin with clk_i, rst_ni, enable_i):
//   activation encoder  activation_i (raw) -> activation_o, combinational
//   weight encoder      weight_i (raw) -> weight_o, combinational
//   pe                  first_i, last_i, activation_i, weight_i -> first_o, last_o, activation_o,
//                       weight_o one cycle later; result_a_i | result_b_i | own result -> result_o,
//                       the own result pe_latency cycles after last_i
//   side-sum            as a pe without weights: first_i, last_i, activation_i, result_a_i,
//                       result_b_i -> result_o
//   finish              accumulator_i, side_i (with a side-sum) -> result_o, combinational
// The activation word 0 must add nothing to accumulator and side-sum: bubbles are zero words.
struct Datapath {
  spec::Signature signature;
  std::vector<Unit> units;  // children before parents

  // The unit of a role, or nullptr.
  const Unit* find(Role role) const;
};

Datapath sparq_datapath(const spec::Config& config);
Datapath int8_datapath(const spec::Config& config);
Datapath int4x8_datapath(const spec::Config& config);

// The table of number formats.
Datapath make_datapath(const spec::Config& config);

// An output-stationary PE around a product: operand registers, flags, accumulator, result bus.
// `multiply` writes the logic of one K step into the module and returns its two's complement sum.
struct PeOperands {
  const verilog::Signal& activation;  // the word that travels
  const verilog::Signal& weight;      // k_per_step weights, the first in the low bits
  verilog::Num weight_bits;           // of one weight
};
using Multiply = const verilog::Signal& (*)(verilog::Module&, const spec::Config&,
                                            const PeOperands&, const std::vector<Unit>& units);
Unit emit_pe(const spec::Config& config, const spec::Signature& signature,
             const std::string& equation, Multiply multiply, const std::vector<Unit>& units);

// The output-stationary systolic array of a datapath.
Unit emit_systolic_array(const spec::Config& config, const Datapath& datapath);

}  // namespace sparq::gen
