// SPDX-License-Identifier: Apache-2.0
// A datapath: what one number format puts into an array. The array emitter reads the interfaces and
// the signature, never the arithmetic.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gen/emit/emit.h"
#include "golden/spec/signature.h"

namespace sparq::gen {

// One encoded word of activations and the weights that meet it.
struct Operands {
  const verilog::Signal& activation;  // the word that travels
  const verilog::Signal& weight;      // k_per_word weights, the first in the low bits
};

// What a word is worth: the terms' sum, two's complement, and a 1 where there is a carry, which
// some later sum has room for.
struct Products {
  std::vector<const verilog::Signal*> terms;
  std::optional<verilog::Expr> carry = {};
};
struct Sum {
  const verilog::Signal* value = nullptr;
  std::optional<verilog::Expr> carry = {};
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
  // Writes the logic that multiplies one word into a scope and returns its products, whose sum the
  // word adds to C (before the finish step). `units` are this datapath's. A carry is for systolic
  // arrays, without a finish step.
  using Multiply = Products (*)(verilog::Scope&, const spec::Config&, const Operands&,
                                const std::vector<Unit>& units);

  spec::Signature signature;
  std::vector<Unit> units = {};  // encoders, lanes, ...: children before parents
  Multiply multiply = nullptr;
  verilog::Num product_bits = 0;  // of one product
  std::string equation = {};      // what a word adds, for header comments
  // The encoder looks at both of a pair: with 2:4 weights it stands behind the selection.
  bool joint_encoder = false;
  // Complemented words save its multipliers more than the inverters at the edge of a dense tensor
  // core cost: true of lanes, not of 8b-8b or 2x4b-8b multipliers (docs/area.md).
  bool complemented = false;

  // Verilog parameters of its own that a weight-stationary element and its array have.
  std::vector<verilog::ParameterDecl> parameters = {};

  // Where a word's digits stand that is more than digits: {low bit, bits}.
  std::vector<std::pair<int, int>> digits = {};

  // The unit of a role, or nullptr.
  const Unit* find(Role role) const;
  // Whether a word is not the word 0, by its digits: zeros of them add nothing.
  verilog::Expr counts(const verilog::Signal& word) const;
};

// Whether an element writes its product as rows, by Booth recoding of the weight, unless its
// parameter RecodesWeights is 0: int8's does where weights of two digits or more stay.
bool recodes_weights(const spec::Config& config);
inline constexpr const char* kRecodesWeights = "RecodesWeights";

Datapath sparq_datapath(const spec::Config& config);
Datapath int8_datapath(const spec::Config& config);
Datapath int4x8_datapath(const spec::Config& config);

// The table of number formats.
Datapath make_datapath(const spec::Config& config);

// A port's width; throws std::logic_error when there is none of that name.
const verilog::Num& port_width(const verilog::Interface& interface, const std::string& port);

// The sum of products: a wire `name`, ceil(log2 of their number) bits wider than one; a single
// product is its own sum.
const verilog::Signal& sum_of_products(verilog::Scope& scope, const Datapath& datapath,
                                       const std::vector<const verilog::Signal*>& products,
                                       const std::string& name = "step_sum");

// A wire `name`: accumulator plus sum, the narrower, carry and all.
const verilog::Signal& accumulated(verilog::Scope& scope, const std::string& name,
                                   const verilog::Signal& accumulator, const Sum& sum);

// An output-stationary PE: operand registers, flags, multipliers, accumulator, result bus.
//   first_i, last_i, activation_i, weight_i -> first_o, last_o, activation_o, weight_o one cycle
//   later; result_a_i | result_b_i | own result -> result_o, the own result pe_latency cycles after
//   last_i
Unit emit_pe(const spec::Config& config, const Datapath& datapath);

// The output-stationary systolic array of a datapath around its PE.
Unit emit_systolic_array(const spec::Config& config, const Datapath& datapath, const Unit& pe);

// A weight-stationary PE: weights passing through and in use, activation register, multipliers,
// sum.
//   load_i, swap_i, activation_i -> load_o, swap_o, activation_o one cycle later; weight_i ->
//   weight_o one cycle after load_i; sum_i + the word's products -> sum_o, pe_latency cycles after
//   activation_i
// The finish step is part of it; a datapath with a side-sum has no weight-stationary form.
Unit emit_ws_pe(const spec::Config& config, const Datapath& datapath);

// The weight-stationary systolic array of a datapath around its PE.
Unit emit_ws_array(const spec::Config& config, const Datapath& datapath, const Unit& pe);

// How a step's operands are cut up inside a tensor core.
struct TensorShape {
  int k_per_word;     // elements that share one word
  int words;          // multiplied by one unit in each cycle, behind the selection if there is one
  int word_bits;      // as a word reaches the multipliers
  int groups;         // of 4 activations and 2:4 weights; 0 in a dense core
  int element_bits;   // of one activation as it reaches a sparse unit
  bool masked;        // the selection puts zero into empty slots: a joint encoder wants to know
  bool complemented;  // the words a dense unit takes
  const char* activation_port() const { return complemented ? "activation_ni" : "activation_i"; }

  // What a column's edge makes of one group for the selection: {used1, index1, used0, index0}, or
  // {index1, index0} where products with zero weights are all that empty slots need.
  int slot_select_bits() const { return spec::kSparseIndexBits + (masked ? 1 : 0); }
  int select_bits() const { return spec::kSparseSlots * slot_select_bits(); }
};
TensorShape tensor_shape(const spec::Config& config, const Datapath& datapath);

// A dot-product unit: [selection, encoders,] multipliers, adder tree, result register.
//   addend_i with the step; activation_i or activation_ni (complemented) [, select_i] from the
//   edge's registers a cycle later;
//   weight_i with the words to multiply, which a selection delays by another cycle
//   -> result_o, pe_latency cycles after addend_i
// `selection` is null in a dense core.
Unit emit_dot_unit(const spec::Config& config, const Datapath& datapath, const Unit* selection);

// The dense or sparse tensor core of a datapath around its dot-product unit.
Unit emit_tensor_core(const spec::Config& config, const Datapath& datapath, const Unit& dot_unit);

}  // namespace sparq::gen
