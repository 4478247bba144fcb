// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/array_frame.h"

#include <stdexcept>

#include "gen/emit/library.h"

namespace sparq::gen {

using namespace verilog;

ArrayFrame::ArrayFrame(const spec::Config& config, const Datapath& datapath, const Unit& pe,
                       Module& module)
    : config_(config),
      datapath_(datapath),
      pe_(&pe.module->interface()),
      m_(module),
      rows_(m_.parameter("Rows", config.array.rows, 1, "activation rows")),
      cols_(m_.parameter("Cols", config.array.cols, 1, "weight columns")),
      activation_bits_(port_width(*pe_, "activation_i")),
      weight_bits_(port_width(*pe_, "weight_i")),
      element_(module, config, *pe_) {}

const Interface* ArrayFrame::interface_of(Role role) const {
  const Unit* unit = datapath_.find(role);
  return unit == nullptr ? nullptr : &unit->module->interface();
}

const Num& ArrayFrame::raw_bits(Role encoder, const std::string& stem) const {
  const Interface* unit = interface_of(encoder);
  return port_width(unit == nullptr ? *pe_ : *unit, stem + "_i");
}

void ArrayFrame::clock_ports() {
  clock_ = &m_.input("clk_i", 1);
  reset_ = &m_.input("rst_ni", 1, reset_comment(config_));
  if (config_.clock_enable) clock_enable_ = &m_.input("clk_en_i", 1, "everything holds while low");
}

Expr ArrayFrame::while_enabled(const Expr& e) const {
  return clock_enable_ == nullptr ? e : *clock_enable_ && e;
}

Parameters ArrayFrame::with_reset(Parameters parameters) const {
  for (const auto& parameter : reset_parameter(config_)) parameters.push_back(parameter);
  return parameters;
}

const Signal& ArrayFrame::encode(Scope& scope, const Interface* encoder, const std::string& stem,
                                 const Expr& raw, const Num& width) {
  if (encoder == nullptr) return scope.wire(stem + "_d", raw);
  const Signal& encoded = scope.wire(stem + "_d", width);
  scope.instance(*encoder, "u_encoder", element_.pass_through(*encoder), {{stem + "_i", raw}},
                 {{stem + "_o", encoded}});
  return encoded;
}

void ArrayFrame::skew(Scope& scope, const Expr& in, const Signal& out, const Num& depth,
                      const std::string& name) {
  scope.instance(skew_line(), name, element_.with_gating({{"Width", out.width}, {"Depth", depth}}),
                 {{"clk_i", element_.clock()}, {"enable_i", *advance_}, {"data_i", in}},
                 {{"data_o", out}});
}

const Signal& ArrayFrame::result_buffer(const std::string& stem, const Expr& in_valid,
                                        const Expr& in_data, const Signal& out_valid,
                                        const Signal& out_ready) {
  const Signal& out = m_.wire(stem + "_out", in_data.width());
  const Signal* buffer_ready = advance_;
  const Signal* buffer_valid = &out_valid;
  if (clock_enable_ != nullptr) {
    buffer_ready = &m_.wire("buffer_ready", 1);
    buffer_valid = &m_.wire("buffer_valid", 1);
    m_.comment("While clk_en_i is low no handshake counts, within or without.");
    m_.assign(*advance_, while_enabled(*buffer_ready));
    m_.assign(out_valid, while_enabled(*buffer_valid));
  }
  m_.instance(skid_buffer(), "u_" + stem + "_buffer", with_reset({{"Width", out.width}}),
              {{"clk_i", *clock_},
               {"rst_ni", *reset_},
               {"in_valid_i", while_enabled(in_valid)},
               {"in_data_i", in_data},
               {"out_ready_i", while_enabled(out_ready)}},
              {{"in_ready_o", *buffer_ready}, {"out_valid_o", *buffer_valid}, {"out_data_o", out}});
  return out;
}

}  // namespace sparq::gen
