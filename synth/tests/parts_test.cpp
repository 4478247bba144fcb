// SPDX-License-Identifier: Apache-2.0
#include "synth/parts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

constexpr const char* kLibrary = R"lib(library(l) {
  cell(AND) { area : 1;
    pin(A) { direction : input; } pin(B) { direction : input; }
    pin(Y) { direction : output; function : "A B"; } }
  cell(FA) { area : 100;
    pin(A) { direction : input; } pin(B) { direction : input; } pin(C) { direction : input; }
    pin(S) { direction : output; function : "A ^ B ^ C"; }
    pin(K) { direction : output; function : "(A B) | (A C) | (B C)"; } }
  cell(DFF) { area : 10000;
    ff(IQ, IQN) { next_state : "D"; clocked_on : "C"; }
    pin(D) { direction : input; } pin(C) { direction : input; clock : true; }
    pin(Q) { direction : output; function : "IQ"; } } })lib";

Library library() { return parse_library({kLibrary}, {"l.lib"}, "--liberty").value(); }

Json gate(int a, int b, int y) {
  return {{"type", "AND"},
          {"port_directions", {{"A", "input"}, {"B", "input"}, {"Y", "output"}}},
          {"connections", {{"A", {a}}, {"B", {b}}, {"Y", {y}}}}};
}

Json full_adder(int a, int b, int s) {
  return {{"type", "FA"},
          {"port_directions", {{"A", "input"}, {"B", "input"}, {"C", "input"}, {"S", "output"}}},
          {"connections", {{"A", {a}}, {"B", {b}}, {"C", {"0"}}, {"S", {s}}}}};
}

Json flip_flop(int d, int q) {
  return {{"type", "DFF"},
          {"port_directions", {{"D", "input"}, {"C", "input"}, {"Q", "output"}}},
          {"connections", {{"D", {d}}, {"C", {1}}, {"Q", {q}}}}};
}

Json design(const Json& cells, const Json& nets = Json::object()) {
  return {{"modules", {{"m", {{"cells", cells}, {"netnames", nets}}}}}};
}

Json operation(const char* type, int y) { return {{"type", type}, {"connections", {{"Y", {y}}}}}; }

TEST(Parts, GoByTheOperatorsTheyLeadTo) {
  const Json written = design({{"$1", operation("$mul", 90)}, {"$2", operation("$add", 91)}});
  const Json mapped = design({{"near", gate(2, 3, 10)},   // two steps from the product
                              {"next", gate(10, 4, 11)},  // one
                              {"$1.gen_bit[0].u_cell", full_adder(11, 5, 12)},
                              {"behind", gate(12, 6, 13)},  // between product and sum
                              {"$2.gen_bit[0].u_cell", full_adder(13, 7, 14)},
                              {"$10.u_cell", full_adder(7, 8, 15)},  // of $10, not of $1
                              {"q", flip_flop(14, 4)}});
  const Parts parts = parts_of("m", written, mapped, library());
  EXPECT_EQ(parts.products, 102);
  EXPECT_EQ(parts.rest, 201);
  EXPECT_EQ(parts.registers, 10000);
  EXPECT_EQ(parts.lane_operands, 0);
}

TEST(Parts, RowsOfAProductAreSums) {
  const Json written = design(
      {{"$1", operation("$add", 90)}, {"$2", operation("$add", 91)}},
      {{"gen_rows.gen_digit[1].sum", {{"bits", {90}}}}, {"accumulator_d2", {{"bits", {91}}}}});
  const Json mapped =
      design({{"$1.u_cell", full_adder(2, 3, 10)}, {"$2.u_cell", full_adder(10, 4, 11)}});
  const Parts parts = parts_of("m", written, mapped, library());
  EXPECT_EQ(parts.products, 100);
  EXPECT_EQ(parts.rest, 100);
}

TEST(Parts, WhatLeadsToLanesIsToldApart) {
  const Json lane = {{"type", "$paramod\\sparq_x_lane\\WeightBits=s32'1000"},
                     {"port_directions", {{"weight_i", "input"}, {"product_o", "output"}}},
                     {"connections", {{"weight_i", {10}}, {"product_o", {11}}}}};
  const Json mapped = design({{"select", gate(2, 3, 10)},
                              {"u_lane_0", lane},
                              {"clear", gate(11, 4, 12)},
                              {"q", flip_flop(12, 2)}});
  const Parts parts = parts_of("m", design(Json::object()), mapped, library());
  EXPECT_EQ(parts.lane_operands, 1);
  EXPECT_EQ(parts.rest, 1);
  EXPECT_EQ(parts.registers, 10000);
}

}  // namespace
}  // namespace sparq::synth
