// SPDX-License-Identifier: Apache-2.0
#include "net/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sparq::net {
namespace {

// Copies the nodes that `keep` names, in order.
void keep_only(Graph& graph, const std::vector<bool>& keep) {
  std::vector<Node> nodes;
  for (NodeId i = 0; i < graph.nodes.size(); ++i) {
    if (keep[i]) nodes.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(nodes);
}

void drop_unread(Graph& graph) {
  std::vector<bool> read(graph.values.size());
  std::vector<bool> keep(graph.nodes.size());
  read[graph.output] = true;
  for (NodeId i = graph.nodes.size(); i-- > 0;) {
    keep[i] = read[graph.nodes[i].output];
    if (!keep[i]) continue;
    for (const ValueId input : graph.nodes[i].inputs) read[input] = true;
  }
  keep_only(graph, keep);
}

void fold(Conv& conv, const Affine& affine) {
  const size_t per_channel = conv.weights.size() / static_cast<size_t>(conv.out_channels);
  for (size_t o = 0; o < conv.bias.size(); ++o) {
    for (size_t k = 0; k < per_channel; ++k) conv.weights[o * per_channel + k] *= affine.scale[o];
    conv.bias[o] = conv.bias[o] * affine.scale[o] + affine.shift[o];
  }
  if (conv.codes) {
    for (size_t o = 0; o < conv.bias.size(); ++o) conv.codes->scale[o] *= affine.scale[o];
  }
  conv.normalized = affine.normalized;
}

}  // namespace

std::string to_text(const Shape& shape) {
  if (shape.is_vector) return fmt::format("{}", shape.channels);
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

std::vector<std::vector<NodeId>> consumers(const Graph& graph) {
  std::vector<std::vector<NodeId>> readers(graph.values.size());
  for (NodeId i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId input : graph.nodes[i].inputs) readers[input].push_back(i);
  }
  return readers;
}

std::vector<NodeId> weighted_layers(const Graph& graph) {
  std::vector<NodeId> layers;
  for (NodeId i = 0; i < graph.nodes.size(); ++i) {
    if (graph.conv(i) != nullptr) layers.push_back(i);
  }
  return layers;
}

bool is_quantized(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return std::holds_alternative<FakeQuantize>(node.op);
  });
}

int64_t macs(const Graph& graph, NodeId layer) {
  const Conv& conv = *graph.conv(layer);
  return static_cast<int64_t>(graph.shape(graph.nodes[layer].output).elements()) *
         conv.group_channels() * conv.window.kernel.h * conv.window.kernel.w;
}

Graph simplified(Graph graph) {
  auto readers = consumers(graph);
  std::vector<NodeId> producer(graph.values.size(), graph.nodes.size());
  std::vector<bool> keep(graph.nodes.size(), true);
  for (NodeId i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    producer[node.output] = i;
    const ValueId input = node.inputs.front();
    const NodeId before = producer[input];
    if (before == graph.nodes.size() || readers[input].size() != 1 || input == graph.output) {
      continue;
    }
    Node& source = graph.nodes[before];
    if (const auto* affine = std::get_if<Affine>(&node.op)) {
      auto* conv = std::get_if<Conv>(&source.op);
      if (conv == nullptr || conv->normalized) continue;
      fold(*conv, *affine);
      source.output = node.output;
      producer[node.output] = before;
      keep[i] = false;
    } else if (auto* conv = std::get_if<Conv>(&node.op)) {
      const auto* pad = std::get_if<Pad>(&source.op);
      if (pad == nullptr || pad->value != 0) continue;
      Padding& padding = conv->window.padding;
      padding.top += pad->padding.top;
      padding.left += pad->padding.left;
      padding.bottom += pad->padding.bottom;
      padding.right += pad->padding.right;
      node.inputs.front() = source.inputs.front();
      keep[before] = false;
    }
  }
  keep_only(graph, keep);
  drop_unread(graph);
  return graph;
}

}  // namespace sparq::net
