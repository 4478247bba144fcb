// SPDX-License-Identifier: Apache-2.0
#include "net/lowering.h"

#include <algorithm>

#include "golden/require.h"

namespace sparq::net {
namespace {

// Joins layers with what follows them.
class Joiner {
 public:
  explicit Joiner(const Graph& graph)
      : graph_(graph), readers_(consumers(graph)), producer_(graph.values.size(), 0) {
    for (NodeId i = 0; i < graph.nodes.size(); ++i) producer_[graph.nodes[i].output] = i;
  }

  std::vector<Item> run(Fusion fusion) {
    std::vector<bool> joined(graph_.nodes.size());
    std::vector<Item> items;
    for (NodeId i = 0; i < graph_.nodes.size(); ++i) {
      if (joined[i]) continue;
      const Node& node = graph_.nodes[i];
      Item item{.node = i, .inputs = node.inputs, .output = node.output};
      if (fusion == Fusion::kFull && graph_.conv(i) != nullptr) extend(item, joined);
      items.push_back(std::move(item));
    }
    return items;
  }

 private:
  // The only reader of a value; none when there are several, or it is the result.
  std::optional<NodeId> only_reader(ValueId value) const {
    if (value == graph_.output || readers_[value].size() != 1) return std::nullopt;
    return readers_[value].front();
  }

  // The addition is done in place of the other addend, which must be there before the layer runs
  // and not be read after it.
  bool can_overwrite(ValueId addend, NodeId layer, NodeId addition) const {
    if (addend == graph_.output || addend == graph_.input || producer_[addend] >= layer)
      return false;
    return std::all_of(readers_[addend].begin(), readers_[addend].end(),
                       [&](NodeId reader) { return reader < layer || reader == addition; });
  }

  void extend(Item& item, std::vector<bool>& joined) {
    auto next = only_reader(item.output);
    if (next && std::holds_alternative<Add>(graph_.nodes[*next].op)) {
      const Node& addition = graph_.nodes[*next];
      const ValueId other =
          addition.inputs[0] == item.output ? addition.inputs[1] : addition.inputs[0];
      if (joined[*next] || !can_overwrite(other, item.node, *next)) return;
      item.residual = true;
      item.inputs.push_back(other);
      item.output = addition.output;
      joined[*next] = true;
      next = only_reader(item.output);
    }
    if (next && std::holds_alternative<Clip>(graph_.nodes[*next].op)) {
      item.clip = std::get<Clip>(graph_.nodes[*next].op);
      item.output = graph_.nodes[*next].output;
      joined[*next] = true;
    }
  }

  const Graph& graph_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<NodeId> producer_;
};

// Finds what readers want, for the present choice of items that work on codes.
void find_demand(const Graph& graph, const Quantization& quantization, Lowering& lowering) {
  lowering.codes.assign(graph.values.size(), std::nullopt);
  lowering.real.assign(graph.values.size(), false);
  lowering.real[graph.output] = true;
  for (size_t i = lowering.items.size(); i-- > 0;) {
    const Item& item = lowering.items[i];
    for (size_t k = 0; k < item.inputs.size(); ++k) {
      std::optional<CodeScale> wanted;
      if (k == 0 && quantization[item.node]) wanted = quantization[item.node]->input;
      if (item.on_codes) wanted = lowering.codes[item.output];
      auto& known = lowering.codes[item.inputs[k]];
      if (!wanted) {
        lowering.real[item.inputs[k]] = true;
      } else if (!known) {
        known = wanted;
      } else {
        // Readers of one value agree: its scale is the value's. Those that differ are pools and
        // concatenations, which then work on real numbers.
        if (!(*known == *wanted)) lowering.real[item.inputs[k]] = true;
      }
    }
  }
}

}  // namespace

Lowering lower(const Graph& graph, const Quantization& quantization, Fusion fusion) {
  Lowering lowering;
  lowering.items = Joiner(graph).run(fusion);
  if (fusion == Fusion::kNone) {
    find_demand(graph, quantization, lowering);
    lowering.real.assign(graph.values.size(), true);
    return lowering;
  }
  // A pool or a concatenation works on codes when codes are all that is wanted of it and its inputs
  // are wanted as the same codes, and nothing else. Start with all and drop those that cannot.
  for (Item& item : lowering.items) {
    const Op& op = graph.nodes[item.node].op;
    const Pool* pool = std::get_if<Pool>(&op);
    item.on_codes =
        std::holds_alternative<Concat>(op) || (pool != nullptr && pool->kind == PoolKind::kMax);
  }
  for (bool changed = true; changed;) {
    changed = false;
    find_demand(graph, quantization, lowering);
    for (Item& item : lowering.items) {
      if (!item.on_codes) continue;
      const auto& out = lowering.codes[item.output];
      const bool stays = out && !lowering.real[item.output] &&
                         std::all_of(item.inputs.begin(), item.inputs.end(), [&](ValueId input) {
                           return lowering.codes[input] == out && !lowering.real[input];
                         });
      if (stays) continue;
      item.on_codes = false;
      changed = true;
    }
  }
  return lowering;
}

}  // namespace sparq::net
