// SPDX-License-Identifier: Apache-2.0
// The weight-stationary systolic array. It knows a datapath by its interfaces and signature only.
#include <fmt/format.h>

#include <stdexcept>

#include "gen/emit/array_frame.h"
#include "gen/emit/library.h"

namespace sparq::gen {

using namespace verilog;

namespace {

class WeightStationaryEmitter : ArrayFrame {
 public:
  WeightStationaryEmitter(const spec::Config& config, const Datapath& datapath, const Unit& pe,
                          Module& m)
      : ArrayFrame(config, datapath, pe, m), sum_bits_(port_width(*pe_, "sum_o")) {
    if (interface_of(Role::kSideSum) != nullptr) {
      throw std::logic_error("a side-sum has no place in a weight-stationary array");
    }
  }

  void run() {
    ports();
    gate();
    element_.emit(*clock_, *reset_, *advance_);
    north_edge();
    west_edge();
    elements();
    results();
  }

 private:
  void ports() {
    const int k = datapath_.signature.k_per_step;
    raw_activation_bits_ = raw_bits(Role::kActivationEncoder, "activation");
    raw_weight_bits_ = raw_bits(Role::kWeightEncoder, "weight");
    clock_ports();
    load_valid_ = &m_.input("load_valid_i", 1, "weights: one array row, last first");
    load_ready_ = &m_.output("load_ready_o", 1);
    load_weight_ = &m_.input("load_weight_i", cols_ * raw_weight_bits_,
                             fmt::format("weights of {} K, column 0 lowest", k));
    step_valid_ = &m_.input("step_valid_i", 1, "operands: one row of activations");
    step_ready_ = &m_.output("step_ready_o", 1);
    step_swap_ = &m_.input("step_swap_i", 1, "starts with the weights loaded last");
    const char* what = datapath_.find(Role::kActivationEncoder) ? "activations" : "words";
    step_activation_ = &m_.input("step_activation_i", rows_ * raw_activation_bits_,
                                 fmt::format("{} of {} K, row 0 lowest", what, k));
    step_addend_ = &m_.input("step_addend_i", cols_ * sum_bits_, "C, column 0 lowest");
    result_valid_ = &m_.output("result_valid_o", 1, "results: one row of D per step");
    result_ready_ = &m_.input("result_ready_i", 1);
    result_data_ = &m_.output("result_data_o", cols_ * sum_bits_, "column 0 lowest");
  }

  void gate() {
    m_.section("control");
    m_.comment("The array holds its breath while a finished row waits for its consumer.");
    advance_ = &m_.wire("advance", 1);
    accept_ = &m_.wire("accept", 1);
    load_ = &m_.wire("load", rows_);
    swap_ = &m_.wire("swap", rows_);
    finished_ = &m_.wire("finished", 1);
    m_.comment("A step has crossed all rows, then all columns behind the first.");
    const Num latency = rows_ + cols_ + (datapath_.signature.pe_latency - 2);
    m_.instance(weight_gate(), "u_weight_gate", with_reset({{"Rows", rows_}, {"Latency", latency}}),
                {{"clk_i", *clock_},
                 {"rst_ni", *reset_},
                 {"enable_i", *advance_},
                 {"load_valid_i", *load_valid_},
                 {"step_valid_i", *step_valid_},
                 {"step_swap_i", *step_swap_}},
                {{"load_ready_o", *load_ready_},
                 {"step_ready_o", *step_ready_},
                 {"accept_o", *accept_},
                 {"load_o", *load_},
                 {"swap_o", *swap_},
                 {"result_valid_o", *finished_}});
  }

  void north_edge() {
    m_.section("north edge: weights and C, column c delayed by c");
    Scope& s = m_.loop("col", cols_, "gen_north");
    const Signal& encoded =
        encode(s, interface_of(Role::kWeightEncoder), "weight",
               load_weight_->slice(kCol * raw_weight_bits_, raw_weight_bits_), weight_bits_);
    north_weight_ = &s.wire("weight", weight_bits_);
    skew(s, encoded, *north_weight_, kCol, "u_weight_skew");
    const Signal& held = s.reg("addend_q", sum_bits_);
    s.registers({*clock_, std::nullopt, Expr(*accept_)},
                {{&held, step_addend_->slice(kCol * sum_bits_, sum_bits_)}});
    s.comment("C meets the first row's products, which its element has to make first.");
    north_sum_ = &s.wire("addend", sum_bits_);
    skew(s, held, *north_sum_, kCol + (datapath_.signature.pe_latency - 1), "u_addend_skew");
  }

  void west_edge() {
    m_.section("west edge: activations, row r delayed by r");
    Scope& s = m_.loop("row", rows_, "gen_west");
    const Signal& encoded =
        encode(s, interface_of(Role::kActivationEncoder), "activation",
               step_activation_->slice(kRow * raw_activation_bits_, raw_activation_bits_),
               activation_bits_);
    const Signal& held = s.reg("activation_q", activation_bits_);
    s.registers({*clock_, std::nullopt, Expr(*accept_)}, {{&held, encoded}});
    west_activation_ = &s.wire("activation", activation_bits_);
    skew(s, held, *west_activation_, kRow, "u_skew");
  }

