// SPDX-License-Identifier: Apache-2.0
// The output-stationary systolic array. It knows a datapath by its interfaces and signature only.
#include <fmt/format.h>

#include "gen/emit/array_frame.h"
#include "gen/emit/library.h"

namespace sparq::gen {

using namespace verilog;

namespace {

class ArrayEmitter : ArrayFrame {
 public:
  ArrayEmitter(const spec::Config& config, const Datapath& datapath, const Unit& pe, Module& m)
      : ArrayFrame(config, datapath, pe, m),
        result_bits_(port_width(*pe_, "result_o")),
        cluster_cols_(m.parameter("ClusterCols", config.array.cluster_cols, 1,
                                  "columns that share an activation register")),
        clusters_((cols_ + cluster_cols_ - 1) / cluster_cols_) {}

  void run() {
    ports();
    gate();
    element_.emit(*clock_, *reset_, *advance_);
    weight_edge();
    activation_edge();
    if (interface_of(Role::kSideSum) != nullptr) side_sums();
    elements();
    drain();
  }

 private:
  void ports() {
    const spec::Signature& s = datapath_.signature;
    raw_activation_bits_ = raw_bits(Role::kActivationEncoder, "activation");
    raw_weight_bits_ = raw_bits(Role::kWeightEncoder, "weight");
    clock_ports();
    step_valid_ = &m_.input("step_valid_i", 1, "operands: one K step of a tile");
    step_ready_ = &m_.output("step_ready_o", 1);
    step_first_ = &m_.input("step_first_i", 1, "first step of a tile: restarts sums");
    step_last_ = &m_.input("step_last_i", 1, "last step: its rows follow");
    const char* what = datapath_.find(Role::kActivationEncoder) ? "activations" : "words";
    step_activation_ = &m_.input("step_activation_i", rows_ * raw_activation_bits_,
                                 fmt::format("{} of {} K, row 0 lowest", what, s.k_per_step));
    step_weight_ = &m_.input("step_weight_i", cols_ * raw_weight_bits_,
                             fmt::format("weights of {} K, column 0 lowest", s.k_per_step));
    row_valid_ = &m_.output("row_valid_o", 1, "results: one row of C, row 0 first");
    row_ready_ = &m_.input("row_ready_i", 1);
    row_last_ = &m_.output("row_last_o", 1, "last row of the tile");
    row_data_ = &m_.output("row_data_o", cols_ * result_bits_, "column 0 lowest");
  }

  void gate() {
    m_.section("control");
    m_.comment("The array holds its breath while a finished row waits for its consumer.");
    advance_ = &m_.wire("advance", 1);
    load_ = &m_.wire("load", 1);
    issue_ = &m_.wire("issue", 1);
    issue_first_ = &m_.wire("issue_first", 1);
    issue_last_ = &m_.wire("issue_last", 1);
    drain_valid_ = &m_.wire("drain_valid", 1);
    drain_last_ = &m_.wire("drain_last", 1);
    m_.comment("An activation crosses a cluster of columns in a cycle, and so does a row of sums.");
    m_.instance(
        tile_gate(), "u_tile_gate",
        with_reset({{"Rows", rows_}, {"Latency", clusters_ + datapath_.signature.pe_latency}}),
        {{"clk_i", *clock_},
         {"rst_ni", *reset_},
         {"enable_i", *advance_},
         {"step_valid_i", *step_valid_},
         {"step_first_i", *step_first_},
         {"step_last_i", *step_last_}},
        {{"step_ready_o", *step_ready_},
         {"load_o", *load_},
         {"issue_o", *issue_},
         {"issue_first_o", *issue_first_},
         {"issue_last_o", *issue_last_},
         {"row_valid_o", *drain_valid_},
         {"row_last_o", *drain_last_}});
  }

  void weight_edge() {
    m_.section("north edge: weights, cluster c of columns delayed by c");
    Scope& s = m_.loop("col", cols_, "gen_north");
    const Signal& encoded =
        encode(s, interface_of(Role::kWeightEncoder), "weight",
               step_weight_->slice(kCol * raw_weight_bits_, raw_weight_bits_), weight_bits_);
    const Signal& held = s.reg("weight_q", weight_bits_);
    s.registers({*clock_, std::nullopt, Expr(*load_)}, {{&held, encoded}});
    north_weight_ = &s.wire("weight", weight_bits_);
    skew(s, held, *north_weight_, kCol / cluster_cols_, "u_skew");
  }

