// SPDX-License-Identifier: Apache-2.0
// The Verilog writer: what it writes, and that every slip while building a module is an error.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "gen/verilog/module.h"

namespace sparq::gen::verilog {
namespace {

// Runs `build` on a fresh module and returns the writer's complaint, or "" when it wrote the
// module.
std::string complaint(const std::function<void(Module&)>& build) {
  Module m("sparq_test", "sparq_test: a test");
  try {
    build(m);
    write(m);
    return "";
  } catch (const std::logic_error& error) {
    return error.what();
  }
}

testing::AssertionResult refused(const std::function<void(Module&)>& build,
                                 const std::string& why) {
  const std::string got = complaint(build);
  if (!got.empty() && got.find(why) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "expected a complaint with \"" << why << "\", got \"" << got << "\"";
}

TEST(Num, EqualPolynomialsAreEqualWhateverTheirShape) {
  const Num w = Num::symbol("W");
  const Num p = Num::symbol("P");
  EXPECT_EQ((w + 1) * (w - 1), w * w - 1);
  EXPECT_EQ(w + p - w, p);
  EXPECT_NE(w + p, w + w);
  EXPECT_EQ((w * 2 - 1).text(), "2*W-1");
  EXPECT_EQ((p - w * 3).text(), "P-3*W");
  EXPECT_EQ((Num(0) - w).text(), "-W");
  EXPECT_EQ(Num(0).text(), "0");
  EXPECT_EQ((w * p + 7).evaluate({{"W", 3}, {"P", 5}}), 22);
  EXPECT_EQ((w * w).substitute({{"W", p + 1}}), p * p + p * 2 + 1);
  EXPECT_THROW((void)w.evaluate({}), std::logic_error);
}

TEST(Writer, WritesAModule) {
  Module m("sparq_test", "sparq_test: adds and remembers\n\nLatency: 1 cycle.");
  const Num w = m.parameter("Width", 8, 1, "bits");
  const Signal& clk = m.input("clk_i", 1);
  const Signal& reset = m.input("rst_ni", 1, "synchronous");
  const Signal& a = m.input("a_i", w);
  const Signal& b = m.input("b_i", w);
  const Signal& sum = m.output("sum_o", w + 1, "one bit more");
  const Signal& sum_q = m.reg("sum_q", w + 1);
  m.registers({clk, Expr(reset), std::nullopt},
              {{&sum_q, zero_extend(a, w + 1) + zero_extend(b, w + 1)}});
  m.assign(sum, sum_q);
  EXPECT_EQ(write(m), R"(// SPDX-License-Identifier: Apache-2.0
//
// sparq_test: adds and remembers
//
// Latency: 1 cycle.

`default_nettype none

module sparq_test #(
    parameter Width = 8    // bits
) (
    input  wire             clk_i,
    input  wire             rst_ni, // synchronous
    input  wire [Width-1:0] a_i,
    input  wire [Width-1:0] b_i,
    output wire [Width:0]   sum_o   // one bit more
);

  generate
    if (Width < 1) begin : gen_bad_width
      sparq_error_width_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg  [Width:0] sum_q;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      sum_q <= {(Width+1){1'b0}};
    end else begin
      sum_q <= {1'b0, a_i} + {1'b0, b_i};
    end
  end

  assign sum_o = sum_q;

endmodule

`default_nettype wire
)");
}

TEST(Writer, EveryListOfUnusedBitsHasAName) {
  Module m("sparq_test", "sparq_test: ignores its inputs");
  const Signal& a = m.input("a_i", 2);
  const Signal& b = m.input("b_i", 2);
  m.sink({a.bit(0) ^ b.bit(0)});
  m.sink({a, b});
  const std::string text = write(m);
  EXPECT_NE(text.find("wire unused_ok = &{1'b0, a_i[0] ^ b_i[0]};"), std::string::npos) << text;
  EXPECT_NE(text.find("wire unused_ok_2 = &{1'b0, a_i, b_i};"), std::string::npos) << text;
}

TEST(Writer, RefusesWidthsThatDoNotFit) {
  const auto with_ports = [](auto body) {
    return [body](Module& m) {
      const Num w = m.parameter("Width", 8, 1, "bits");
      // At the default width both have 8 bits; they differ at every other.
      const Signal& eight = m.input("eight_i", 8);
      const Signal& wide = m.input("wide_i", w);
      const Signal& out = m.output("out_o", w);
      body(m, eight, wide, out);
    };
  };
  using S = const Signal&;
  EXPECT_TRUE(refused(with_ports([](Module& m, S eight, S, S out) { m.assign(out, eight); }),
                      "out_o has Width bits, but is given 8 bits"));
  EXPECT_TRUE(
      refused(with_ports([](Module& m, S eight, S wide, S out) { m.assign(out, eight + wide); }),
              "'+' of 8 bits (eight_i) and Width bits (wide_i)"));
  EXPECT_TRUE(refused(
      with_ports([](Module& m, S eight, S wide, S out) { m.assign(out, mux(eight, wide, wide)); }),
      "a condition must be one bit"));
  EXPECT_TRUE(refused(with_ports([](Module& m, S eight, S, S) { m.wire("x", eight.slice(4, 5)); }),
                      "slice [4 +: 5] of eight_i, which has 8 bits"));
  EXPECT_TRUE(refused(with_ports([](Module& m, S eight, S wide, S) {
                        m.wire("x", product(Sign::kUnsigned, eight, wide) + constant(4, 1));
                      }),
                      "'+' of"));
  EXPECT_TRUE(refused(with_ports([](Module& m, S eight, S wide, S) {
                        m.wire("x", concat({product(Sign::kSigned, eight, wide)}));
                      }),
                      "whole right-hand side"));
  EXPECT_TRUE(refused(with_ports([](Module&, S, S, S) { (void)constant(3, 8); }),
                      "constant 8 does not fit 3 bits"));
}

TEST(Writer, RefusesUndrivenAndDoublyDrivenBits) {
  EXPECT_TRUE(refused([](Module& m) { m.output("out_o", 2); }, "out_o[0] is not driven"));
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Signal& out = m.output("out_o", 2);
        m.assign({out, 1, 1}, constant(1, 0));
      },
      "out_o[0] is not driven"));
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Signal& out = m.output("out_o", 2);
        m.assign(out, constant(2, 0));
        m.assign({out, 1, 1}, constant(1, 0));
      },
      "out_o[1] has 2 drivers"));
  EXPECT_TRUE(refused([](Module& m) { m.reg("state_q", 1); }, "state_q[0] is not driven"));
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Signal& in = m.input("in_i", 1);
        m.assign(in, constant(1, 0));
      },
      "in_i[0] has 2 drivers"));
  // A loop that leaves its last bit out is noticed too.
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Num n = m.parameter("Count", 16, 1, "");
        const Signal& out = m.output("out_o", n);
        m.loop("i", n - 1, "gen_i").assign({out, Num::symbol("i"), 1}, constant(1, 0));
      },
      "out_o[2] is not driven"));
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Signal& out = m.output("out_o", 2);
        m.assign({out, 1, 2}, constant(2, 0));
      },
      "out_o[1 +: 2] is outside its 2 bits"));
}

