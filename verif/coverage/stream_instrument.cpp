// SPDX-License-Identifier: Apache-2.0
// Monitors of arrays whose steps have results of their own. The array knows when a unit's registers
// hold one.
#include <fmt/format.h>

#include "golden/spec/pair_layout.h"
#include "verif/coverage/instrument.h"
#include "verif/harness/stream_shape.h"

namespace sparq::verif {
namespace {

// Monitors as they are written into the array.
class Monitors {
 public:
  explicit Monitors(Instrumented& design)
      : design_(design),
        config_(design.output.config),
        format_(config_.format),
        shape_(stream_shape(config_)),
        sparq_(format_.kind == spec::Kind::kSparq) {}

  void insert() {
    std::string text = stream("u_cover_steps", "step_valid_i", "step_ready_o") +
                       stream("u_cover_results", "result_valid_o", "result_ready_i");
    std::string loops;
    if (shape_.loads_weights()) {
      text += stream("u_cover_loads", "load_valid_i", "load_ready_o");
      loops = loop("col", "Cols", top_sum()) +
              loop("row", "Rows", edge(1) + loop("col", "Cols", element()));
    } else {
      text += stages();
      loops =
          loop("row", "Rows",
               (shape_.sparse && sparq_ ? "" : edge(shape_.k / 2)) + loop("col", "Cols", unit()));
    }
    verif::insert(design_.output, text + "  generate\n" + loops + "  endgenerate\n");
  }

 private:
  void point(const std::string& name, const std::string& what, int instances, Bins bins) {
    design_.points[name] = {what, design_.output.top().name, static_cast<size_t>(instances),
                            std::move(bins)};
  }

  std::string stream(const std::string& name, const std::string& valid, const std::string& ready) {
    point(name, fmt::format("handshake of {}", valid), 1, stream_bins());
    return stream_monitor(name, valid, ready);
  }

  // Where a step stands that passes or waits: in a tensor core it has no neighbours.
  Bins situations() const {
    return shape_.loads_weights() ? cross(places_in_set(), moves()) : moves();
  }

  // Each of a row's pairs in front of its encoder.
  std::string edge(int pairs) {
    const Bins bins = encoders(format_);
    if (bins.empty() || shape_.encoded) return "";
    point("u_cover_pair", "pairs at encoders", config_.array.rows * pairs,
          cross(bins, situations()));
    return loop(
        "word", std::to_string(pairs),
        encoder_monitor(format_,
                        {running(config_) + "rst_ni && step_valid_i",
                         shape_.loads_weights() ? "{6'd0, !step_ready_o, step_swap_i}"
                                                : "{7'd0, !step_ready_o}",
                         situations().size()},
                        fmt::format("step_activation_i[{0}*({1}*cover_row+cover_word) +: {0}]",
                                    2 * format_.activation_bits, pairs)));
  }

  static std::string sum(const std::string& valid, const std::string& addend,
                         const std::string& result) {
    return fmt::format(
        "      sparq_cover_sum #(.Width(AccumulatorBits)) u_cover_sum (.clk_i(clk_i),\n"
        "          .enable_i(rst_ni && advance), .valid_i({}),\n"
        "          .addend_i({}), .result_i({}));\n",
        valid, addend, result);
  }

  // ------------------------------------------------------------ tensor cores
  std::string stages() {
    point("u_cover_stages", "what each stage holds", 1, stage_bins(shape_.result_latency));
    return fmt::format(
        "  sparq_cover_stages #(.Stages({})) u_cover_stages (.clk_i(clk_i), .sample_i(rst_ni),\n"
        "      .advance_i(advance), .valid_i(valid_q));\n",
        shape_.result_latency);
  }

  // A step stands in the registers of that stage.
  std::string stands_in(int stage) const {
    return fmt::format("{}rst_ni && valid_q[{}]", running(config_), stage - 1);
  }

