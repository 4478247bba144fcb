// SPDX-License-Identifier: Apache-2.0
// How often the nets of a simulated netlist toggle.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tl/expected.hpp>

namespace sparq::synth {

struct Activity {
  int64_t toggles = 0;
  double duty = 0;  // share of the time at 1
};

// From a value change dump, IEEE 1364-2005 clause 18, of scalars: by path below the scope `unit`
// ("u_lane/_17_/A"), from its first time to `$dumpoff`. An error, in one line, is a dump that ends
// without that or holds an unknown value.
tl::expected<std::map<std::string, Activity>, std::string> read_activity(const std::string& dump,
                                                                         const std::string& unit);

}  // namespace sparq::synth
