// SPDX-License-Identifier: Apache-2.0
// The tensor core: edge registers and encoders, rows x cols dot-product units, results.
#include <fmt/format.h>

#include "gen/datapath/datapath.h"
#include "gen/emit/element.h"
#include "gen/emit/library.h"
#include "golden/spec/signature.h"

namespace sparq::gen {

using namespace verilog;

namespace {

const Num kRow = Num::symbol("row");
const Num kCol = Num::symbol("col");
const Num kWord = Num::symbol("word");
const Num kGroup = Num::symbol("group");

class TensorCoreEmitter {
 public:
  TensorCoreEmitter(const spec::Config& config, const Datapath& datapath, const Unit& dot_unit,
                    Module& m)
      : config_(config),
        datapath_(datapath),
        unit_(dot_unit.module->interface()),
        m_(m),
        shape_(tensor_shape(config, datapath)),
        rows_(m.parameter("Rows", config.array.rows, 1, "activation rows")),
        cols_(m.parameter("Cols", config.array.cols, 1, "weight columns")),
        w_(Num::symbol("WeightBits")),
        p_(Num::symbol("AccumulatorBits")),
        element_(m, config, unit_) {}

  void run() {
    ports();
    control();
    activation_edge();
    shape_.groups == 0 ? weight_edge() : sparse_weight_edge();
    element_.emit(*clock_, *reset_, *advance_);
    units();
    results();
  }

 private:
  void ports() {
    const int depth = config_.array.depth;
    const spec::Signature& s = datapath_.signature;
    clock_ = &m_.input("clk_i", 1);
    reset_ = &m_.input("rst_ni", 1, reset_comment(config_));
    if (config_.clock_enable) {
      clock_enable_ = &m_.input("clk_en_i", 1, "everything holds while low");
    }
    step_valid_ = &m_.input("step_valid_i", 1, "operands of all units");
    step_ready_ = &m_.output("step_ready_o", 1);
    step_activation_ = &m_.input("step_activation_i", rows_ * s.raw_activation_bits,
                                 fmt::format("{} K a row, row 0 lowest", depth));
    step_weight_ = &m_.input(
        "step_weight_i", cols_ * (shape_.groups == 0 ? depth * w_ : shape_.groups * group_bits()),
        shape_.groups == 0 ? fmt::format("{} K a column, column 0 lowest", depth)
                           : fmt::format("{} K a column in 2:4 groups", depth));
    step_addend_ = &m_.input("step_addend_i", rows_ * cols_ * p_, "C, row by row");
    result_valid_ = &m_.output("result_valid_o", 1, "results of one step");
    result_ready_ = &m_.input("result_ready_i", 1);
    result_data_ = &m_.output("result_data_o", rows_ * cols_ * p_, "D, laid out as C");
  }

  Num group_bits() const { return spec::kSparseSlots * (w_ + spec::kSparseIndexBits); }

  void control() {
    const int latency = datapath_.signature.pe_latency;
    m_.section("control");
    m_.comment("The core holds its breath while a beat of results waits for its consumer.");
    advance_ = &m_.wire("advance", 1);
    load_ = &m_.wire("load", *step_valid_ && *advance_);
    m_.assign(*step_ready_, *advance_);
    m_.comment("valid_q[i]: the step accepted i + 1 cycles ago is under way.");
    const Signal& valid = m_.reg("valid_q", latency);
    m_.registers({*clock_, Expr(*reset_), Expr(*advance_)},
                 {{&valid, concat({valid.slice(0, latency - 1), *load_})}});
    valid_ = &valid;
  }

  void activation_edge() {
    const spec::Signature& s = datapath_.signature;
    const Unit* encoder = datapath_.find(Role::kActivationEncoder);
    const bool encoded = encoder != nullptr && !(datapath_.joint_encoder && shape_.groups > 0);
    m_.section(encoded ? "west edge: activations, encoded once for all units of a row"
                       : "west edge: activations");
    Scope& row = m_.loop("row", rows_, "gen_west");
    const Expr raw = step_activation_->slice(kRow * s.raw_activation_bits, s.raw_activation_bits);
    if (!encoded) {
      hold_activation(row, raw);
      return;
    }
    const Signal& step = row.wire("step_activation", raw);
    const Signal& words = row.wire("activation_d1", s.activation_bits);
    const Interface& interface = encoder->module->interface();
    const Num raw_bits = port_width(interface, "activation_i");
    const Num word_bits = port_width(interface, "activation_o");
    Scope& word = row.loop("word", config_.array.depth / shape_.k_per_word, "gen_word");
    word.instance(interface, "u_encoder", {},
                  {{"activation_i", step.slice(kWord * raw_bits, raw_bits)}},
                  {{"activation_o", Target(words, kWord * word_bits, word_bits)}});
    hold_activation(row, words);
  }

