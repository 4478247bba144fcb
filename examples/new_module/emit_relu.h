// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gen/emit/emit.h"

// A two's complement value with the negative ones set to zero. `kLane` stands for any role that the
// array does not know; a module of the project's own adds one to gen::Role.
inline sparq::gen::Unit emit_relu(const sparq::spec::Config& config) {
  using namespace sparq::gen::verilog;  // emitters read as Verilog
  const std::string name = sparq::gen::module_name(config, "relu");
  const std::string purpose = "a rectified linear unit";
  auto module = std::make_unique<Module>(
      name, sparq::gen::header(config, name, purpose, "  y_o = max(x_i, 0)", 0));
  Module& m = *module;
  const Num bits = m.parameter("Bits", 12, 2, "two's complement");
  const Signal& x = m.input("x_i", bits, "two's complement");
  const Signal& y = m.output("y_o", bits, "two's complement, never negative");
  m.assign(y, mux(x.bit(bits - 1), zeros(bits), x));
  return {std::move(module), sparq::gen::Role::kLane, purpose, 0};
}
