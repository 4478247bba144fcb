// SPDX-License-Identifier: Apache-2.0
#include "net/layer_formats.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "golden/spec/config_json.h"
#include "net/calibration.h"

namespace sparq::net {

spec::Checked<std::map<NodeId, spec::Format>> load_layer_formats(const std::string& path,
                                                                 const Graph& graph,
                                                                 const std::set<NodeId>& skip,
                                                                 int activation_bits) {
  std::ifstream file(path);
  if (!file) return spec::fail(path, "", "", "cannot be read");
  const auto object = nlohmann::json::parse(file, nullptr, false, true);
  if (!object.is_object()) {
    return spec::fail(path, "", "", "must be a JSON object of layer names and formats");
  }
  spec::Problems problems;
  std::map<NodeId, spec::Format> formats;
  for (const auto& [name, text] : object.items()) {
    const auto found = layers_by_name(graph, {name}, path);
    const auto format = spec::parse_format(text.dump(), path);
    if (!found) problems.insert(problems.end(), found.error().begin(), found.error().end());
    if (!format) {
      for (spec::Problem problem : format.error()) {
        problem.field = name + (problem.field.empty() ? "" : "." + problem.field);
        problems.push_back(problem);
      }
    } else if (format->activation_bits != activation_bits || format->signed_activations) {
      problems.push_back({path, name, spec::full_name(*format),
                          fmt::format("must have {} unsigned activation bits, as the other layers",
                                      activation_bits)});
    }
    if (!found || !format) continue;
    for (const NodeId layer : *found) {
      if (skip.contains(layer)) {
        problems.push_back({path, name, "", "is skipped and stays in floating point"});
      }
      formats.emplace(layer, *format);
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return formats;
}

}  // namespace sparq::net
