// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "app/host/paths.h"
#include "gen/generate.h"
#include "golden/spec/config_json.h"

namespace sparq::verif {

// What is generated for a configuration; the test fails and stops where that is impossible.
inline gen::Output generated(const std::string& config_json) {
  const auto config = spec::parse_config(config_json, "test");
  if (!config) throw std::runtime_error(spec::to_text(config.error().front()));
  const auto data = host::data_directory();
  if (!data) throw std::runtime_error("no data directory");
  auto output = gen::generate(*config, (*data / "rtl" / "lib").string());
  if (!output) throw std::runtime_error(spec::to_text(output.error().front()));
  return std::move(*output);
}

inline std::string array_config(const std::string& format, int rows, int cols,
                                const std::string& more = "") {
  return R"({"schema_version": 1, "format": )" + format +
         R"(, "array": {"kind": "systolic", "dataflow": "output_stationary", "rows": )" +
         std::to_string(rows) + R"(, "cols": )" + std::to_string(cols) + "}" + more + "}";
}

inline std::string ws_config(const std::string& format, int rows, int cols,
                             const std::string& more = "") {
  return R"({"schema_version": 1, "format": )" + format +
         R"(, "array": {"kind": "systolic", "dataflow": "weight_stationary", "rows": )" +
         std::to_string(rows) + R"(, "cols": )" + std::to_string(cols) + "}" + more + "}";
}

}  // namespace sparq::verif
