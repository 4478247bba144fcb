// SPDX-License-Identifier: Apache-2.0
// Constant integer expressions over Verilog parameters and genvars, as polynomials: two of them are
// equal for every parameter value exactly when they compare equal, so widths are checked
// symbolically.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sparq::gen::verilog {

using Env = std::map<std::string, int64_t>;

class Num {
 public:
  Num(int64_t value);  // NOLINT(google-explicit-constructor): integers are the common case
  static Num symbol(const std::string& name);

  friend Num operator+(const Num& a, const Num& b);
  friend Num operator-(const Num& a, const Num& b);
  friend Num operator*(const Num& a, const Num& b);
  // Factors that nothing simplifies. Of two nonnegative numbers, truncated.
  friend Num operator/(const Num& a, const Num& b);
  friend Num operator%(const Num& a, const Num& b);
  friend Num differs_from(const Num& a, const Num& b);  // 1 or 0
  bool operator==(const Num& other) const { return terms_ == other.terms_; }

  bool is_constant() const;
  int64_t constant() const;                // requires is_constant()
  int64_t evaluate(const Env& env) const;  // throws std::logic_error on an unknown symbol
  Num substitute(const std::map<std::string, Num>& values) const;

  // As Verilog: "2*WeightBits-1".
  std::string text() const;
  bool is_plain() const { return terms_.size() <= 1 && operations_.empty(); }  // no parentheses

 private:
  using Monomial = std::vector<std::string>;  // sorted factors: symbols and texts of operations
  struct Operation {
    std::shared_ptr<const Num> left;
    std::string op;
    std::shared_ptr<const Num> right;

    int64_t evaluate(const Env& env) const;
  };
  static Num operation(const Num& a, const std::string& op, const Num& b);

  std::map<Monomial, int64_t> terms_;  // no zero coefficients
  std::map<std::string, Operation> operations_;
};

}  // namespace sparq::gen::verilog
