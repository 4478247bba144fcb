// SPDX-License-Identifier: Apache-2.0
#include "gen/datapath/datapath.h"

#include <bit>
#include <stdexcept>
#include <utility>

namespace sparq::gen {

const Unit* Datapath::find(Role role) const {
  for (const Unit& unit : units) {
    if (unit.role == role) return &unit;
  }
  return nullptr;
}

verilog::Expr Datapath::counts(const verilog::Signal& word) const {
  if (digits.empty()) return verilog::any(word);
  std::vector<verilog::Expr> parts;
  for (const auto& [low, bits] : digits) parts.insert(parts.begin(), word.slice(low, bits));
  return verilog::any(verilog::concat(parts));
}

Datapath make_datapath(const spec::Config& config) {
  switch (config.format.kind) {
    case spec::Kind::kInt8:
      return int8_datapath(config);
    case spec::Kind::kInt4x8:
      return int4x8_datapath(config);
    case spec::Kind::kSparq:
      break;
  }
  return sparq_datapath(config);
}

const verilog::Num& port_width(const verilog::Interface& interface, const std::string& port) {
  for (const verilog::PortDecl& p : interface.ports) {
    if (p.name == port) return p.width;
  }
  throw std::logic_error(interface.name + " lacks port " + port);
}

const verilog::Signal& sum_of_products(verilog::Scope& scope, const Datapath& datapath,
                                       const std::vector<const verilog::Signal*>& products,
                                       const std::string& name) {
  if (products.size() == 1) return *products.front();
  const auto growth = static_cast<int>(std::bit_width(products.size() - 1));
  const verilog::Num bits = datapath.product_bits + growth;
  // Neighbours are added first, so that the sum is a balanced tree.
  std::vector<verilog::Expr> terms;
  for (const verilog::Signal* product : products) {
    terms.push_back(verilog::sign_extend(*product, bits));
  }
  while (terms.size() > 1) {
    std::vector<verilog::Expr> sums;
    for (size_t i = 0; i + 1 < terms.size(); i += 2) sums.push_back(terms[i] + terms[i + 1]);
    if (terms.size() % 2 == 1) sums.push_back(terms.back());
    terms = std::move(sums);
  }
  return scope.wire(name, terms.front());
}

const verilog::Signal& accumulated(verilog::Scope& scope, const std::string& name,
                                   const verilog::Signal& accumulator, const Sum& sum) {
  if (!sum.carry) return scope.wire(name, signed_sum(accumulator, *sum.value));
  const verilog::Signal& with_carry =
      scope.wire(name + "_with_carry", signed_sum(accumulator, *sum.value, *sum.carry));
  scope.sink({with_carry.bit(0)});
  return scope.wire(name, with_carry.slice(1, accumulator.width));
}

}  // namespace sparq::gen
