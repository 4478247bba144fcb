// SPDX-License-Identifier: Apache-2.0
// Signals and expressions of emitted Verilog. Every expression knows its width; an operator whose
// operands do not fit throws std::logic_error when it is built, with both widths in the message.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gen/verilog/num.h"

namespace sparq::gen::verilog {

class Scope;
class Expr;

enum class SignalKind { kInput, kOutput, kWire, kReg };

// Owned by the scope that declares it; used through references.
struct Signal {
  std::string name;
  SignalKind kind;
  Num width;  // bits
  std::string comment;
  const Scope* scope;

  Expr slice(const Num& low, const Num& bits) const;  // bits [low+bits-1 : low]
  Expr bit(const Num& index) const;
};

// One step of a hierarchical name: gen_row[row-1].
struct Step {
  std::string label;
  Num index;
};

// A signal read by an expression: by its own name, or through generate blocks.
struct Use {
  const Signal* signal;
  std::vector<std::string> path;  // labels; empty for a plain name
};

class Expr {
 public:
  Expr(const Signal& signal);  // NOLINT(google-explicit-constructor): a signal is an expression
  // `op` is the outermost operator of a binary expression.
  Expr(Num width, std::string text, std::vector<Use> uses, int precedence, std::string op = "")
      : width_(std::move(width)),
        text_(std::move(text)),
        uses_(std::move(uses)),
        precedence_(precedence),
        op_(std::move(op)) {}

  const Num& width() const { return width_; }
  const std::string& text() const { return text_; }
  const std::vector<Use>& uses() const { return uses_; }
  int precedence() const { return precedence_; }
  const std::string& op() const { return op_; }

  // Signed arithmetic takes its width from the assignment: it may only be a whole right-hand side.
  bool whole_only() const { return whole_only_; }
  Expr& mark_whole_only() {
    whole_only_ = true;
    return *this;
  }

 private:
  Num width_;
  std::string text_;
  std::vector<Use> uses_;
  int precedence_;
  std::string op_;
  bool whole_only_ = false;
};

// Constants.
Expr constant(int bits, uint64_t value);  // 4'd9
Expr zeros(const Num& bits);              // {Bits{1'b0}}

// Same-width bitwise and arithmetic operators; the result has the operands' width.
Expr operator&(const Expr& a, const Expr& b);
Expr operator|(const Expr& a, const Expr& b);
Expr operator^(const Expr& a, const Expr& b);
Expr operator+(const Expr& a, const Expr& b);
Expr operator-(const Expr& a, const Expr& b);
Expr operator~(const Expr& a);

// One-bit results.
Expr operator!(const Expr& a);                  // of one bit
Expr operator&&(const Expr& a, const Expr& b);  // of one bit each
Expr operator||(const Expr& a, const Expr& b);
Expr equal(const Expr& a, const Expr& b);
Expr differs(const Num& a, const Num& b);  // of constants: Depth != 0
Expr any(const Expr& a);                   // |a
Expr none(const Expr& a);                  // ~|a
Expr all(const Expr& a);                   // &a

// a << amount, with a's width.
Expr shift_left(const Expr& a, const Expr& amount);

// condition ? a : b.
Expr mux(const Expr& condition, const Expr& a, const Expr& b);

// The value beside the first condition that holds, else the last one; one line per condition.
Expr first_match(const std::vector<std::pair<Expr, Expr>>& choices, const Expr& otherwise);

// Most significant operand first.
Expr concat(const std::vector<Expr>& parts);
Expr replicate(const Num& times, const Expr& a);

// Extensions of a whole signal.
Expr sign_extend(const Signal& a, const Num& bits);
Expr zero_extend(const Expr& a, const Num& bits);

// a times two's complement b, two's complement, a.width + b.width + extra bits; whole right-hand
// sides only, since Verilog takes the width from there.
enum class Sign { kUnsigned, kSigned };  // of a
Expr product(Sign sign, const Expr& a, const Signal& b, const Num& extra = 0);

// a plus b, both two's complement, b the narrower: a.width bits; a whole right-hand side only.
// Synthesis sees that b is narrow where operands are signed, and not from b's extension alone.
Expr signed_sum(const Signal& a, const Signal& b);
// a plus b plus a carry of one bit, from bit 1 on: bit 0 makes the carry. a.width + 1 bits.
Expr signed_sum(const Signal& a, const Signal& b, const Expr& carry);

// The signal of another iteration: gen_row[row-1].weight.
Expr elsewhere(const std::vector<Step>& path, const Signal& signal);

}  // namespace sparq::gen::verilog