  void activation_edge() {
    m_.section("west edge: activations and flags, row r delayed by r");
    Scope& s = m_.loop("row", rows_, "gen_west");
    const Signal& encoded =
        encode(s, interface_of(Role::kActivationEncoder), "activation",
               step_activation_->slice(kRow * raw_activation_bits_, raw_activation_bits_),
               activation_bits_);
    const Signal& held = s.reg("activation_q", activation_bits_);
    s.registers({*clock_, std::nullopt, Expr(*load_)}, {{&held, encoded}});
    s.comment("A cycle without a step is a bubble: a word that adds nothing.");
    const Signal& issued = s.wire("issued", held & replicate(activation_bits_, *issue_));
    west_activation_ = &s.wire("activation", activation_bits_);
    skew(s, issued, *west_activation_, kRow, "u_skew");
    west_first_ = &s.wire("first", 1);
    west_last_ = &s.wire("last", 1);
    const auto [top, below] = s.choose({kRow, "==", 0}, "gen_top", "gen_below");
    top.assign(*west_first_, *issue_first_);
    top.assign(*west_last_, *issue_last_);
    const Signal& first_q = below.reg("first_q", 1);
    const Signal& last_q = below.reg("last_q", 1);
    const std::vector<Step> above = {{"gen_west", kRow - 1}};
    below.registers(
        {element_.clock(), Expr(*reset_), element_.enable()},
        {{&first_q, elsewhere(above, *west_first_)}, {&last_q, elsewhere(above, *west_last_)}});
    below.assign(*west_first_, first_q);
    below.assign(*west_last_, last_q);
  }

  // A column's results meet on one bus: at most one row has a result in any cycle, and rows without
  // one contribute zero. The bus is a tree laid out as a heap, so that its delay grows with
  // log2(Rows).
  void join_bus(Scope& s, const std::vector<Step>& prefix, const std::string& label,
                const Signal& result, const Signal& a, const Signal& b) {
    const auto child = [&](const Num& index, const Signal& target, const std::string& name) {
      const auto [inner, leaf] = s.choose({index, "<", rows_}, "gen_" + name, "gen_no_" + name);
      std::vector<Step> path = {{label, index}};
      path.insert(path.end(), prefix.begin(), prefix.end());
      inner.assign(target, elsewhere(path, result));
      leaf.assign(target, zeros(target.width));
    };
    child(2 * kRow + 1, a, "bus_a");
    child(2 * kRow + 2, b, "bus_b");
  }

  void side_sums() {
    const Interface& side = *interface_of(Role::kSideSum);
    m_.section("row side-sums: one per row, from the words that enter it");
    Scope& s = m_.loop("row", rows_, "gen_side");
    side_bits_ = port_width(side, "result_o");
    side_result_ = &s.wire("result", side_bits_);
    const Signal& a = s.wire("result_a", side_bits_);
    const Signal& b = s.wire("result_b", side_bits_);
    join_bus(s, {}, "gen_side", *side_result_, a, b);
    const std::vector<Step> west = {{"gen_west", kRow}};
    s.instance(side, "u_side_sum", element_.pass_through(side),
               {{"clk_i", element_.clock()},
                {"rst_ni", *reset_},
                {"enable_i", *advance_},
                {"first_i", elsewhere(west, *west_first_)},
                {"last_i", elsewhere(west, *west_last_)},
                {"activation_i", elsewhere(west, *west_activation_)},
                {"result_a_i", a},
                {"result_b_i", b}},
               {{"result_o", *side_result_}});
  }

  void elements() {
    m_.section("elements: activations travel east, weights south");
    Scope& row = m_.loop("row", rows_, "gen_row");
    Scope& s = row.loop("col", cols_, "gen_col");
    const Signal& first = s.wire("first", 1);
    const Signal& last = s.wire("last", 1);
    const Signal& activation = s.wire("activation", activation_bits_);
    const Signal& weight = s.wire("weight", weight_bits_);
    const Signal& first_east = s.wire("first_east", 1);
    const Signal& last_east = s.wire("last_east", 1);
    const Signal& activation_east = s.wire("activation_east", activation_bits_);
    const Signal& weight_south = s.wire("weight_south", weight_bits_);
    result_ = &s.wire("result", result_bits_);
    const Signal& result_a = s.wire("result_a", result_bits_);
    const Signal& result_b = s.wire("result_b", result_bits_);

    const std::vector<Step> edge = {{"gen_west", kRow}};
    const std::vector<Step> west = {{"gen_row", kRow}, {"gen_col", kCol - 1}};
    const auto [from_edge, from_west] = s.choose({kCol, "==", 0}, "gen_from_edge", "gen_from_west");
    from_edge.assign(first, elsewhere(edge, *west_first_));
    from_edge.assign(last, elsewhere(edge, *west_last_));
    from_edge.assign(activation, elsewhere(edge, *west_activation_));
    from_west.assign(first, elsewhere(west, first_east));
    from_west.assign(last, elsewhere(west, last_east));
    from_west.assign(activation, elsewhere(west, activation_east));
    const auto [from_top, from_north] = s.choose({kRow, "==", 0}, "gen_from_top", "gen_from_north");
    from_top.assign(weight, elsewhere({{"gen_north", kCol}}, *north_weight_));
    from_north.assign(weight, elsewhere({{"gen_row", kRow - 1}, {"gen_col", kCol}}, weight_south));
    s.only_if({kCol, "==", cols_ - 1}, "gen_east_end")
        .sink({first_east, last_east, activation_east});
    s.only_if({kRow, "==", rows_ - 1}, "gen_south_end").sink({weight_south});
    s.comment(
        "Column bus: one row at a time has a result, the others zero. It is a tree: row r joins\n"
        "its own result and those of rows 2r+1 and 2r+2; the column leaves through row 0.");
    join_bus(s, {{"gen_col", kCol}}, "gen_row", *result_, result_a, result_b);
    // The first column of a cluster has the register that its others see.
    Parameters parameters = element_.pass_through(*pe_);
    parameters.emplace_back(kSharesActivation, differs_from(kCol % cluster_cols_, 0));
    s.instance(*pe_, "u_pe", parameters,
               {{"clk_i", element_.clock()},
                {"rst_ni", *reset_},
                {"enable_i", *advance_},
                {"first_i", first},
                {"last_i", last},
                {"activation_i", activation},
                {"weight_i", weight},
                {"result_a_i", result_a},
                {"result_b_i", result_b}},
               {{"first_o", first_east},
                {"last_o", last_east},
                {"activation_o", activation_east},
                {"weight_o", weight_south},
                {"result_o", *result_}});
  }

