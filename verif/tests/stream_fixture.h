// SPDX-License-Identifier: Apache-2.0
// The hand-written models of verif/tests/data as designs under test.
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "gen/generate.h"
#include "golden/spec/config_json.h"
#include "verif/harness/stream_shape.h"

namespace sparq::verif {

inline void replace_in(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("not in the text: " + from);
  text.replace(at, from.size(), to);
}

inline void set_parameter(std::string& text, const std::string& name, int value) {
  const size_t at = text.find("parameter " + name + ' ');
  if (at == std::string::npos) throw std::runtime_error("no parameter " + name);
  const size_t from = text.find("= ", at) + 2;
  text.replace(from, text.find_first_of(",\n ", from) - from, std::to_string(value));
}

// The hand-written model of the array that a configuration of kind int8 describes. They have a port
// clk_en_i, so the configuration has to as well.
inline gen::Output hand_written(const std::string& config_json) {
  const auto config = spec::parse_config(config_json, "test");
  if (!config) throw std::runtime_error(spec::to_text(config.error().front()));
  const StreamShape shape = stream_shape(*config);
  const std::string stem = shape.loads_weights() ? "weight_stationary" : "tensor_core";
  std::ifstream file(std::string(SPARQ_TEST_DATA) + "/" + stem + ".v", std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (text.empty()) throw std::runtime_error(stem + ".v cannot be read");
  set_parameter(text, "Rows", config->array.rows);
  set_parameter(text, "Cols", config->array.cols);
  set_parameter(text, "ActivationBits", config->format.activation_bits);
  set_parameter(text, "WeightBits", config->weight_bits);
  set_parameter(text, "AccumulatorBits", config->accumulator_bits);
  set_parameter(text, "Latency", shape.result_latency);
  std::vector<gen::Port> ports = {{"clk_i", true, 1},
                                  {"rst_ni", true, 1},
                                  {"clk_en_i", true, 1},
                                  {"step_valid_i", true, 1},
                                  {"step_ready_o", false, 1},
                                  {"step_activation_i", true, shape.activation_port_bits()},
                                  {"step_addend_i", true, shape.result_port_bits()},
                                  {"result_valid_o", false, 1},
                                  {"result_ready_i", true, 1},
                                  {"result_data_o", false, shape.result_port_bits()}};
  if (shape.loads_weights()) {
    ports.insert(ports.end(), {{"step_swap_i", true, 1},
                               {"load_valid_i", true, 1},
                               {"load_ready_o", false, 1},
                               {"load_weight_i", true, shape.weight_port_bits()}});
  } else {
    set_parameter(text, "Depth", config->array.depth);
    set_parameter(text, "Sparse", shape.sparse ? 1 : 0);
    ports.push_back({"step_weight_i", true, shape.weight_port_bits()});
  }
  gen::EmittedModule module = {.name = stem + "_model",
                               .role = gen::Role::kArray,
                               .purpose = "hand-written",
                               .latency = shape.result_latency,
                               .parameters = {},
                               .ports = std::move(ports),
                               .text = std::move(text)};
  return {*config, shape.signature, {std::move(module)}};
}

inline std::string hand_written_config(const std::string& array, const std::string& more = "") {
  return R"({"format": {"kind": "int8"}, "clock_enable": true, "array": )" + array + more + "}";
}

constexpr const char* kTensorCore = R"({"kind": "tensor_core", "rows": 2, "cols": 3, "depth": 4})";
constexpr const char* kSparseTensorCore =
    R"({"kind": "sparse_tensor_core", "rows": 2, "cols": 2, "depth": 8})";
constexpr const char* kWeightStationary =
    R"({"kind": "systolic", "dataflow": "weight_stationary", "rows": 3, "cols": 2})";

}  // namespace sparq::verif