  void hold_activation(Scope& row, const Expr& words) {
    if (shape_.complemented) row.comment("Held complemented, as the units' multipliers want it.");
    const Signal& held = row.reg(shape_.complemented ? "activation_nq1" : "activation_q1",
                                 datapath_.signature.activation_bits);
    row.registers({*clock_, std::nullopt, Expr(*load_)},
                  {{&held, shape_.complemented ? ~words : words}});
    row_activation_ = &held;
  }

  void weight_edge() {
    m_.section("north edge: weights");
    Scope& col = m_.loop("col", cols_, "gen_north");
    const Num bits = config_.array.depth * w_;
    const Signal& held = col.reg("weight_q1", bits);
    col.registers({*clock_, std::nullopt, Expr(*load_)},
                  {{&held, step_weight_->slice(kCol * bits, bits)}});
    col_weight_ = &held;
  }

  void sparse_weight_edge() {
    m_.section("north edge: weights, their values a cycle behind what selects");
    Scope& col = m_.loop("col", cols_, "gen_north");
    const Num bits = shape_.groups * group_bits();
    const Num select_bits = shape_.groups * shape_.select_bits();
    const Num value_bits = shape_.groups * spec::kSparseSlots * w_;
    const Signal& step = col.wire("step_weight", step_weight_->slice(kCol * bits, bits));
    const Signal& select = col.wire("select_d1", select_bits);
    const Signal& value = col.wire("value_d1", value_bits);
    Scope& group = col.loop("group", shape_.groups, "gen_group");
    const Signal& slots = group.wire("slots", step.slice(kGroup * group_bits(), group_bits()));
    const int index = spec::kSparseIndexBits;
    const Signal& value_0 = group.wire("value_0", slots.slice(0, w_));
    const Signal& index_0 = group.wire("index_0", slots.slice(w_, index));
    const Signal& value_1 = group.wire("value_1", slots.slice(w_ + index, w_));
    const Signal& index_1 = group.wire("index_1", slots.slice(2 * w_ + index, index));
    const Target target(select, kGroup * shape_.select_bits(), shape_.select_bits());
    if (shape_.masked) {
      group.comment("A slot whose value is zero is empty, whatever its index.");
      group.assign(target, concat({any(value_1), index_1, any(value_0), index_0}));
    } else {
      group.assign(target, concat({index_1, index_0}));
    }
    group.assign(Target(value, kGroup * spec::kSparseSlots * w_, spec::kSparseSlots * w_),
                 concat({value_1, value_0}));
    const Signal& select_q1 = col.reg("select_q1", select_bits);
    const Signal& value_q1 = col.reg("value_q1", value_bits);
    const Signal& value_q2 = col.reg("value_q2", value_bits);
    col.registers({*clock_, std::nullopt, Expr(*load_)},
                  {{&select_q1, select}, {&value_q1, value}});
    col.registers({*clock_, std::nullopt, Expr(*advance_)}, {{&value_q2, value_q1}});
    col_select_ = &select_q1;
    col_weight_ = &value_q2;
  }

  void units() {
    m_.section("dot-product units");
    const Num row_bits = cols_ * p_;
    result_ = &m_.wire("result_d", rows_ * row_bits);
    Scope& row = m_.loop("row", rows_, "gen_row");
    const Signal& addend = row.wire("addend", step_addend_->slice(kRow * row_bits, row_bits));
    const Signal& result = row.wire("result", row_bits);
    row.assign(Target(*result_, kRow * row_bits, row_bits), result);
    Scope& s = row.loop("col", cols_, "gen_col");
    const std::vector<Step> north = {{"gen_north", kCol}};
    std::vector<Connection> inputs = {
        {"clk_i", element_.clock()},
        {"enable_i", *advance_},
        {"addend_i", addend.slice(kCol * p_, p_)},
        {shape_.activation_port(), elsewhere({{"gen_west", kRow}}, *row_activation_)},
        {"weight_i", elsewhere(north, *col_weight_)}};
    if (col_select_ != nullptr) inputs.push_back({"select_i", elsewhere(north, *col_select_)});
    s.instance(unit_, "u_dot_unit", element_.pass_through(unit_), inputs,
               {{"result_o", Target(result, kCol * p_, p_)}});
  }

