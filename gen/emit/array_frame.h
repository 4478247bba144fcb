// SPDX-License-Identifier: Apache-2.0
// What systolic arrays of either dataflow share: clock and reset, operand edges, the result buffer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gen/datapath/datapath.h"
#include "gen/emit/element.h"

namespace sparq::gen {

class ArrayFrame {
 protected:
  // Declares the array's parameters: Rows, Cols and those of its element.
  ArrayFrame(const spec::Config& config, const Datapath& datapath, const Unit& pe,
             verilog::Module& module);

  // The unit of a role, or nullptr.
  const verilog::Interface* interface_of(Role role) const;

  void clock_ports();

  // A handshake counts, and the array moves, only while the clock is enabled.
  verilog::Expr while_enabled(const verilog::Expr& e) const;
  // With what makes a library module reset as the array does.
  Parameters with_reset(Parameters parameters) const;

  // Encodes a slice of an operand port (or takes it as it is) into a scope's wire.
  const verilog::Signal& encode(verilog::Scope& scope, const verilog::Interface* encoder,
                                const std::string& stem, const verilog::Expr& raw,
                                const verilog::Num& width);
  // `out` is `in`, `depth` cycles later.
  void skew(verilog::Scope& scope, const verilog::Expr& in, const verilog::Signal& out,
            const verilog::Num& depth, const std::string& name);
  // Hands results over and drives advance_: the array holds while one waits. Returns the words that
  // `out_valid` announces.
  const verilog::Signal& result_buffer(const std::string& stem, const verilog::Expr& in_valid,
                                       const verilog::Expr& in_data,
                                       const verilog::Signal& out_valid,
                                       const verilog::Signal& out_ready);

  // Bits of an operand port per row or column.
  const verilog::Num& raw_bits(Role encoder, const std::string& stem) const;

  const spec::Config& config_;
  const Datapath& datapath_;
  const verilog::Interface* pe_;
  verilog::Module& m_;
  const verilog::Num kRow = verilog::Num::symbol("row");
  const verilog::Num kCol = verilog::Num::symbol("col");
  const verilog::Num rows_;
  const verilog::Num cols_;
  const verilog::Num activation_bits_;
  const verilog::Num weight_bits_;
  Element element_;

  const verilog::Signal* clock_ = nullptr;
  const verilog::Signal* reset_ = nullptr;
  const verilog::Signal* clock_enable_ = nullptr;  // null without clk_en_i
  const verilog::Signal* advance_ = nullptr;
};

}  // namespace sparq::gen