  std::string unit() {
    const std::string unit = "gen_row[cover_row].gen_col[cover_col].u_dot_unit.";
    const int last = shape_.result_latency;
    const int units = shape_.m * shape_.n;
    point("u_cover_sum", "sums at units", units, sum_bins());
    const int words = shape_.k / (shape_.sparse ? 2 : 1) / shape_.k_per_word;
    point("u_cover_word", "words at units", units * words,
          cross(verif::words(format_), situations()));
    const int bits = sparq_ ? spec::pair_layout(format_).bits()
                            : shape_.signature.activation_bits * shape_.k_per_word / shape_.k;
    return sum(fmt::format("valid_q[{}]", last - 1), fmt::format("{}addend_q{}", unit, last - 1),
               fmt::format("{}result_q{}", unit, last)) +
           loop("word", std::to_string(words),
                word_monitor(
                    format_,
                    {stands_in(shape_.sparse ? 2 : 1), "{7'd0, !advance}", situations().size()},
                    unit + "gen_word[cover_word].activation", bits)) +
           (shape_.sparse ? selection(unit, units) : "");
  }

  // Each of a sparse unit's groups: its weights, what they select, and the encoder behind that.
  std::string selection(const std::string& unit, int units) {
    const int groups = shape_.k / spec::kSparseGroup;
    point("u_cover_selection", "2:4 patterns at units", units * groups,
          cross(selection_bins(), moves()));
    const int bits = shape_.signature.activation_bits / shape_.k;
    const int slot_bits = spec::kSparseIndexBits + (sparq_ ? 1 : 0);  // with a flag of its use
    std::string text = fmt::format(
        "      wire [6:0] {7};\n"
        "      sparq_cover_selection #(.Width({0}), .WeightBits(WeightBits), .Situations({1}))\n"
        "          u_cover_selection ({2}, .slots_o({7}),\n"
        "          .weight_i(gen_north[cover_col].value_q1[2*WeightBits*cover_group +: "
        "2*WeightBits]),\n"
        "          .index0_i(gen_north[cover_col].select_q1[{3}*cover_group +: 2]),\n"
        "          .index1_i(gen_north[cover_col].select_q1[{3}*cover_group+{4} +: 2]),\n"
        "          .activation_i({5}activation_i[{6}*cover_group +: {6}]));\n",
        bits, moves().size(), sample_ports({stands_in(1), "{7'd0, !advance}", 0}),
        spec::kSparseSlots * slot_bits, slot_bits, unit, spec::kSparseGroup * bits,
        sparq_ ? "slots" : "unused_slots");
    if (sparq_) {
      const Bins situations = cross(moves(), slots_in_use());
      point("u_cover_pair", "pairs at encoders", units * groups,
            cross(pair_bins(format_), situations));
      text += encoder_monitor(format_, {stands_in(1), "{slots, !advance}", situations.size()},
                              unit + "gen_group[cover_group].pair");
    }
    return loop("group", std::to_string(groups), text);
  }

  // ------------------------------------------------------------ weight-stationary arrays
  // A step reaches the first stage of element (r, c) r + c cycles after that of element (0, 0).
  static std::string issued(const std::string& behind) {
    return fmt::format("u_weight_gate.issued_q[{}]", behind);
  }

  std::string element() {
    const std::string pe = "gen_row[cover_row].gen_col[cover_col].u_pe.";
    const int elements = config_.array.rows * config_.array.cols;
    point("u_cover_word", "words at elements", elements, cross(words(format_), situations()));
    point("u_cover_set", "sets of weights and stalls at elements", elements, set_bins());
    const std::string valid = issued("cover_row+cover_col");
    return word_monitor(format_,
                        {running(config_) + "rst_ni && " + valid,
                         fmt::format("{{6'd0, !advance, {}swap_q1}}", pe), situations().size()},
                        pe + "activation_q1", shape_.signature.activation_bits) +
           fmt::format(
               "      sparq_cover_set u_cover_set (.clk_i(clk_i), .sample_i(rst_ni),\n"
               "          .enable_i(advance), .valid_i({0}), .swap_i({1}swap_q1),\n"
               "          .load_i({1}load_q1));\n",
               valid, pe);
  }

  // Where C enters.
  std::string top_sum() {
    const std::string pe = "gen_row[0].gen_col[cover_col].u_pe.";
    const int last = shape_.signature.pe_latency;
    point("u_cover_sum", "sums at the top elements", config_.array.cols, sum_bins());
    return sum(issued(fmt::format("cover_col+{}", last - 1)), pe + "sum_i",
               fmt::format("{}sum_q{}", pe, last));
  }

  Instrumented& design_;
  const spec::Config& config_;
  const spec::Format& format_;
  const StreamShape shape_;
  const bool sparq_;
};

}  // namespace

void instrument_stream(Instrumented& design) { Monitors(design).insert(); }

}  // namespace sparq::verif
