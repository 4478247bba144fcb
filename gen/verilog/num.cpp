// SPDX-License-Identifier: Apache-2.0
#include "gen/verilog/num.h"

#include <algorithm>
#include <stdexcept>

namespace sparq::gen::verilog {

Num::Num(int64_t value) {
  if (value != 0) terms_[{}] = value;
}

Num Num::symbol(const std::string& name) {
  Num num(0);
  num.terms_[{name}] = 1;
  return num;
}

Num operator+(const Num& a, const Num& b) {
  Num sum = a;
  sum.operations_.insert(b.operations_.begin(), b.operations_.end());
  for (const auto& [factors, coefficient] : b.terms_) {
    const int64_t total = (sum.terms_[factors] += coefficient);
    if (total == 0) sum.terms_.erase(factors);
  }
  return sum;
}

Num operator-(const Num& a, const Num& b) { return a + Num(-1) * b; }

Num operator*(const Num& a, const Num& b) {
  Num product(0);
  product.operations_ = a.operations_;
  product.operations_.insert(b.operations_.begin(), b.operations_.end());
  for (const auto& [left, x] : a.terms_) {
    for (const auto& [right, y] : b.terms_) {
      Num term(0);
      Num::Monomial factors = left;
      factors.insert(factors.end(), right.begin(), right.end());
      std::sort(factors.begin(), factors.end());
      term.terms_[factors] = x * y;
      product = product + term;
    }
  }
  return product;
}

Num Num::operation(const Num& a, const std::string& op, const Num& b) {
  const auto operand = [](const Num& n) {
    const std::string text = n.text();
    return text.find_first_of("+-*/%!") == std::string::npos ? text : "(" + text + ")";
  };
  const std::string text = "(" + operand(a) + op + operand(b) + ")";
  Num num = symbol(text);
  num.operations_ = a.operations_;
  num.operations_.insert(b.operations_.begin(), b.operations_.end());
  num.operations_[text] = {std::make_shared<Num>(a), op, std::make_shared<Num>(b)};
  return num;
}

Num operator/(const Num& a, const Num& b) { return Num::operation(a, "/", b); }
Num operator%(const Num& a, const Num& b) { return Num::operation(a, "%", b); }
Num differs_from(const Num& a, const Num& b) { return Num::operation(a, " != ", b); }

int64_t Num::Operation::evaluate(const Env& env) const {
  const int64_t a = left->evaluate(env);
  const int64_t b = right->evaluate(env);
  if (op == " != ") return static_cast<int64_t>(a != b);
  if (b == 0) throw std::logic_error("division by zero: " + right->text());
  return op == "/" ? a / b : a % b;
}

bool Num::is_constant() const {
  return terms_.empty() || (terms_.size() == 1 && terms_.begin()->first.empty());
}

int64_t Num::constant() const {
  if (!is_constant()) throw std::logic_error("not a constant: " + text());
  return terms_.empty() ? 0 : terms_.begin()->second;
}

int64_t Num::evaluate(const Env& env) const {
  int64_t sum = 0;
  for (const auto& [factors, coefficient] : terms_) {
    int64_t term = coefficient;
    for (const std::string& name : factors) {
      if (const auto found = operations_.find(name); found != operations_.end()) {
        term *= found->second.evaluate(env);
        continue;
      }
      const auto it = env.find(name);
      if (it == env.end()) throw std::logic_error("unknown parameter or genvar: " + name);
      term *= it->second;
    }
    sum += term;
  }
  return sum;
}

Num Num::substitute(const std::map<std::string, Num>& values) const {
  Num sum(0);
  for (const auto& [factors, coefficient] : terms_) {
    Num term(coefficient);
    for (const std::string& name : factors) {
      if (const auto found = operations_.find(name); found != operations_.end()) {
        const Operation& o = found->second;
        term = term * operation(o.left->substitute(values), o.op, o.right->substitute(values));
        continue;
      }
      const auto it = values.find(name);
      term = term * (it == values.end() ? symbol(name) : it->second);
    }
    sum = sum + term;
  }
  return sum;
}

std::string Num::text() const {
  if (terms_.empty()) return "0";
  if (terms_.size() == 1 && terms_.begin()->second == 1 && terms_.begin()->first.size() == 1) {
    const std::string& factor = terms_.begin()->first.front();
    return operations_.contains(factor) ? factor.substr(1, factor.size() - 2) : factor;
  }
  std::string out;
  const auto append = [&](const Monomial& factors, int64_t coefficient) {
    if (coefficient < 0) {
      out += "-";
    } else if (!out.empty()) {
      out += "+";
    }
    const int64_t size = std::abs(coefficient);
    if (factors.empty() || size != 1) out += std::to_string(size) + (factors.empty() ? "" : "*");
    for (size_t i = 0; i < factors.size(); ++i) out += (i == 0 ? "" : "*") + factors[i];
  };
  // Symbols first, the constant last; positive terms first so that no text begins with a minus
  // while it can be helped.
  for (const bool negative : {false, true}) {
    for (const auto& [factors, coefficient] : terms_) {
      if (!factors.empty() && (coefficient < 0) == negative) append(factors, coefficient);
    }
  }
  if (const auto it = terms_.find({}); it != terms_.end()) append({}, it->second);
  return out;
}

}  // namespace sparq::gen::verilog