  void drain() {
    m_.section("drain: a cluster of columns waits for those east of it");
    const Interface* finish = interface_of(Role::kFinish);
    const Signal* side = nullptr;
    if (side_result_ != nullptr) {
      side = &m_.wire("side_sum", side_bits_);
      skew(m_, elsewhere({{"gen_side", 0}}, *side_result_), *side, clusters_, "u_side_deskew");
    }
    const Signal& row = m_.wire("drain_data", cols_ * result_bits_);
    Scope& s = m_.loop("col", cols_, "gen_drain");
    const Target slot(row, kCol * result_bits_, result_bits_);
    const Signal& aligned = s.wire("aligned", result_bits_);
    // Illegal Rows are refused by name; without this, a tool might stop at the missing row first.
    Scope& tap = s.only_if({0, "<", rows_}, "gen_root");
    skew(tap, elsewhere({{"gen_row", 0}, {"gen_col", kCol}}, *result_), aligned,
         clusters_ - kCol / cluster_cols_, "u_deskew");
    if (finish == nullptr) {
      s.assign(slot, aligned);
    } else {
      std::vector<Connection> inputs = {{"accumulator_i", aligned}};
      if (side != nullptr) inputs.push_back({"side_i", *side});
      s.instance(*finish, "u_finish", element_.pass_through(*finish), inputs, {{"result_o", slot}});
    }
    const Signal& out =
        result_buffer("row", *drain_valid_, concat({*drain_last_, row}), *row_valid_, *row_ready_);
    const Num width = out.width;
    m_.assign(*row_last_, out.bit(width - 1));
    m_.assign(*row_data_, out.slice(0, width - 1));
  }

  const Num result_bits_;
  const Num cluster_cols_;
  const Num clusters_;
  Num raw_activation_bits_ = 0;
  Num raw_weight_bits_ = 0;
  Num side_bits_ = 0;

  const Signal* step_valid_ = nullptr;
  const Signal* step_ready_ = nullptr;
  const Signal* step_first_ = nullptr;
  const Signal* step_last_ = nullptr;
  const Signal* step_activation_ = nullptr;
  const Signal* step_weight_ = nullptr;
  const Signal* row_valid_ = nullptr;
  const Signal* row_ready_ = nullptr;
  const Signal* row_last_ = nullptr;
  const Signal* row_data_ = nullptr;
  const Signal* load_ = nullptr;
  const Signal* issue_ = nullptr;
  const Signal* issue_first_ = nullptr;
  const Signal* issue_last_ = nullptr;
  const Signal* drain_valid_ = nullptr;
  const Signal* drain_last_ = nullptr;
  const Signal* north_weight_ = nullptr;
  const Signal* west_activation_ = nullptr;
  const Signal* west_first_ = nullptr;
  const Signal* west_last_ = nullptr;
  const Signal* side_result_ = nullptr;
  const Signal* result_ = nullptr;
};

}  // namespace

Unit emit_systolic_array(const spec::Config& config, const Datapath& datapath, const Unit& pe) {
  const std::string name = module_name(config, "array");
  const int beyond = datapath.signature.pe_latency + 1;
  const std::string purpose = fmt::format("output-stationary systolic array, {} x {} elements",
                                          config.array.rows, config.array.cols);
  const std::string equation = fmt::format(
      "  C[row][col] = sum over a tile's K steps of activation[row] * weight[col]\n\n"
      "Each accepted step brings {} K of every row and column, aligned; the skew is inside. Rows "
      "of C\n"
      "leave one per cycle while the next tile runs; tiles shorter than Rows steps wait for the "
      "drain.\n"
      "Up to {} K no input can overflow the accumulators. The protocol is frozen in\n"
      "docs/array-interface.md.",
      datapath.signature.k_per_step, spec::safe_k(config));
  const std::string latency = fmt::format(
      "unstalled, row r leaves ceil(Cols/ClusterCols) + {} + r cycles after a tile's last step",
      beyond);
  auto module = new_module(config, name, header(config, name, purpose, equation, latency));
  ArrayEmitter(config, datapath, pe, *module).run();
  return {std::move(module), Role::kArray, purpose, spec::clusters(config.array) + beyond};
}

}  // namespace sparq::gen