TEST(Writer, RefusesNamesThatCannotBeSeen) {
  // A signal of one generate block read from outside it.
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Signal& out = m.output("out_o", 1);
        const Signal& inner = m.loop("i", 2, "gen_i").wire("inner", constant(1, 0));
        m.assign(out, inner);
      },
      "inner is not visible"));
  EXPECT_TRUE(refused(
      [](Module& m) {
        const Signal& out = m.output("out_o", 1);
        const Signal& inner = m.loop("i", 2, "gen_i").wire("inner", constant(1, 0));
        m.assign(out, elsewhere({{"gen_j", 0}}, inner));
      },
      "not declared under the path"));
  EXPECT_EQ(complaint([](Module& m) {
              const Signal& out = m.output("out_o", 1);
              const Signal& inner = m.loop("i", 2, "gen_i").wire("inner", constant(1, 0));
              m.assign(out, elsewhere({{"gen_i", 1}}, inner));
            }),
            "");
  Module other("sparq_other", "");
  const Signal& foreign = other.input("foreign_i", 1);
  EXPECT_TRUE(refused([&](Module& m) { m.assign(m.output("out_o", 1), foreign); },
                      "foreign_i is not visible"));
  EXPECT_TRUE(refused(
      [](Module& m) {
        m.input("twice", 1);
        m.wire("twice", constant(1, 0));
      },
      "declared twice"));
}

