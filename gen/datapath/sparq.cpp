// SPDX-License-Identifier: Apache-2.0
// SPARQ: two lanes share a pair of activations.
#include <fmt/format.h>

#include "gen/datapath/datapath.h"
#include "golden/spec/pair_layout.h"

namespace sparq::gen {

using namespace verilog;

namespace {

Products two_lanes(Scope& s, const spec::Config& config, const Operands& operands,
                   const std::vector<Unit>& units) {
  const spec::PairLayout layout = spec::pair_layout(config.format);
  const Num w = Num::symbol("WeightBits");
  const Signal& weight_0 = s.wire("weight_0", operands.weight.slice(0, w));
  const Signal& weight_1 = s.wire("weight_1", operands.weight.slice(w, w));
  const Signal* lane_weight[2] = {&weight_0, &weight_1};
  if (layout.select_bits > 0) {
    s.comment("Beside a zero, both lanes serve the survivor with its own weight.");
    const Num at = layout.select_at();
    lane_weight[0] =
        &s.wire("lane_weight_0", mux(operands.activation.bit(at + 1), weight_1, weight_0));
    lane_weight[1] = &s.wire("lane_weight_1", mux(operands.activation.bit(at), weight_0, weight_1));
  }
  const Interface& lane = units.back().module->interface();
  const Num& product_bits = port_width(lane, "product_o");
  const Signal* product[2] = {&s.wire("product_0", product_bits),
                              &s.wire("product_1", product_bits)};
  for (const int i : {0, 1}) {
    s.instance(lane, fmt::format("u_lane_{}", i), {{"WeightBits", w}},
               {{"digit_i", operands.activation.slice(layout.digit_at(i), layout.digit_bits)},
                {"code_i", operands.activation.slice(layout.code_at(i), layout.code_bits)},
                {"weight_i", *lane_weight[i]}},
               {{"product_o", *product[i]}});
  }
  return {{product[0], product[1]}};
}

}  // namespace

Datapath sparq_datapath(const spec::Config& config) {
  const spec::Format& format = config.format;
  const spec::PairLayout layout = spec::pair_layout(format);
  Datapath datapath = {
      .signature = spec::signature(config),
      .multiply = two_lanes,
      .equation = "(digit0 * lane_weight0 << s0) + (digit1 * lane_weight1 << s1)",
      .joint_encoder = true,
      .complemented = true,
      .digits = {{layout.digit_at(0), layout.digit_bits}, {layout.digit_at(1), layout.digit_bits}}};
  std::vector<Unit>& units = datapath.units;
  if (config.encoder == spec::Encoder::kEdge) {
    units.push_back(emit_trim_round(config, "trim_round", format.window_bits, format.placements));
    const bool wide = format.vsparq && 2 * format.window_bits < format.activation_bits;
    if (wide) {
      units.push_back(emit_trim_round(config, "trim_round_survivor", 2 * format.window_bits,
                                      survivor_placements(format)));
    }
    units.push_back(emit_pair_encoder(config, units[0].module->interface(),
                                      wide ? &units[1].module->interface() : nullptr));
  }
  units.push_back(emit_lane(config));
  datapath.product_bits = port_width(units.back().module->interface(), "product_o");
  return datapath;
}

}  // namespace sparq::gen
