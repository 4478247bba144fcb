// SPDX-License-Identifier: Apache-2.0
// One hardware configuration: what `sparq gen`, `verify` and `synth` take. Every legality rule
// beyond the format's own is checked here, once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "golden/spec/format.h"
#include "golden/spec/problem.h"

namespace sparq::spec {

enum class ArrayKind { kSystolic };
enum class Dataflow { kOutputStationary };
enum class Encoder {
  kEdge,  // raw activations arrive; the array encodes them at its edge
  kNone,  // activations arrive encoded
};

struct Array {
  ArrayKind kind = ArrayKind::kSystolic;
  Dataflow dataflow = Dataflow::kOutputStationary;
  int rows = 16;
  int cols = 16;

  bool operator==(const Array&) const = default;
};

struct Config {
  std::string name = "sa16_5opt";
  Format format;
  int weight_bits = 8;        // W, 2..16, two's complement
  int accumulator_bits = 32;  // P, A+W+2..64, two's complement, wraps
  Array array;
  Encoder encoder = Encoder::kEdge;

  bool operator==(const Config&) const = default;
};

// What a user stated about a configuration; everything left out takes its default.
struct ConfigFields {
  std::optional<std::string> name = {};
  FormatFields format = {};
  std::optional<int> weight_bits = {};
  std::optional<int> accumulator_bits = {};
  std::optional<int> rows = {};
  std::optional<int> cols = {};
  std::optional<Encoder> encoder = {};
};

inline constexpr int kMaxArrayEdge = 1024;  // rows, cols

// Fills in defaults (the name follows the array and the format: "sa16_5opt", "sa8x4_int8") and
// checks every rule; reports all problems at once.
Checked<Config> resolve(const ConfigFields& fields, const std::string& where);

// The largest K whose sum cannot overflow P bits: floor((2^(P-1) - 1) / (xmax * 2^(W-1))) where
// xmax is the largest x^ of the format's activations, 2^A - 1.
int64_t safe_k(const Config& config);

std::string_view to_text(Encoder encoder);  // "edge", "none"
std::optional<Encoder> encoder_from(std::string_view text);

}  // namespace sparq::spec
