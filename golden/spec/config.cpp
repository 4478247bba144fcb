// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sparq::spec {
namespace {

bool legal_name(const std::string& name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto tail = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 48 && lower(name.front()) &&
         std::all_of(name.begin(), name.end(), tail);
}

std::string default_name(const Config& config) {
  const Array& array = config.array;
  const std::string size = array.rows == array.cols ? std::to_string(array.rows)
                                                    : fmt::format("{}x{}", array.rows, array.cols);
  return fmt::format("sa{}_{}", size, short_name(config.format));
}

}  // namespace

Checked<Config> resolve(const ConfigFields& fields, const std::string& where) {
  Config config;
  Problems problems;
  if (auto format = resolve(fields.format, where, "format."); format) {
    config.format = *std::move(format);
  } else {
    problems = std::move(format.error());
  }
  const auto in_range = [&](const char* field, std::optional<int> value, int fallback, int least,
                            int most, const char* why = "") {
    const int number = value.value_or(fallback);
    if (number < least || number > most) {
      problems.push_back({where, field, std::to_string(number),
                          fmt::format("must be {}..{}{}", least, most, why)});
    }
    return number;
  };
  config.weight_bits = in_range("weight_bits", fields.weight_bits, 8, 2, 16);
  config.array.rows = in_range("array.rows", fields.rows, 16, 1, kMaxArrayEdge);
  config.array.cols = in_range("array.cols", fields.cols, 16, 1, kMaxArrayEdge);
  const int least = config.format.activation_bits + config.weight_bits + 2;
  config.accumulator_bits = in_range("accumulator_bits", fields.accumulator_bits, 32, least, 64,
                                     " (activation_bits + weight_bits + 2 holds two steps)");
  config.encoder = fields.encoder.value_or(Encoder::kEdge);
  config.name = fields.name.value_or(default_name(config));
  // A default name is wrong only when it is made of values that were reported already.
  if (fields.name && !legal_name(config.name)) {
    problems.push_back({where, "name", config.name,
                        "must be 1..48 characters a-z, 0-9 and _, beginning with a letter (it "
                        "becomes part of module names)"});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return config;
}

int64_t safe_k(const Config& config) {
  const auto largest = static_cast<int64_t>((uint64_t{1} << (config.accumulator_bits - 1)) - 1);
  const int64_t product = ((int64_t{1} << config.format.activation_bits) - 1)
                          << (config.weight_bits - 1);
  return largest / product;
}

std::string_view to_text(Encoder encoder) { return encoder == Encoder::kEdge ? "edge" : "none"; }

std::optional<Encoder> encoder_from(std::string_view text) {
  if (text == "edge") return Encoder::kEdge;
  if (text == "none") return Encoder::kNone;
  return std::nullopt;
}

}  // namespace sparq::spec
