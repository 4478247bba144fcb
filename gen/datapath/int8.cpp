// SPDX-License-Identifier: Apache-2.0
// The conventional full-width unit, 8b-8b at the default widths.
#include "gen/datapath/datapath.h"

namespace sparq::gen {

using namespace verilog;

namespace {

const Signal& full_multiplier(Module& m, const spec::Config&, const PeOperands& operands,
                              const std::vector<Unit>&) {
  m.comment("Unsigned times two's complement: the sum of both widths holds every product.");
  return m.wire("step_sum", product(operands.activation, operands.weight));
}

}  // namespace

Datapath int8_datapath(const spec::Config& config) {
  Datapath datapath{spec::signature(config), {}};
  datapath.units.push_back(emit_pe(config, datapath.signature, "  sum += activation * weight",
                                   full_multiplier, datapath.units));
  return datapath;
}

}  // namespace sparq::gen
