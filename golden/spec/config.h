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

enum class ArrayKind {
  kSystolic,          // rows x cols PEs, operands passed from neighbour to neighbour
  kTensorCore,        // rows x cols dot-product units, D = A x B + C each cycle
  kSparseTensorCore,  // the same behind the selection of 2:4 weights
};
enum class Dataflow { kOutputStationary, kWeightStationary };  // systolic arrays only
enum class Encoder {
  kEdge,  // raw activations arrive; the array encodes them at its edge
  kNone,  // activations arrive encoded
};

enum class Reset { kSynchronous, kAsynchronous };  // both active low

struct Array {
  ArrayKind kind = ArrayKind::kSystolic;
  Dataflow dataflow = Dataflow::kOutputStationary;
  int rows = 16;
  int cols = 16;
  int cluster_cols = 4;  // columns that share an activation register; 0 unless output-stationary
  int depth = 0;         // elements of K a dot-product unit takes each cycle; 0 for systolic arrays

  bool operator==(const Array&) const = default;
};

// Optional register stages of every multiplying unit; each adds one cycle of latency.
struct Pipeline {
  bool after_multiply = false;  // behind the lanes' products
  bool after_reduce = false;    // behind their sum, before it meets accumulator or addend

  bool operator==(const Pipeline&) const = default;
};

struct Config {
  std::string name = "sa16_5opt";
  Format format;
  int weight_bits = 8;        // W, 2..16, two's complement
  int accumulator_bits = 32;  // P, two's complement, wraps; least_accumulator_bits..64
  Array array;
  Encoder encoder = Encoder::kEdge;
  Pipeline pipeline;
  Reset reset = Reset::kSynchronous;
  bool clock_enable = false;  // a port clk_en_i: everything holds while it is low
  bool zero_gating = false;   // registers behind a zero activation word hold

  bool operator==(const Config&) const = default;
};

// What a user stated about a configuration; everything left out takes its default.
struct ConfigFields {
  std::optional<std::string> name = {};
  FormatFields format = {};
  std::optional<int> weight_bits = {};
  std::optional<int> accumulator_bits = {};
  std::optional<ArrayKind> array_kind = {};
  std::optional<Dataflow> dataflow = {};
  std::optional<int> rows = {};
  std::optional<int> cols = {};
  std::optional<int> cluster_cols = {};
  std::optional<int> depth = {};
  std::optional<Encoder> encoder = {};
  std::optional<bool> after_multiply = {};
  std::optional<bool> after_reduce = {};
  std::optional<Reset> reset = {};
  std::optional<bool> clock_enable = {};
  std::optional<bool> zero_gating = {};
};

inline constexpr int kMaxArrayEdge = 1024;  // rows, cols of a systolic array
inline constexpr int kMaxTensorEdge = 64;   // rows, cols of a tensor core
inline constexpr int kMaxDepth = 64;        // of a tensor core

// Clusters in a row of an output-stationary array, the last one perhaps narrower: an activation
// crosses one in a cycle.
int clusters(const Array& array);

// What depth must be a multiple of: the elements of K that one multiplying unit serves (1 for int8,
// otherwise 2), or the groups of 4 that 2:4 sparsity is made of.
int depth_unit(ArrayKind kind, const Format& format);

// The narrowest accumulator: one step's sum and one bit more,
// A + W + max(2, ceil(log2 depth) + 1).
int least_accumulator_bits(const Config& config);

// Fills in defaults (the name follows the array and the format: "sa16_5opt", "ws8x4_int8",
// "tc4x4x8_5opt", "stc4x4x16_3opt") and checks every rule; reports all problems at once. The
// default tensor core is 4 x 4 units of four full-width multipliers or as many two-lane units.
Checked<Config> resolve(const ConfigFields& fields, const std::string& where);

// The largest K whose sum cannot overflow P bits: floor((2^(P-1) - 1) / (xmax * 2^(W-1))) where
// xmax bounds the magnitude of the format's x^: 2^A - 1, or 2^(A-1) for signed activations.
int64_t safe_k(const Config& config);

std::string_view to_text(ArrayKind kind);     // "systolic", "tensor_core", "sparse_tensor_core"
std::string_view to_text(Dataflow dataflow);  // "output_stationary", "weight_stationary"
std::string_view to_text(Encoder encoder);    // "edge", "none"
std::string_view to_text(Reset reset);        // "synchronous", "asynchronous"
std::optional<ArrayKind> array_kind_from(std::string_view text);
std::optional<Dataflow> dataflow_from(std::string_view text);
std::optional<Encoder> encoder_from(std::string_view text);
std::optional<Reset> reset_from(std::string_view text);

}  // namespace sparq::spec
