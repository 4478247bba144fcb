// SPDX-License-Identifier: Apache-2.0
// A datapath: what one number format puts into an array. The array emitter reads the interfaces and
// the signature, never the arithmetic.
#pragma once

#include <string>
#include <vector>

#include "gen/emit/emit.h"

namespace sparq::gen {

// One encoded word of activations and the weights that meet it.
struct Operands {
  const verilog::Signal& activation;  // the word that travels
  const verilog::Signal& weight;      // k_per_word weights, the first in the low bits
};

// Ports the arrays rely on (clocked modules begin with clk_i, rst_ni, enable_i):
//   activation encoder  activation_i (raw) -> activation_o, combinational
//   weight encoder      weight_i (raw) -> weight_o, combinational
//   side-sum            as a pe without weights: first_i, last_i, activation_i, result_a_i,
//                       result_b_i -> result_o
//   finish              accumulator_i, side_i (with a side-sum) -> result_o, combinational
// The activation word 0 must add nothing to accumulator and side-sum: bubbles are zero words.
// Modules that see weights have the parameter WeightBits.
struct Datapath {
  // Writes the logic that multiplies one word into a scope and returns its products, two's
  // complement, whose sum the word adds to C (before the finish step). `units` are this datapath's.
  using Multiply = std::vector<const verilog::Signal*> (*)(verilog::Scope&, const spec::Config&,
                                                           const Operands&,
                                                           const std::vector<Unit>& units);

  spec::Signature signature;
  std::vector<Unit> units = {};  // encoders, lanes, ...: children before parents
  Multiply multiply = nullptr;
  verilog::Num product_bits = 0;  // hold any one product; its signal may be wider
  std::string equation = {};      // what a word adds, for header comments

  // The unit of a role, or nullptr.
  const Unit* find(Role role) const;
};

Datapath sparq_datapath(const spec::Config& config);
Datapath int8_datapath(const spec::Config& config);
Datapath int4x8_datapath(const spec::Config& config);

// The table of number formats.
Datapath make_datapath(const spec::Config& config);

// The sum of products: a wire `step_sum`, ceil(log2 of their number) bits wider than one; a single
// product is its own sum.
const verilog::Signal& sum_of_products(verilog::Scope& scope, const Datapath& datapath,
                                       const std::vector<const verilog::Signal*>& products);

// An output-stationary PE: operand registers, flags, multipliers, accumulator, result bus.
//   first_i, last_i, activation_i, weight_i -> first_o, last_o, activation_o, weight_o one cycle
//   later; result_a_i | result_b_i | own result -> result_o, the own result pe_latency cycles after
//   last_i
Unit emit_pe(const spec::Config& config, const Datapath& datapath);

// The output-stationary systolic array of a datapath around its PE.
Unit emit_systolic_array(const spec::Config& config, const Datapath& datapath, const Unit& pe);

}  // namespace sparq::gen
