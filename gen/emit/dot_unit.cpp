// SPDX-License-Identifier: Apache-2.0
// The tensor core's dot-product unit. It knows a datapath by its interfaces and signature only.
#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "gen/datapath/datapath.h"
#include "gen/emit/element.h"
#include "golden/spec/signature.h"

namespace sparq::gen {

using namespace verilog;

namespace {

const Num kGroup = Num::symbol("group");
const Num kWord = Num::symbol("word");
const Num kNode = Num::symbol("node");

// A sum of the tree: value, plus the bit set aside if there is one.
struct TreeSum {
  const Signal* value = nullptr;
  const Signal* aside = nullptr;
};

class DotUnitEmitter {
 public:
  DotUnitEmitter(const spec::Config& config, const Datapath& datapath, const Unit* selection,
                 Module& m)
      : config_(config),
        datapath_(datapath),
        selection_(selection),
        m_(m),
        shape_(tensor_shape(config, datapath)),
        sets_aside_(datapath.find(Role::kFinish) == nullptr && !config.pipeline.after_reduce),
        w_(m.parameter("WeightBits", config.weight_bits, 2, "of one weight, two's complement")),
        p_(m.parameter("AccumulatorBits", config.accumulator_bits, 2, "two's complement, wraps")) {
    unit_clock_gating(m);
  }

  void run() {
    ports();
    if (selection_ != nullptr) select();
    multiply();
    reduce();
    accumulate();
  }

 private:
  void ports() {
    const int depth = config_.array.depth;
    clock_ = &m_.input("clk_i", 1);
    const Signal& enable = m_.input("enable_i", 1, "everything holds while low");
    addend_ = &m_.input("addend_i", p_, "C");
    if (selection_ == nullptr) {
      activation_ = &m_.input(shape_.activation_port(), shape_.words * shape_.word_bits,
                              fmt::format("{} K, the lowest k lowest{}", depth,
                                          shape_.complemented ? ", complemented" : ""));
      weight_ = &m_.input("weight_i", shape_.words * shape_.k_per_word * w_, "likewise");
    } else {
      activation_ = &m_.input("activation_i", depth * shape_.element_bits,
                              fmt::format("{} K, the lowest k lowest", depth));
      select_ = &m_.input(
          "select_i", shape_.groups * shape_.select_bits(),
          shape_.masked ? "{used1, index1, used0, index0} a group" : "{index1, index0} a group");
      weight_ = &m_.input("weight_i", shape_.groups * spec::kSparseSlots * w_,
                          "{value1, value0} a group");
    }
    result_ = &m_.output("result_o", p_, "D");
    enable_ = &unit_enable(m_, enable);
  }

  // A register bank of the stage that begins here.
  void hold(Scope& s, const std::vector<std::pair<const Signal*, Expr>>& values) {
    s.registers({*clock_, std::nullopt, Expr(*enable_)}, values);
  }
  std::string staged(const std::string& stem) const { return fmt::format("{}_q{}", stem, stage_); }

  // Zero gating: the flag without which the next stage's values hold.
  const Signal* flag(Scope& s, const Expr& counts, const std::string& comment) {
    s.comment(comment);
    return &s.wire(fmt::format("counts_{}", stage_), counts);
  }
  // Such a bank behind a flag, if there is one; returns the flag as it stands beside the values.
  // Flags need no reset: they move with every step, and no result is valid before its step is.
  const Signal* hold(Scope& s, const std::vector<std::pair<const Signal*, Expr>>& values,
                     const Signal* counts) {
    if (counts == nullptr) {
      hold(s, values);
      return nullptr;
    }
    const Signal& held = s.reg(staged("counts"), 1);
    hold(s, {{&held, *counts}});
    s.registers({*clock_, std::nullopt, *enable_ && *counts}, values);
    return &held;
  }
  // The sum of values behind a flag: zero where they were left from another step.
  static TreeSum counted(Scope& s, const TreeSum& sum, const Signal* counts) {
    if (counts == nullptr) return sum;
    const Signal& value = s.wire("counted_sum", *sum.value & replicate(sum.value->width, *counts));
    if (sum.aside == nullptr) return {&value};
    return {&value, &s.wire("counted_aside", *sum.aside && *counts)};
  }

