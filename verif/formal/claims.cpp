// SPDX-License-Identifier: Apache-2.0
#include "verif/formal/claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "golden/spec/pair_layout.h"

namespace sparq::verif {
namespace {

using gen::EmittedModule;
using gen::Role;
using Parameters = std::vector<std::pair<std::string, std::string>>;

int value_of(const EmittedModule& module, const std::string& parameter) {
  const auto at = std::ranges::find(module.parameters, parameter, &gen::Parameter::name);
  return at == module.parameters.end() ? 0 : at->value;
}

int width_of(const EmittedModule& module, const std::string& port) {
  const auto at = std::ranges::find(module.ports, port, &gen::Port::name);
  return at == module.ports.end() ? 0 : at->width;
}

void add(Parameters& to, const std::string& name, int value) {
  to.emplace_back(name, std::to_string(value));
}

// A window of `bits` at one of `placements`.
Parameters window(int bits, const std::vector<int>& placements) {
  unsigned set = 0;
  for (const int s : placements) set |= 1U << s;
  int code_bits = 1;
  while ((size_t{1} << code_bits) < placements.size()) ++code_bits;
  Parameters parameters;
  add(parameters, "N", bits);
  parameters.emplace_back("Placements", fmt::format("16'b{:b}", set));
  add(parameters, "CodeBits", code_bits);
  return parameters;
}

// With rounding, and the pair rule where `pairs`.
Parameters encoding(const spec::Format& format, Parameters parameters, bool pairs) {
  add(parameters, "A", format.activation_bits);
  add(parameters, "Nearest", format.rounding == spec::Rounding::kNearest);
  if (pairs) {
    add(parameters, "PairRule", format.vsparq);
    add(parameters, "Signed", format.signed_activations);
  }
  return parameters;
}

Claim trim_round_claim(const spec::Format& format, const EmittedModule& module) {
  const bool survivor = width_of(module, "digit_o") == 2 * format.window_bits;
  const Parameters place = survivor ? window(2 * format.window_bits, pair_placements(format))
                                    : window(format.window_bits, format.placements);
  return {.module = module.name,
          .properties = "trim_round_properties",
          .parameters = encoding(format, place, false),
          .title = "digit and code of every activation are the definition's"};
}

Claim encoder_claim(const spec::Format& format, const EmittedModule& module) {
  if (format.kind == spec::Kind::kInt4x8) {
    return {.module = module.name,
            .properties = "static4_properties",
            .parameters = {{"A", std::to_string(format.activation_bits)},
                           {"Signed", std::to_string(int{format.signed_activations})}},
            .title = "digits of every pair are the definition's"};
  }
  return {.module = module.name,
          .properties = "pair_encoder_properties",
          .parameters = encoding(format, window(format.window_bits, format.placements), true),
          .title = "word of every pair is the definition's"};
}

Claim lane_claim(const spec::Format& format, const EmittedModule& module) {
  Parameters parameters = window(format.window_bits, format.placements);
  add(parameters, "Signed", format.signed_activations);
  add(parameters, "WeightBits", value_of(module, "WeightBits"));
  add(parameters, "ProductBits", width_of(module, "product_o"));
  return {.module = module.name,
          .properties = "lane_properties",
          .parameters = parameters,
          .title = "product of every digit, code and weight is the definition's"};
}

Claim finish_claim(const spec::Format& format, const EmittedModule& module) {
  Parameters parameters = {{"A", std::to_string(format.activation_bits)}};
  add(parameters, "AccumulatorBits", value_of(module, "AccumulatorBits"));
  return {.module = module.name,
          .properties = "static4_finish_properties",
          .parameters = parameters,
          .title = "result of every sum is the definition's"};
}

Claim selection_claim(const EmittedModule& module) {
  // What is selected is an activation, or what it is encoded as by itself.
  Claim claim = {.module = module.name,
                 .properties = "selection_properties",
                 .parameters = {{"A", std::to_string(width_of(module, "activation_i") / 4)}},
                 .title = "pair of every group, index and use is the definition's"};
  if (width_of(module, "used0_i") == 0) claim.macros.push_back("ALWAYS_USED");
  return claim;
}

// The formats' own units, at the design's widths.
void add_unit_claims(const gen::Output& output, std::vector<Claim>& claims) {
  const spec::Format& format = output.config.format;
  for (const EmittedModule& module : output.modules) {
    switch (module.role) {
      case Role::kTrimRound:
        claims.push_back(trim_round_claim(format, module));
        break;
      case Role::kActivationEncoder:
        claims.push_back(encoder_claim(format, module));
        break;
      case Role::kLane:
        claims.push_back(lane_claim(format, module));
        break;
      case Role::kFinish:
        if (format.kind == spec::Kind::kInt4x8) claims.push_back(finish_claim(format, module));
        break;
      case Role::kSelection:
        claims.push_back(selection_claim(module));
        break;
      default:
        break;
    }
  }
}

// Modules that no format changes. Their words are alike bit by bit: two bits tell swaps.
void add_library_claims(const gen::Output& output, Level level, std::vector<Claim>& claims) {
  const auto there = [&](const char* name) {
    return std::ranges::find(output.modules, name, &EmittedModule::name) != output.modules.end();
  };
  const bool full = level == Level::kFull;
  const int async = output.config.reset == spec::Reset::kAsynchronous;
  if (there("sparq_skew_line")) {
    for (const int depth : full ? std::vector{0, 1, 2, 3, 4, 8, 16} : std::vector{0, 1, 3}) {
      Claim claim = {.module = "sparq_skew_line", .properties = "skew_line_properties"};
      add(claim.parameters, "Depth", depth);
      claim.title = fmt::format("any word comes out after {} enabled cycles", depth);
      claims.push_back(claim);
    }
  }
  if (there("sparq_skid_buffer")) {
    Claim claim = {.module = "sparq_skid_buffer", .properties = "skid_buffer_properties"};
    add(claim.parameters, "AsyncReset", async);
    claim.title =
        "no word lost, doubled, changed or out of order; stalls and resets at any time, from any "
        "state";
    claims.push_back(claim);
  }
  if (there("sparq_tile_gate")) {
    // The array's own size among them.
    const int latency = spec::clusters(output.config.array) + output.signature.pe_latency;
    std::vector<std::pair<int, int>> sizes = {{1, 1}, {2, 3}, {3, 2}};
    if (full) sizes.insert(sizes.end(), {{4, 6}, {5, 3}, {8, 10}, {16, 18}});
    if (output.config.array.rows <= 32 && latency <= 36) {
      sizes.emplace_back(output.config.array.rows, latency);
    }
    for (const auto& [rows, cycles] : sizes) {
      Claim claim = {.module = "sparq_tile_gate", .properties = "tile_gate_properties"};
      add(claim.parameters, "Rows", rows);
      add(claim.parameters, "Latency", cycles);
      add(claim.parameters, "AsyncReset", async);
      claim.title = fmt::format(
          "every step issued once, every row announced once, in time; {} rows, latency {}, from "
          "any state",
          rows, cycles);
      claims.push_back(claim);
    }
  }
}

// Packers and unpackers of encoded words: the design's own at its word's width, the library's at
// others, so that words divide memory words, are divided by them, or neither.
void add_stream_claims(const gen::Output& output, Level level, std::vector<Claim>& claims) {
  const auto stream_claim = [&](const std::string& module, bool packs, int word_bits,
                                int memory_bits) {
    Claim claim = {.module = module,
                   .properties = packs ? "stream_packer_properties" : "stream_unpacker_properties"};
    add(claim.parameters, "WordBits", word_bits);
    add(claim.parameters, "MemoryBits", memory_bits);
    claim.title = fmt::format(
        "words of {} bits, memory words of {}: every bit once, in order, in its place, {}; stalls "
        "and resets at any time, from any state",
        word_bits, memory_bits,
        packs ? "zeros behind a row, full memory words at once"
              : "padding dropped, nothing of the next row taken");
    return claim;
  };
  const bool full = level == Level::kFull;
  for (const EmittedModule& module : output.modules) {
    const bool packs = module.role == Role::kStreamPacker || module.name == "sparq_stream_packer";
    const bool unpacks =
        module.role == Role::kStreamUnpacker || module.name == "sparq_stream_unpacker";
    if (!packs && !unpacks) continue;
    if (module.role != Role::kLibrary) {
      const int word_bits = width_of(module, packs ? "word_data_i" : "word_data_o");
      claims.push_back(stream_claim(module.name, packs, word_bits, value_of(module, "MemoryBits")));
      claims.back().macros.push_back("OWN");
      continue;
    }
    std::vector<std::pair<int, int>> sizes = {{3, 8}, {9, 8}};
    if (full) sizes.insert(sizes.end(), {{1, 8}, {8, 8}, {16, 8}, {7, 16}, {16, 64}});
    for (const auto& [word_bits, memory_bits] : sizes) {
      claims.push_back(stream_claim(module.name, packs, word_bits, memory_bits));
      add(claims.back().parameters, "AsyncReset",
          output.config.reset == spec::Reset::kAsynchronous);
    }
  }
}

// How an array's activations arrive, so that the properties can give it what it expects.
Parameters arrival(const spec::Config& config) {
  const spec::Format& format = config.format;
  Parameters parameters;
  if (format.kind == spec::Kind::kSparq) {
    parameters = encoding(format, window(format.window_bits, format.placements), true);
  } else {
    add(parameters, "A", format.activation_bits);
    add(parameters, "Signed", format.signed_activations);
  }
  const bool encoded = config.encoder == spec::Encoder::kNone && format.kind != spec::Kind::kInt8;
  add(parameters, "Encoding", !encoded ? 0 : format.kind == spec::Kind::kSparq ? 1 : 2);
  return parameters;
}

Claim output_stationary_claim(const gen::Output& output, int rows, int cols, int cluster_cols,
                              int cycles) {
  spec::Config config = output.config;
  config.weight_bits = 2;
  Claim claim = {.module = output.top().name,
                 .properties = "output_stationary_properties",
                 .parameters = arrival(config)};
  add(claim.parameters, "Rows", rows);
  add(claim.parameters, "Cols", cols);
  add(claim.parameters, "WeightBits", config.weight_bits);
  add(claim.parameters, "AccumulatorBits", spec::least_accumulator_bits(config));
  add(claim.parameters, "KPerStep", output.signature.k_per_step);
  const int clusters = spec::clusters({.cols = cols, .cluster_cols = cluster_cols});
  add(claim.parameters, "ClusterCols", cluster_cols);
  add(claim.parameters, "FirstRowLatency", clusters + output.signature.pe_latency + 1);
  add(claim.parameters, "Token", cycles == 0);
  if (config.clock_enable) claim.macros.push_back("CLOCK_ENABLE");
  claim.cycles = cycles;
  claim.title = fmt::format(
      "{} x {}{}: every row of every tile once, in time, in order, with its sums ({}); stalls, "
      "bubbles and resets at any time, from any state",
      rows, cols, cluster_cols > 1 ? fmt::format(" in clusters of {}", cluster_cols) : "",
      cycles == 0 ? "of one nonzero product at any place" : "of 2-bit weights, narrow activations");
  return claim;
}

// An activation that every format keeps; alone in its pair, one that takes all of the budget: with
// the lowest bit that is kept beside the highest.
int kept_activation(const spec::Format& format, bool alone) {
  const int highest = 1 << (format.activation_bits - (format.signed_activations ? 2 : 1));
  if (!alone || format.kind != spec::Kind::kSparq || !format.vsparq) return highest;
  const bool exact = 2 * format.window_bits >= format.activation_bits;
  return highest | 1 << (exact ? 0 : pair_placements(format).back());
}

Claim tensor_core_claim(const gen::Output& output, int rows, int cols) {
  spec::Config config = output.config;
  config.weight_bits = 2;
  Claim claim = {.module = output.top().name,
                 .properties = "tensor_core_properties",
                 .parameters = arrival(config)};
  add(claim.parameters, "Rows", rows);
  add(claim.parameters, "Cols", cols);
  add(claim.parameters, "Depth", config.array.depth);
  add(claim.parameters, "Sparse", config.array.kind == spec::ArrayKind::kSparseTensorCore);
  add(claim.parameters, "WeightBits", config.weight_bits);
  add(claim.parameters, "AccumulatorBits", spec::least_accumulator_bits(config));
  add(claim.parameters, "Latency", output.signature.pe_latency);
  add(claim.parameters, "Value", kept_activation(config.format, rows * cols == 1));
  if (config.clock_enable) claim.macros.push_back("CLOCK_ENABLE");
  claim.title = fmt::format(
      "{} x {}: every step's results once, in time, in order, with its sums (of addends and one "
      "nonzero product at any place), whatever other steps and units do; stalls, bubbles and "
      "resets at any time, from any state",
      rows, cols);
  return claim;
}

Claim weight_stationary_claim(const gen::Output& output, int rows, int cols) {
  spec::Config config = output.config;
  config.weight_bits = 2;
  Claim claim = {.module = output.top().name,
                 .properties = "weight_stationary_properties",
                 .parameters = arrival(config)};
  add(claim.parameters, "Rows", rows);
  add(claim.parameters, "Cols", cols);
  add(claim.parameters, "KPerStep", output.signature.k_per_step);
  add(claim.parameters, "WeightBits", config.weight_bits);
  add(claim.parameters, "AccumulatorBits", spec::least_accumulator_bits(config));
  add(claim.parameters, "Latency", rows + cols + output.signature.pe_latency - 2);
  if (config.clock_enable) claim.macros.push_back("CLOCK_ENABLE");
  claim.title = fmt::format(
      "{} x {}: every step's results once, in time, in order, with its sums (of addends and "
      "products with the weights of its own set), whatever other steps and sets bring; swaps, "
      "stalls, bubbles and resets at any time, from any state",
      rows, cols);
  return claim;
}

void add_array_claims(const gen::Output& output, Level level, std::vector<Claim>& claims) {
  const spec::Array& array = output.config.array;
  if (array.kind != spec::ArrayKind::kSystolic) {
    claims.push_back(tensor_core_claim(output, 1, 1));
    if (level == Level::kQuick) return;
    claims.push_back(tensor_core_claim(output, 1, 2));
    claims.push_back(tensor_core_claim(output, 2, 1));
    // With selections and encoders in every unit, whether 2 x 2 takes seconds or hours is pdr's
    // luck.
    if (array.kind == spec::ArrayKind::kTensorCore) {
      claims.push_back(tensor_core_claim(output, 2, 2));
    }
    return;
  }
  if (array.dataflow == spec::Dataflow::kWeightStationary) {
    claims.push_back(weight_stationary_claim(output, 1, 2));
    claims.push_back(weight_stationary_claim(output, 2, 1));
    if (level == Level::kQuick) return;
    for (const auto& [rows, cols] : {std::pair{1, 1}, {1, 3}, {2, 2}}) {
      claims.push_back(weight_stationary_claim(output, rows, cols));
    }
    return;
  }
  claims.push_back(output_stationary_claim(output, 1, 2, 1, 0));
  claims.push_back(output_stationary_claim(output, 1, 2, 2, 0));
  claims.push_back(output_stationary_claim(output, 2, 1, 1, 0));
  if (level == Level::kQuick) return;
  for (const auto& [rows, cols] : {std::pair{1, 1}, {2, 2}, {3, 1}}) {
    claims.push_back(output_stationary_claim(output, rows, cols, 1, 0));
  }
  claims.push_back(output_stationary_claim(output, 1, 3, 2, 0));
  claims.push_back(output_stationary_claim(output, 2, 2, 1, 10));
}

}  // namespace

std::vector<Claim> claims(const gen::Output& output, Level level) {
  std::vector<Claim> all;
  add_array_claims(output, level, all);
  add_unit_claims(output, all);
  add_library_claims(output, level, all);
  add_stream_claims(output, level, all);
  return all;
}

Claim contract(const gen::Output& output) {
  const spec::Array& array = output.config.array;
  Claim claim =
      array.kind != spec::ArrayKind::kSystolic ? tensor_core_claim(output, array.rows, array.cols)
      : array.dataflow == spec::Dataflow::kWeightStationary
          ? weight_stationary_claim(output, array.rows, array.cols)
          : output_stationary_claim(output, array.rows, array.cols, array.cluster_cols, 0);
  claim.macros.push_back("FIXED");
  return claim;
}

std::vector<Task> proof_tasks(const gen::Output& output, const CheckOptions& options) {
  const std::chrono::minutes limit(options.level == Level::kQuick ? 1 : 10);
  std::vector<Task> tasks;
  for (const Claim& claim : claims(output, options.level)) {
    tasks.push_back(
        {"proof of " + claim.module, [&output, claim, limit]() -> host::Result<std::vector<Check>> {
           auto check = prove(output, claim, limit);
           if (!check) return tl::unexpected(check.error());
           return std::vector<Check>{*std::move(check)};
         }});
  }
  return tasks;
}

}  // namespace sparq::verif
