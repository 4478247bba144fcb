// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/case_file.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "golden/spec/config_json.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::json;

std::string hex(uint64_t value) { return fmt::format("0x{:x}", value); }

// Values are strings because JSON readers may keep only 53 bits of a number.
uint64_t from_hex(const std::string& text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  if (!text.starts_with("0x") || std::from_chars(text.data() + 2, end, value, 16).ptr != end) {
    throw std::invalid_argument(text + " is not a value such as \"0x1f\"");
  }
  return value;
}

Json row_json(const Vectors& vectors, size_t row) {
  Json inputs = Json::array();
  for (const uint64_t value : vectors.input_row(row)) inputs.push_back(hex(value));
  Json expected = Json::array();
  for (const auto& value : vectors.expected_row(row)) {
    expected.push_back(value ? Json(hex(*value)) : Json());
  }
  return {{"inputs", inputs}, {"expected", expected}};
}

Vectors vectors_from(const Json& json) {
  Vectors vectors(json.at("inputs"), json.at("outputs"), json.at("clocked"));
  for (const Json& row : json.at("rows")) {
    std::vector<uint64_t> inputs;
    for (const Json& value : row.at("inputs")) inputs.push_back(from_hex(value));
    std::vector<std::optional<uint64_t>> expected;
    for (const Json& value : row.at("expected")) {
      expected.push_back(value.is_null() ? std::nullopt : std::optional(from_hex(value)));
    }
    if (inputs.size() != vectors.inputs().size() || expected.size() != vectors.outputs().size()) {
      throw std::invalid_argument("a row does not hold one value for each port");
    }
    vectors.add(inputs, expected);
  }
  return vectors;
}

template <class T, class Read>
spec::Checked<T> load(const std::filesystem::path& path, Read read) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return spec::fail(path, "", "", "cannot be read");
  try {
    const Json json = Json::parse(text.str());
    if (json.at("schema_version") != spec::kSchemaVersion) {
      return spec::fail(path, "schema_version", json.at("schema_version").dump(),
                        fmt::format("must be {}", spec::kSchemaVersion));
    }
    return read(json);
  } catch (const std::exception& error) {
    return spec::fail(path, "", "", fmt::format("is not a case file: {}", error.what()));
  }
}

}  // namespace

std::string case_json(const CaseFile& contents) {
  const Vectors& vectors = contents.vectors;
  Json json = {{"schema_version", spec::kSchemaVersion},
               {"module", contents.module},
               {"config_digest", contents.config_digest},
               {"seed", contents.seed},
               {"clocked", vectors.clocked()},
               {"inputs", vectors.inputs()},
               {"outputs", vectors.outputs()},
               {"rows", Json::array()}};
  for (size_t row = 0; row < vectors.rows(); ++row) json["rows"].push_back(row_json(vectors, row));
  return json.dump(1) + "\n";
}

spec::Checked<CaseHead> load_case_head(const std::filesystem::path& path) {
  return load<CaseHead>(path, [](const Json& json) {
    return CaseHead{json.at("module"), json.at("config_digest")};
  });
}

spec::Checked<CaseFile> load_case(const std::filesystem::path& path) {
  return load<CaseFile>(path, [](const Json& json) {
    return CaseFile{json.at("module"), json.at("config_digest"), json.at("seed"),
                    vectors_from(json)};
  });
}

}  // namespace sparq::verif