  void select() {
    const Unit* encoder =
        datapath_.joint_encoder ? datapath_.find(Role::kActivationEncoder) : nullptr;
    m_.section(encoder == nullptr ? "stage 2: selection" : "stage 2: selection and encoder");
    const int pair_bits = spec::kSparseSlots * shape_.element_bits;
    const int word_bits = encoder == nullptr ? pair_bits : shape_.word_bits;
    const Signal& selected = m_.wire("activation_d2", shape_.groups * word_bits);
    Scope& s = m_.loop("group", shape_.groups, "gen_group");
    const Target word(selected, kGroup * word_bits, word_bits);
    const Signal* pair = encoder == nullptr ? nullptr : &s.wire("pair", pair_bits);
    const int group_bits = spec::kSparseGroup * shape_.element_bits;
    std::vector<Connection> inputs = {
        {"activation_i", activation_->slice(kGroup * group_bits, group_bits)}};
    for (int slot = 0; slot < spec::kSparseSlots; ++slot) {
      const Num at = kGroup * shape_.select_bits() + slot * shape_.slot_select_bits();
      inputs.push_back(
          {fmt::format("index{}_i", slot), select_->slice(at, spec::kSparseIndexBits)});
      if (!shape_.masked) continue;
      inputs.push_back({fmt::format("used{}_i", slot), select_->bit(at + spec::kSparseIndexBits)});
    }
    s.instance(selection_->module->interface(), "u_selection", {}, inputs,
               {{"pair_o", pair == nullptr ? word : Target(*pair)}});
    if (encoder != nullptr) {
      s.instance(encoder->module->interface(), "u_encoder", {}, {{"activation_i", *pair}},
                 {{"activation_o", word}});
    }
    stage_ = 2;
    m_.comment("Held complemented, as the multipliers want it.");
    const Signal& held = m_.reg("activation_nq2", selected.width);
    hold(m_, {{&held, ~Expr(selected)}});
    activation_ = &held;
  }

  void multiply() {
    m_.section("products");
    if (config_.zero_gating && config_.pipeline.after_reduce) {
      word_counts_ =
          &m_.wire("word_counts", shape_.words, "low for a zero word, which adds nothing");
    }
    Scope& s = m_.loop("word", shape_.words, "gen_word");
    const Num weights = shape_.k_per_word * w_;
    const Expr word = activation_->slice(kWord * shape_.word_bits, shape_.word_bits);
    const bool complemented = selection_ != nullptr || shape_.complemented;
    if (complemented) {
      s.comment("Its complement makes partial products of NORs, the smallest gates.");
    }
    const Signal& activation = s.wire("activation", complemented ? ~word : word);
    const Signal& weight = s.wire("weight", weight_->slice(kWord * weights, weights));
    auto [products, carry] = datapath_.multiply(s, config_, {activation, weight}, datapath_.units);
    if (carry) throw std::logic_error("dot-product units set bits aside of their own");
    const Signal* counts = nullptr;
    if (config_.pipeline.after_multiply) {
      if (config_.zero_gating) {
        counts = flag(s, datapath_.counts(activation),
                      "A zero word adds nothing: its products hold, and the sum passes them by.");
      }
      ++stage_;
      std::vector<std::pair<const Signal*, Expr>> values;
      for (const Signal*& product : products) {
        const Signal& held = s.reg(staged(product->name), product->width);
        values.emplace_back(&held, *product);
        product = &held;
      }
      counts = hold(s, values, counts);
    }
    if (word_counts_ != nullptr) {
      s.assign(shape_.words == 1 ? Target(*word_counts_) : Target(*word_counts_, kWord, 1),
               counts == nullptr ? datapath_.counts(activation) : Expr(*counts));
    }
    if (products.size() > 1) s.comment("The sum of both needs one bit more than a product.");
    const TreeSum sum = products.size() == 2 && sets_aside_
                            ? sum_of_two(s, *products[0], *products[1])
                            : TreeSum{&sum_of_products(s, datapath_, products, "sum")};
    sum_ = counted(s, sum, counts);
  }

  // The first sum of a path: its lowest bits would cost a half adder. Carry-ins are free further
  // up, one a sum, and the sums up to D are as many as the bits set aside.
  static TreeSum sum_of_two(Scope& s, const Signal& a, const Signal& b) {
    const Num bits = a.width;
    s.comment("One of the lowest bits is set aside until a sum has a carry-in to spare.");
    const Signal& upper = s.wire("upper", concat({a.bit(bits - 1), a.slice(1, bits - 1)}) +
                                              concat({b.bit(bits - 1), b.slice(1, bits - 1)}));
    return {&s.wire("sum", concat({upper, b.bit(0)})), &s.wire("aside", a.bit(0))};
  }

  // A node's two terms, from the level below.
  struct Terms {
    const Signal& first;
    const Signal& second;
    const Signal* carry;        // set aside by the first one, null if nothing was
    std::optional<Expr> aside;  // by the second one
  };

