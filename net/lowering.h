// SPDX-License-Identifier: Apache-2.0
// Which nodes are computed together and in which form their values travel. Private to the executor.
#pragma once

#include <optional>
#include <vector>

#include "net/executor.h"
#include "net/graph.h"
#include "net/quantization.h"

namespace sparq::net {

// A node, or a layer with the addition and the clip behind it.
struct Item {
  NodeId node = 0;
  std::vector<ValueId> inputs;  // of a layer with an addition: its input, and the other addend
  ValueId output = 0;
  bool residual = false;
  std::optional<Clip> clip = {};
  bool on_codes = false;  // pools and concatenations: works on u8 codes
};

struct Lowering {
  std::vector<Item> items;
  // By value: the codes that some readers want, and whether others want it in floating point.
  std::vector<std::optional<CodeScale>> codes;
  std::vector<bool> real;
};

Lowering lower(const Graph& graph, const Quantization& quantization, Fusion fusion);

}  // namespace sparq::net