  // A handshake counts, and the core moves, only while the clock is enabled.
  Expr while_enabled(const Expr& e) const { return clock_enable_ ? *clock_enable_ && e : e; }

  void results() {
    m_.section("results");
    const Signal* buffer_ready = advance_;
    const Signal* buffer_valid = result_valid_;
    if (clock_enable_ != nullptr) {
      buffer_ready = &m_.wire("buffer_ready", 1);
      buffer_valid = &m_.wire("buffer_valid", 1);
      m_.comment("While clk_en_i is low no handshake counts, within or without.");
      m_.assign(*advance_, while_enabled(*buffer_ready));
      m_.assign(*result_valid_, while_enabled(*buffer_valid));
    }
    std::vector<std::pair<std::string, Num>> parameters = {{"Width", result_->width}};
    for (const auto& parameter : reset_parameter(config_)) parameters.push_back(parameter);
    m_.instance(skid_buffer(), "u_result_buffer", parameters,
                {{"clk_i", *clock_},
                 {"rst_ni", *reset_},
                 {"in_valid_i", while_enabled(valid_->bit(valid_->width - 1))},
                 {"in_data_i", *result_},
                 {"out_ready_i", while_enabled(*result_ready_)}},
                {{"in_ready_o", *buffer_ready},
                 {"out_valid_o", *buffer_valid},
                 {"out_data_o", *result_data_}});
  }

  const spec::Config& config_;
  const Datapath& datapath_;
  const Interface& unit_;
  Module& m_;
  TensorShape shape_;
  Num rows_;
  Num cols_;
  Num w_;
  Num p_;
  Element element_;
  const Signal* clock_ = nullptr;
  const Signal* reset_ = nullptr;
  const Signal* clock_enable_ = nullptr;  // null without clk_en_i

  const Signal* step_valid_ = nullptr;
  const Signal* step_ready_ = nullptr;
  const Signal* step_activation_ = nullptr;
  const Signal* step_weight_ = nullptr;
  const Signal* step_addend_ = nullptr;
  const Signal* result_valid_ = nullptr;
  const Signal* result_ready_ = nullptr;
  const Signal* result_data_ = nullptr;
  const Signal* advance_ = nullptr;
  const Signal* load_ = nullptr;
  const Signal* valid_ = nullptr;
  const Signal* row_activation_ = nullptr;
  const Signal* col_select_ = nullptr;
  const Signal* col_weight_ = nullptr;
  const Signal* result_ = nullptr;
};

}  // namespace

Unit emit_tensor_core(const spec::Config& config, const Datapath& datapath, const Unit& dot_unit) {
  const spec::Array& array = config.array;
  const bool sparse = array.kind == spec::ArrayKind::kSparseTensorCore;
  const int latency = datapath.signature.pe_latency;
  const std::string name = module_name(config, "tensor_core");
  const std::string purpose =
      fmt::format("{}tensor core, {} x {} dot-product units of depth {}",
                  sparse ? "2:4 sparse " : "", array.rows, array.cols, array.depth);
  const std::string equation = fmt::format(
      "  D[row][col] = C[row][col] + sum over k < {} of activation[row][k] * weight[k][col]\n\n"
      "Every cycle takes a step, operands for all units at once, and gives the results of one.\n"
      "Nothing is kept from step to step: for a longer sum feed D back as C.\n"
      "From C = 0 no sum over up to {} K can overflow.\n"
      "The protocol is frozen in docs/tensor-core-interface.md.",
      array.depth, spec::safe_k(config));
  auto module =
      new_module(config, name,
                 header(config, name, purpose, equation,
                        fmt::format("{} cycles from step to results, stalls aside", latency)));
  TensorCoreEmitter(config, datapath, dot_unit, *module).run();
  return {std::move(module), Role::kArray, purpose, latency};
}

}  // namespace sparq::gen
