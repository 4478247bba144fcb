// SPDX-License-Identifier: Apache-2.0
#include "gen/datapath/datapath.h"

namespace sparq::gen {

const Unit* Datapath::find(Role role) const {
  for (const Unit& unit : units) {
    if (unit.role == role) return &unit;
  }
  return nullptr;
}

Datapath make_datapath(const spec::Config& config) {
  switch (config.format.kind) {
    case spec::Kind::kInt8:
      return int8_datapath(config);
    case spec::Kind::kInt4x8:
      return int4x8_datapath(config);
    case spec::Kind::kSparq:
      break;
  }
  return sparq_datapath(config);
}

}  // namespace sparq::gen
