// SPDX-License-Identifier: Apache-2.0
#include "synth/adder_cells.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace sparq::synth {
namespace {

// A cell of the library, or the gates that do as it does.
std::string instance(const Library& library, const std::vector<std::string>& inputs,
                     const std::string& gates) {
  const auto name = library.adder(inputs.size());
  if (!name) return gates;
  const AdderPins& pins = *library.cells.at(*name).adder;
  std::vector<std::string> connections;
  for (size_t i = 0; i < inputs.size(); ++i) {
    connections.push_back(fmt::format(".\\{} ({})", pins.inputs[i], inputs[i]));
  }
  return fmt::format("\\{} u_cell ({}, .\\{} (sum), .\\{} (carry));", *name,
                     fmt::join(connections, ", "), pins.sum, pins.carry);
}

std::string constant_input(const std::string& pin) {
  return fmt::format(
      "  parameter _TECHMAP_CONSTMSK_{0}_ = 0;\n  parameter _TECHMAP_CONSTVAL_{0}_ = 0;\n", pin);
}

// if (`pin` is constant) begin ... `one` or `zero` ... end else
std::string if_constant(const std::string& pin, const std::string& one, const std::string& zero) {
  return fmt::format(
      "    if (_TECHMAP_CONSTMSK_{0}_) begin : gen_{0}\n"
      "      if (_TECHMAP_CONSTVAL_{0}_) begin : gen_one\n        {1}\n"
      "      end else begin : gen_zero\n        {2}\n      end\n    end else ",
      pin, one, zero);
}

std::string with_one(const std::string& a, const std::string& b) {
  return fmt::format("assign sum = ~({0} ^ {1});\n        assign carry = {0} | {1};", a, b);
}

std::string with_zero(const std::string& a, const std::string& b) {
  return fmt::format("sparq_ha u_ha (.a({}), .b({}), .sum(sum), .carry(carry));", a, b);
}

std::string pass(const std::string& bit, bool one) {
  return one ? fmt::format("assign sum = ~{0};\n        assign carry = {0};", bit)
             : fmt::format("assign sum = {0};\n        assign carry = 1'b0;", bit);
}

}  // namespace

std::string adder_cells(const Library& library) {
  const std::string full =
      instance(library, {"a", "b", "c"},
               "assign sum = a ^ b ^ c;\n      assign carry = (a & b) | (c & (a ^ b));");
  const std::string half =
      instance(library, {"a", "b"}, "assign sum = a ^ b;\n      assign carry = a & b;");
  return fmt::format(
      "// Made from library {}.\n\n"
      "(* techmap_celltype = \"sparq_fa\" *)\n"
      "module sparq_fa_cell (input a, input b, input c, output sum, output carry);\n{}{}{}"
      "  generate\n{}{}{}begin : gen_full\n      {}\n    end\n  endgenerate\nendmodule\n\n"
      "(* techmap_celltype = \"sparq_ha\" *)\n"
      "module sparq_ha_cell (input a, input b, output sum, output carry);\n{}{}"
      "  generate\n{}{}begin : gen_half\n      {}\n    end\n  endgenerate\nendmodule\n",
      library.name, constant_input("a"), constant_input("b"), constant_input("c"),
      if_constant("a", with_one("b", "c"), with_zero("b", "c")),
      if_constant("b", with_one("a", "c"), with_zero("a", "c")),
      if_constant("c", with_one("a", "b"), with_zero("a", "b")), full, constant_input("a"),
      constant_input("b"), if_constant("a", pass("b", true), pass("b", false)),
      if_constant("b", pass("a", true), pass("a", false)), half);
}

std::string missing_adders(const Library& library) {
  std::vector<std::string> missing;
  if (!library.adder(3)) missing.emplace_back("full adder");
  if (!library.adder(2)) missing.emplace_back("half adder");
  return fmt::format("{}", fmt::join(missing, " or "));
}

}  // namespace sparq::synth
