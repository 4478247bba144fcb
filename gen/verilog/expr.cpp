// SPDX-License-Identifier: Apache-2.0
#include "gen/verilog/expr.h"

#include <fmt/format.h>

namespace sparq::gen::verilog {
namespace {

// Verilog's binding strengths, coarsely: what is weaker than its context gets parentheses.
constexpr int kTernary = 0;
constexpr int kBinary = 1;
constexpr int kUnary = 2;
constexpr int kAtom = 3;

void require(bool good, const std::string& message) {
  if (!good) throw std::logic_error("Verilog writer: " + message);
}

std::string operand(const Expr& e) {
  require(!e.whole_only(), "signed arithmetic may only be a whole right-hand side: " + e.text());
  return e.precedence() >= kUnary ? e.text() : "(" + e.text() + ")";
}

// Verilog takes one unary operator at a time.
std::string unary_operand(const Expr& e) {
  return e.precedence() == kUnary ? "(" + e.text() + ")" : operand(e);
}

std::vector<Use> joined(const Expr& a, const Expr& b) {
  std::vector<Use> uses = a.uses();
  uses.insert(uses.end(), b.uses().begin(), b.uses().end());
  return uses;
}

void require_same_width(const Expr& a, const Expr& b, std::string_view what) {
  require(a.width() == b.width(),
          fmt::format("{} of {} bits ({}) and {} bits ({})", what, a.width().text(), a.text(),
                      b.width().text(), b.text()));
}

void require_bit(const Expr& e, std::string_view what) {
  require(e.width() == Num(1),
          fmt::format("{} must be one bit: {} has {}", what, e.text(), e.width().text()));
}

Expr binary(const Expr& a, std::string_view op, const Expr& b, const Num& width) {
  // Chains of one associative operator need no parentheses.
  const bool chain = a.op() == op && op != "-" && op != "<<" && op != "==";
  return {width, fmt::format("{} {} {}", chain ? a.text() : operand(a), op, operand(b)),
          joined(a, b), kBinary, std::string(op)};
}

Expr same_width(const Expr& a, std::string_view op, const Expr& b) {
  require_same_width(a, b, fmt::format("'{}'", op));
  return binary(a, op, b, a.width());
}

Expr reduction(std::string_view op, const Expr& a) {
  return {1, fmt::format("{}{}", op, unary_operand(a)), a.uses(), kUnary};
}

}  // namespace

Expr::Expr(const Signal& signal) : Expr(signal.width, signal.name, {{&signal, {}}}, kAtom) {}

Expr Signal::slice(const Num& low, const Num& bits) const {
  if (low == Num(0) && bits == width) return *this;
  if (low.is_constant() && width.is_constant() && bits.is_constant()) {
    require(low.constant() >= 0 && low.constant() + bits.constant() <= width.constant(),
            fmt::format("slice [{} +: {}] of {}, which has {} bits", low.text(), bits.text(), name,
                        width.text()));
  }
  const std::string range = bits == Num(1) ? fmt::format("[{}]", low.text())
                            : low.is_constant()
                                ? fmt::format("[{}:{}]", (low + bits - 1).text(), low.text())
                                : fmt::format("[{} +: {}]", low.text(), bits.text());
  return {bits, name + range, {{this, {}}}, kAtom};
}

Expr Signal::bit(const Num& index) const { return width == Num(1) ? Expr(*this) : slice(index, 1); }

Expr constant(int bits, uint64_t value) {
  require(bits >= 1 && bits <= 64 && (bits == 64 || value < (uint64_t{1} << bits)),
          fmt::format("constant {} does not fit {} bits", value, bits));
  return {bits,
          bits == 1 ? fmt::format("1'b{}", value) : fmt::format("{}'d{}", bits, value),
          {},
          kAtom};
}

Expr zeros(const Num& bits) {
  if (bits.is_constant()) return constant(static_cast<int>(bits.constant()), 0);
  return replicate(bits, constant(1, 0));
}

Expr operator&(const Expr& a, const Expr& b) { return same_width(a, "&", b); }
Expr operator|(const Expr& a, const Expr& b) { return same_width(a, "|", b); }
Expr operator^(const Expr& a, const Expr& b) { return same_width(a, "^", b); }
Expr operator+(const Expr& a, const Expr& b) { return same_width(a, "+", b); }
Expr operator-(const Expr& a, const Expr& b) { return same_width(a, "-", b); }
Expr operator~(const Expr& a) { return {a.width(), "~" + unary_operand(a), a.uses(), kUnary}; }

Expr operator!(const Expr& a) {
  require_bit(a, "the operand of '!'");
  return reduction("!", a);
}

Expr operator&&(const Expr& a, const Expr& b) {
  require_bit(a, "an operand of '&&'");
  require_bit(b, "an operand of '&&'");
  return binary(a, "&&", b, 1);
}

Expr operator||(const Expr& a, const Expr& b) {
  require_bit(a, "an operand of '||'");
  require_bit(b, "an operand of '||'");
  return binary(a, "||", b, 1);
}

Expr equal(const Expr& a, const Expr& b) {
  require_same_width(a, b, "'=='");
  return binary(a, "==", b, 1);
}

Expr differs(const Num& a, const Num& b) { return {1, differs_from(a, b).text(), {}, kBinary}; }

Expr any(const Expr& a) { return a.width() == Num(1) ? a : reduction("|", a); }
Expr none(const Expr& a) { return reduction(a.width() == Num(1) ? "!" : "~|", a); }
Expr all(const Expr& a) { return a.width() == Num(1) ? a : reduction("&", a); }

Expr shift_left(const Expr& a, const Expr& amount) { return binary(a, "<<", amount, a.width()); }

Expr mux(const Expr& condition, const Expr& a, const Expr& b) {
  require_bit(condition, "a condition");
  require_same_width(a, b, "a choice");
  std::vector<Use> uses = joined(a, b);
  uses.insert(uses.end(), condition.uses().begin(), condition.uses().end());
  return {a.width(), fmt::format("{} ? {} : {}", operand(condition), operand(a), operand(b)),
          std::move(uses), kTernary};
}

Expr first_match(const std::vector<std::pair<Expr, Expr>>& choices, const Expr& otherwise) {
  std::string text;
  std::vector<Use> uses = otherwise.uses();
  size_t columns = 0;
  for (const auto& choice : choices) columns = std::max(columns, operand(choice.first).size());
  for (const auto& [condition, value] : choices) {
    require_bit(condition, "a condition");
    require_same_width(value, otherwise, "a choice");
    text += fmt::format("\n{:<{}} ? {} :", operand(condition), columns, operand(value));
    for (const Use& use : joined(condition, value)) uses.push_back(use);
  }
  text += fmt::format("\n{:<{}}   {}", "", columns, operand(otherwise));
  return {otherwise.width(), std::move(text), std::move(uses), kTernary};
}

Expr concat(const std::vector<Expr>& parts) {
  Num width = 0;
  std::string text;
  std::vector<Use> uses;
  for (const Expr& part : parts) {
    require(!part.whole_only(),
            "signed arithmetic may only be a whole right-hand side: " + part.text());
    width = width + part.width();
    text += (text.empty() ? "" : ", ") + part.text();
    uses.insert(uses.end(), part.uses().begin(), part.uses().end());
  }
  return {width, "{" + text + "}", std::move(uses), kAtom};
}

Expr replicate(const Num& times, const Expr& a) {
  if (times == Num(1)) return a;
  const std::string count = times.is_plain() ? times.text() : "(" + times.text() + ")";
  return {times * a.width(), fmt::format("{{{}{{{}}}}}", count, a.text()), a.uses(), kAtom};
}

Expr sign_extend(const Signal& a, const Num& bits) {
  if (bits == a.width) return a;
  return concat({replicate(bits - a.width, a.bit(a.width - 1)), a});
}

Expr zero_extend(const Expr& a, const Num& bits) {
  if (bits == a.width()) return a;
  return concat({zeros(bits - a.width()), a});
}

Expr product(Sign sign, const Expr& a, const Signal& b, const Num& extra) {
  const std::string factor =
      sign == Sign::kSigned ? a.text() : fmt::format("{{1'b0, {}}}", a.text());
  Expr result(a.width() + b.width + extra, fmt::format("$signed({}) * $signed({})", factor, b.name),
              joined(a, b), kBinary);
  return result.mark_whole_only();
}

Expr signed_sum(const Signal& a, const Signal& b) {
  Expr result(a.width,
              fmt::format("$signed({}) + $signed({})", a.name, sign_extend(b, a.width).text()),
              joined(a, b), kBinary);
  return result.mark_whole_only();
}

Expr signed_sum(const Signal& a, const Signal& b, const Expr& carry) {
  const Expr low = concat({replicate(a.width - b.width, b.bit(b.width - 1)), b, carry});
  Expr result(a.width + 1, fmt::format("$signed({{{}, 1'b1}}) + $signed({})", a.name, low.text()),
              joined(a, low), kBinary);
  return result.mark_whole_only();
}

Expr elsewhere(const std::vector<Step>& path, const Signal& signal) {
  std::string text;
  std::vector<std::string> labels;
  for (const Step& step : path) {
    text += fmt::format("{}[{}].", step.label, step.index.text());
    labels.push_back(step.label);
  }
  return {signal.width, text + signal.name, {{&signal, std::move(labels)}}, kAtom};
}

}  // namespace sparq::gen::verilog
