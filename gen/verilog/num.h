// SPDX-License-Identifier: Apache-2.0
// Constant integer expressions over Verilog parameters and genvars, as polynomials: two of them are
// equal for every parameter value exactly when they compare equal, so widths are checked
// symbolically.
#pragma once

#include <cstdint>
#include <map>
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
  bool operator==(const Num&) const = default;

  bool is_constant() const;
  int64_t constant() const;                // requires is_constant()
  int64_t evaluate(const Env& env) const;  // throws std::logic_error on an unknown symbol
  Num substitute(const std::map<std::string, Num>& values) const;

  // As Verilog: "2*WeightBits-1".
  std::string text() const;
  bool is_single_term() const { return terms_.size() <= 1; }

 private:
  using Monomial = std::vector<std::string>;  // sorted factors
  std::map<Monomial, int64_t> terms_;         // no zero coefficients
};

}  // namespace sparq::gen::verilog