  void elements() {
    m_.section("elements: activations travel east, weights and sums south");
    Scope& row = m_.loop("row", rows_, "gen_row");
    Scope& s = row.loop("col", cols_, "gen_col");
    const Signal& load = s.wire("load_here", 1);
    const Signal& swap = s.wire("swap_here", 1);
    const Signal& activation = s.wire("activation", activation_bits_);
    const Signal& weight = s.wire("weight", weight_bits_);
    const Signal& sum = s.wire("sum", sum_bits_);
    const Signal& load_east = s.wire("load_east", 1);
    const Signal& swap_east = s.wire("swap_east", 1);
    const Signal& activation_east = s.wire("activation_east", activation_bits_);
    const Signal& weight_south = s.wire("weight_south", weight_bits_);
    sum_south_ = &s.wire("sum_south", sum_bits_);

    const std::vector<Step> west = {{"gen_row", kRow}, {"gen_col", kCol - 1}};
    const auto [from_edge, from_west] = s.choose({kCol, "==", 0}, "gen_from_edge", "gen_from_west");
    from_edge.assign(load, load_->slice(kRow, 1));
    from_edge.assign(swap, swap_->slice(kRow, 1));
    from_edge.assign(activation, elsewhere({{"gen_west", kRow}}, *west_activation_));
    from_west.assign(load, elsewhere(west, load_east));
    from_west.assign(swap, elsewhere(west, swap_east));
    from_west.assign(activation, elsewhere(west, activation_east));
    const std::vector<Step> edge = {{"gen_north", kCol}};
    const std::vector<Step> north = {{"gen_row", kRow - 1}, {"gen_col", kCol}};
    const auto [from_top, from_north] = s.choose({kRow, "==", 0}, "gen_from_top", "gen_from_north");
    from_top.assign(weight, elsewhere(edge, *north_weight_));
    from_top.assign(sum, elsewhere(edge, *north_sum_));
    from_north.assign(weight, elsewhere(north, weight_south));
    from_north.assign(sum, elsewhere(north, *sum_south_));
    s.only_if({kCol, "==", cols_ - 1}, "gen_east_end")
        .sink({load_east, swap_east, activation_east});
    s.only_if({kRow, "==", rows_ - 1}, "gen_south_end").sink({weight_south});
    s.instance(*pe_, "u_pe", element_.pass_through(*pe_),
               {{"clk_i", element_.clock()},
                {"rst_ni", *reset_},
                {"enable_i", *advance_},
                {"load_i", load},
                {"swap_i", swap},
                {"activation_i", activation},
                {"weight_i", weight},
                {"sum_i", sum}},
               {{"load_o", load_east},
                {"swap_o", swap_east},
                {"activation_o", activation_east},
                {"weight_o", weight_south},
                {"sum_o", *sum_south_}});
  }

  void results() {
    m_.section("results: column c waits for the columns east of it");
    const Signal& row = m_.wire("result", cols_ * sum_bits_);
    Scope& s = m_.loop("col", cols_, "gen_result");
    const Signal& aligned = s.wire("aligned", sum_bits_);
    // Illegal Rows are refused by name; without this, a tool might stop at the missing row first.
    Scope& bottom = s.only_if({0, "<", rows_}, "gen_bottom");
    skew(bottom, elsewhere({{"gen_row", rows_ - 1}, {"gen_col", kCol}}, *sum_south_), aligned,
         cols_ - 1 - kCol, "u_deskew");
    s.assign(Target(row, kCol * sum_bits_, sum_bits_), aligned);
    m_.assign(*result_data_,
              result_buffer("result", *finished_, row, *result_valid_, *result_ready_));
  }

  const Num sum_bits_;
  Num raw_activation_bits_ = 0;
  Num raw_weight_bits_ = 0;
  const Signal* load_valid_ = nullptr;
  const Signal* load_ready_ = nullptr;
  const Signal* load_weight_ = nullptr;
  const Signal* step_valid_ = nullptr;
  const Signal* step_ready_ = nullptr;
  const Signal* step_swap_ = nullptr;
  const Signal* step_activation_ = nullptr;
  const Signal* step_addend_ = nullptr;
  const Signal* result_valid_ = nullptr;
  const Signal* result_ready_ = nullptr;
  const Signal* result_data_ = nullptr;
  const Signal* accept_ = nullptr;
  const Signal* load_ = nullptr;
  const Signal* swap_ = nullptr;
  const Signal* finished_ = nullptr;
  const Signal* north_weight_ = nullptr;
  const Signal* north_sum_ = nullptr;
  const Signal* west_activation_ = nullptr;
  const Signal* sum_south_ = nullptr;
};

}  // namespace

Unit emit_ws_array(const spec::Config& config, const Datapath& datapath, const Unit& pe) {
  const std::string name = module_name(config, "array");
  const std::string purpose = fmt::format("weight-stationary systolic array, {} x {} elements",
                                          config.array.rows, config.array.cols);
  const int k = datapath.signature.k_per_step;
  const std::string equation = fmt::format(
      "  D[col] = C[col] + sum over rows of activation[row] * weight[row][col]{}\n\n"
      "Every cycle takes a step, one row of activations and of C, and gives one row of D; Rows "
      "loads\n"
      "bring the next set of weights meanwhile, and a step that swaps starts with them. The skew\n"
      "is inside. Nothing is kept from step to step: for a longer sum feed D back as C. The\n"
      "protocol is frozen in docs/weight-stationary-interface.md.",
      k == 1 ? "" : fmt::format(", {} K each", k));
  const int beyond = datapath.signature.pe_latency - 1;
  auto module = new_module(
      config, name,
      header(config, name, purpose, equation,
             fmt::format("Rows + Cols + {} cycles from step to result, stalls aside", beyond)));
  WeightStationaryEmitter(config, datapath, pe, *module).run();
  return {std::move(module), Role::kArray, purpose, config.array.rows + config.array.cols + beyond};
}

}  // namespace sparq::gen
