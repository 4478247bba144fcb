// SPDX-License-Identifier: Apache-2.0
// Number formats of single layers, from a file.
#pragma once

#include <map>
#include <set>
#include <string>

#include "golden/spec/format.h"
#include "net/graph.h"

namespace sparq::net {

// {"layer name": {"placements": "3opt", ...}, ...}: formats as in a config. Layers must be
// weighted, not in `skip`, and their formats of `activation_bits`, unsigned.
spec::Checked<std::map<NodeId, spec::Format>> load_layer_formats(const std::string& path,
                                                                 const Graph& graph,
                                                                 const std::set<NodeId>& skip,
                                                                 int activation_bits);

}  // namespace sparq::net