  TreeSum add(Scope& s, const Terms& terms) {
    const Num bits = terms.first.width + 1;
    if (terms.carry == nullptr) {
      if (sets_aside_) return sum_of_two(s, terms.first, terms.second);
      return {&s.wire("sum", sign_extend(terms.first, bits) + sign_extend(terms.second, bits))};
    }
    s.comment("Bit 0 is 1 + carry. What the second one set aside goes on.");
    const Expr one = constant(1, 1);
    const auto extended = [](const Signal& a, const Expr& low) {
      return concat({a.bit(a.width - 1), a, low});
    };
    const Signal& with_carry =
        s.wire("with_carry", extended(terms.first, one) + extended(terms.second, *terms.carry));
    const TreeSum sum = {&s.wire("sum", with_carry.slice(1, bits)), &s.wire("aside", *terms.aside)};
    if (&s == &m_) {
      unused_.push_back(with_carry.bit(0));
    } else {
      s.sink({with_carry.bit(0)});
    }
    return sum;
  }

  // Neighbours first, so that the sum is a balanced tree: one loop per level, and the last adder.
  void reduce() {
    if (shape_.words == 1) {
      const std::vector<Step> word = {{"gen_word", 0}};
      sum_ = {&m_.wire("sum", elsewhere(word, *sum_.value)),
              sum_.aside == nullptr ? nullptr : &m_.wire("aside", elsewhere(word, *sum_.aside))};
    } else {
      m_.section("adder tree, one bit wider from level to level");
    }
    std::string below = "gen_word";
    int terms = shape_.words;
    for (int span = 2 * shape_.k_per_word; terms > 2; span *= 2) {
      const std::string label = fmt::format("gen_sum_of_{}", span);
      const int nodes = (terms + 1) / 2;
      Scope& s = m_.loop("node", nodes, label);
      sum_ = add(s, terms % 2 == 0 ? both(s, below, kNode) : both_or_one(s, below, terms));
      below = label;
      terms = nodes;
    }
    if (terms == 2) sum_ = add(m_, both(m_, below, 0));
    if (config_.pipeline.after_reduce) {
      const Signal* counts = nullptr;
      if (word_counts_ != nullptr) {
        counts = flag(m_, any(*word_counts_),
                      "Where no word counts, the sum holds, and C passes it by.");
      }
      ++stage_;
      const Signal& held = m_.reg(staged("sum"), sum_.value->width);
      sum_ = counted(m_, {&held}, hold(m_, {{&held, *sum_.value}}, counts));
    }
  }

  Terms both(Scope& s, const std::string& below, const Num& node) const {
    const std::vector<Step> one = {{below, 2 * node}};
    const std::vector<Step> other = {{below, 2 * node + 1}};
    const Signal& first = s.wire("first", elsewhere(one, *sum_.value));
    const Signal& second = s.wire("second", elsewhere(other, *sum_.value));
    if (sum_.aside == nullptr) return {first, second, nullptr, std::nullopt};
    return {first, second, &s.wire("carry", elsewhere(one, *sum_.aside)),
            elsewhere(other, *sum_.aside)};
  }

  // Of an odd number of terms the last one stands alone.
  Terms both_or_one(Scope& s, const std::string& below, int terms) const {
    const std::vector<Step> one = {{below, 2 * kNode}};
    const std::vector<Step> other = {{below, 2 * kNode + 1}};
    const Signal& first = s.wire("first", elsewhere(one, *sum_.value));
    const Signal& second = s.wire("second", sum_.value->width);
    const bool carries = sum_.aside != nullptr;
    const Signal* carry = carries ? &s.wire("carry", 1) : nullptr;
    const Signal* left = carries ? &s.wire("left", 1) : nullptr;
    const auto [pair, single] = s.choose({2 * kNode + 1, "<", terms}, "gen_pair", "gen_single");
    pair.assign(second, elsewhere(other, *sum_.value));
    single.assign(second, zeros(second.width));
    if (!carries) return {first, second, nullptr, std::nullopt};
    pair.assign(*carry, elsewhere(one, *sum_.aside));
    single.assign(*carry, constant(1, 0));
    pair.assign(*left, elsewhere(other, *sum_.aside));
    single.assign(*left, elsewhere(one, *sum_.aside));
    return {first, second, carry, *left};
  }