TEST(Writer, RefusesInstancesThatDoNotFit) {
  const Interface child = {"sparq_child",
                           {{"Width", 4, 1, ""}},
                           {{"in_i", true, Num::symbol("Width")}, {"out_o", false, 1}}};
  const auto with = [&](const std::vector<std::pair<std::string, Num>>& parameters,
                        const std::vector<Connection>& extra, const Num& width) {
    return [=](Module& m) {
      const Signal& in = m.input("in_i", width);
      const Signal& out = m.output("out_o", 1);
      std::vector<Connection> inputs = {{"in_i", in}};
      inputs.insert(inputs.end(), extra.begin(), extra.end());
      m.instance(child, "u_child", parameters, inputs, {{"out_o", out}});
    };
  };
  EXPECT_EQ(complaint(with({}, {}, 4)), "");
  EXPECT_EQ(complaint(with({{"Width", 9}}, {}, 9)), "");
  EXPECT_TRUE(refused(with({{"Width", 9}}, {}, 4), "u_child.in_i has 9 bits"));
  EXPECT_TRUE(refused(with({{"Depth", 9}}, {}, 4), "has no parameter Depth"));
  EXPECT_TRUE(
      refused(with({}, {{"more_i", constant(1, 0)}}, 4), "ports that sparq_child does not"));
  EXPECT_TRUE(refused([&](Module& m) { m.instance(child, "u_child", {}, {}, {}); },
                      "port in_i is not connected"));
}

TEST(Writer, ChecksBothBranchesOfAChoice) {
  const auto build = [](bool forget) {
    return [forget](Module& m) {
      const Num n = m.parameter("Count", 16, 1, "");
      const Signal& out = m.output("out_o", n);
      Scope& each = m.loop("i", n, "gen_i");
      const auto [first, rest] = each.choose({Num::symbol("i"), "==", 0}, "gen_first", "gen_rest");
      first.assign({out, Num::symbol("i"), 1}, constant(1, 1));
      if (!forget) rest.assign({out, Num::symbol("i"), 1}, constant(1, 0));
    };
  };
  EXPECT_EQ(complaint(build(false)), "");
  EXPECT_TRUE(refused(build(true), "out_o[1] is not driven"));
}

TEST(Writer, ParenthesesKeepMeaning) {
  Module m("sparq_test", "");
  const Signal& a = m.input("a", 4);
  const Signal& b = m.input("b", 4);
  EXPECT_EQ(((a + b) & a).text(), "(a + b) & a");
  EXPECT_EQ((a + b + a).text(), "a + b + a");
  EXPECT_EQ((a - (b - a)).text(), "a - (b - a)");
  EXPECT_EQ((a - b - a).text(), "(a - b) - a");
  EXPECT_EQ((!all(a)).text(), "!(&a)");
  EXPECT_EQ((~(a | b)).text(), "~(a | b)");
  EXPECT_EQ(mux(any(a), mux(none(b), a, b), b).text(), "|a ? (~|b ? a : b) : b");
}

}  // namespace
}  // namespace sparq::gen::verilog