  void accumulate() {
    const int last = stage_ + 1;
    m_.section(fmt::format("stage {}: D = C + sum", last));
    m_.only_if({p_, "<", sum_.value->width + 1}, "gen_bad_accumulator")
        .instance({"sparq_error_accumulator_bits_must_exceed_one_step", {}, {}}, "u_error", {}, {},
                  {});
    m_.comment("C keeps step with the operands.");
    std::vector<std::pair<const Signal*, Expr>> values;
    const Signal* addend = addend_;
    for (int stage = 1; stage < last; ++stage) {
      const Signal& held = m_.reg(fmt::format("addend_q{}", stage), p_);
      values.emplace_back(&held, *addend);
      addend = &held;
    }
    const Signal& result = m_.reg(fmt::format("result_q{}", last), p_);
    if (sum_.aside != nullptr) {
      m_.comment("The carry-in takes what is still aside.");
      const Signal& with_carry =
          m_.wire("total_with_carry", signed_sum(*addend, *sum_.value, *sum_.aside));
      values.emplace_back(&result, m_.wire("total", with_carry.slice(1, p_)));
      unused_.push_back(with_carry.bit(0));
      m_.sink(unused_);
    } else {
      values.emplace_back(&result, signed_sum(*addend, finished()));
    }
    hold(m_, values);
    m_.assign(*result_, result);
  }

  // What the words add, behind the datapath's last step.
  const Signal& finished() {
    const Unit* finish = datapath_.find(Role::kFinish);
    if (finish == nullptr) return *sum_.value;
    const Signal& finished = m_.wire("finished", p_);
    m_.instance(finish->module->interface(), "u_finish", {{"AccumulatorBits", p_}},
                {{"accumulator_i", sign_extend(*sum_.value, p_)}}, {{"result_o", finished}});
    return finished;
  }

  const spec::Config& config_;
  const Datapath& datapath_;
  const Unit* selection_;
  Module& m_;
  TensorShape shape_;
  // A finish step would need a carry-in for what is left in the end, a register behind the tree
  // another bit: pipelines are for speed.
  const bool sets_aside_;
  Num w_;
  Num p_;
  int stage_ = 1;  // that the data stands in: operands arrive from the edge's registers
  const Signal* clock_ = nullptr;
  const Signal* enable_ = nullptr;
  const Signal* addend_ = nullptr;
  const Signal* activation_ = nullptr;
  const Signal* word_counts_ = nullptr;  // where a zero step's sum holds
  const Signal* select_ = nullptr;
  const Signal* weight_ = nullptr;
  const Signal* result_ = nullptr;
  TreeSum sum_ = {};
  std::vector<Expr> unused_;  // bits of the module's own sums
};

}  // namespace

TensorShape tensor_shape(const spec::Config& config, const Datapath& datapath) {
  const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
  const int depth = config.array.depth;
  const int k_per_word = spec::k_per_word(config.format);
  const int activation_bits = datapath.signature.activation_bits;
  TensorShape shape = {.k_per_word = k_per_word,
                       .words = (sparse ? depth / 2 : depth) / k_per_word,
                       .word_bits = activation_bits * k_per_word / depth,
                       .groups = sparse ? depth / spec::kSparseGroup : 0,
                       .element_bits = activation_bits / depth,
                       .masked = datapath.joint_encoder,
                       .complemented = !sparse && datapath.complemented};
  if (const Unit* encoder = datapath.find(Role::kActivationEncoder); encoder != nullptr) {
    shape.word_bits =
        static_cast<int>(port_width(encoder->module->interface(), "activation_o").constant());
  }
  return shape;
}

Unit emit_dot_unit(const spec::Config& config, const Datapath& datapath, const Unit* selection) {
  const int depth = config.array.depth;
  const int latency = datapath.signature.pe_latency;
  const std::string name = module_name(config, "dot_unit");
  const std::string purpose =
      fmt::format("dot-product unit of depth {}{}", depth, selection ? ", 2:4 weights" : "");
  const std::string equation = fmt::format(
      "  D = C + sum over k < {} of activation[k] * weight[k]\n"
      "  each word adds {}\n\n"
      "Inside is what every unit needs for itself. Operands come from registers at the core's "
      "edge,\n"
      "which a row's units share for activations and a column's for weights.",
      depth, datapath.equation);
  auto module = std::make_unique<Module>(
      name, header(config, name, purpose, equation,
                   selection == nullptr
                       ? fmt::format("{} cycles from addend_i, {} from activation_i and weight_i",
                                     latency, latency - 1)
                       : fmt::format("{} cycles from addend_i, {} from activation_i and select_i, "
                                     "{} from weight_i",
                                     latency, latency - 1, latency - 2)));
  DotUnitEmitter(config, datapath, selection, *module).run();
  return {std::move(module), Role::kDotUnit, purpose, latency};
}

}  // namespace sparq::gen
