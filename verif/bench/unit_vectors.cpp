// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/unit_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <span>

#include "golden/gemm.h"
#include "golden/pair.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "golden/spec/signature.h"
#include "golden/trim_round.h"
#include "verif/bench/dot_unit.h"
#include "verif/bench/stimulus.h"

namespace sparq::verif {
namespace {

using Expected = std::optional<uint64_t>;
using gen::Role;

constexpr int kExhaustiveBits = 20;

size_t samples(Level level) { return size_t{1} << (level == Level::kQuick ? 20 : 22); }

std::string amount(bool exhaustive, size_t count) {
  return exhaustive ? fmt::format("all {}", count) : fmt::format("{} corner and random", count);
}

// The window a trim-and-round unit looks through: the ordinary one, or the survivor's of 2n bits.
struct WindowRule {
  int bits;
  std::vector<int> placements;
};

WindowRule window_rule(const gen::EmittedModule& module, const spec::Format& format) {
  const auto digit = std::find_if(module.ports.begin(), module.ports.end(),
                                  [](const gen::Port& port) { return port.name == "digit_o"; });
  golden::require(digit != module.ports.end(), "a trim-and-round unit has the port digit_o");
  if (digit->width == format.window_bits) return {format.window_bits, format.placements};
  return {2 * format.window_bits, spec::pair_placements(format)};
}

UnitVectors trim_round_vectors(const gen::EmittedModule& module, const spec::Config& config) {
  const WindowRule rule = window_rule(module, config.format);
  Vectors vectors({"activation_i"}, {"digit_o", "code_o"}, false);
  for (uint64_t x = 0; x < uint64_t{1} << config.format.activation_bits; ++x) {
    const golden::Window window = golden::trim_round(static_cast<uint32_t>(x), rule.bits,
                                                     rule.placements, config.format.rounding);
    vectors.add(std::span(&x, 1),
                std::array<Expected, 2>{window.digit, static_cast<uint64_t>(window.code)});
  }
  std::string title =
      fmt::format("all {} activations, window of {} bits", vectors.rows(), rule.bits);
  return {std::move(vectors), true, std::move(title)};
}

UnitVectors encoder_vectors(const spec::Config& config, Level level, uint64_t seed) {
  const Sampled<RawStep> steps = raw_steps(config, samples(level), seed);
  Vectors vectors({"activation_i"}, {"activation_o"}, false);
  for (const RawStep& raw : steps.values) {
    const uint64_t input = raw[0] | uint64_t{raw[1]} << config.format.activation_bits;
    vectors.add(std::span(&input, 1), std::array<Expected, 1>{encode(raw, config).word});
  }
  std::string title = amount(steps.exhaustive, vectors.rows()) + " pairs of activations";
  return {std::move(vectors), steps.exhaustive, std::move(title)};
}

UnitVectors lane_vectors(const gen::EmittedModule& module, const spec::Config& config, Level level,
                         uint64_t seed) {
  const int n = spec::pair_layout(config.format).digit_bits;
  const bool is_signed = config.format.signed_activations;
  const auto out = std::ranges::find(module.ports, "product_o", &gen::Port::name);
  golden::require(out != module.ports.end(), "a lane has the port product_o");
  const int w = config.weight_bits;
  const std::vector<int>& shifts = config.format.placements;
  Vectors vectors({"digit_i", "code_i", "weight_i"}, {"product_o"}, false);
  const auto add = [&](uint64_t digit, uint64_t code, uint64_t weight_word) {
    const int64_t weight = weights_from(weight_word, config).value[0];
    const uint64_t least = uint64_t{1} << (n - 1);
    if (is_signed && digit == least) return;  // a magnitude beyond the window
    const int64_t value = is_signed ? golden::wrap(digit, n) : static_cast<int64_t>(digit);
    const int64_t product = value * weight * (int64_t{1} << shifts[code]);
    vectors.add(std::array{digit, code, weight_word},
                std::array<Expected, 1>{low_bits(static_cast<uint64_t>(product), out->width)});
  };
  const bool exhaustive = n + spec::pair_layout(config.format).code_bits + w <= kExhaustiveBits;
  if (exhaustive) {
    for (uint64_t code = 0; code < shifts.size(); ++code) {
      for (uint64_t digit = 0; digit < uint64_t{1} << n; ++digit) {
        for (uint64_t weight = 0; weight < uint64_t{1} << w; ++weight) add(digit, code, weight);
      }
    }
  } else {
    for (uint64_t code = 0; code < shifts.size(); ++code) {
      for (const uint64_t digit : corner_values(n)) {
        for (const uint64_t weight : corner_values(w)) add(digit, code, weight);
      }
    }
    std::mt19937_64 random(seed);
    while (vectors.rows() < samples(level)) {
      const uint64_t bits = random();
      add(low_bits(bits, n), (bits >> 32) % shifts.size(), low_bits(bits >> 16, w));
    }
  }
  std::string title =
      amount(exhaustive, vectors.rows()) + " digits x shifts of the placement set x weights";
  return {std::move(vectors), exhaustive, std::move(title)};
}

UnitVectors finish_vectors(const spec::Config& config, Level level, uint64_t seed) {
  const int bits = config.accumulator_bits;
  Vectors vectors({"accumulator_i"}, {"result_o"}, false);
  const auto add = [&](uint64_t sum) {
    vectors.add(std::span(&sum, 1),
                std::array<Expected, 1>{low_bits(sum << value_shift(config), bits)});
  };
  const bool exhaustive = bits <= kExhaustiveBits;
  if (exhaustive) {
    for (uint64_t sum = 0; sum < uint64_t{1} << bits; ++sum) add(sum);
  } else {
    for (const uint64_t sum : corner_values(bits)) add(sum);
    std::mt19937_64 random(seed);
    while (vectors.rows() < samples(level)) add(low_bits(random(), bits));
  }
  std::string title = amount(exhaustive, vectors.rows()) + " sums";
  return {std::move(vectors), exhaustive, std::move(title)};
}

std::string explain_activation(const char* name, uint64_t x, const spec::Format& format) {
  const golden::Window window = golden::trim_round(static_cast<uint32_t>(x), format);
  return fmt::format("  {} = {} ({}): own window bits {}..{}, shift {}, digit {}, stands for {}\n",
                     name, bits_text(x, format.activation_bits), x,
                     window.shift + format.window_bits - 1, window.shift, window.shift,
                     bits_text(window.digit, format.window_bits), window.value());
}

std::string explain_pair(uint64_t word, const spec::Format& format) {
  const golden::EncodedPair pair = golden::unpack(word, format);
  std::string text = fmt::format("  select = {}\n", bits_text(pair.select, 2));
  for (size_t lane = 0; lane < 2; ++lane) {
    const auto code = static_cast<size_t>(pair.code[lane]);
    text += fmt::format("  lane {}: digit {}, shift {}\n", lane,
                        bits_text(pair.digit[lane], format.window_bits),
                        code < format.placements.size() ? std::to_string(format.placements[code])
                                                        : "of no placement");
  }
  return text;
}

}  // namespace

std::optional<UnitVectors> unit_vectors(const gen::EmittedModule& module,
                                        const spec::Config& config, Level level, uint64_t seed) {
  switch (module.role) {
    case Role::kTrimRound:
      return trim_round_vectors(module, config);
    case Role::kActivationEncoder:
      return encoder_vectors(config, level, seed);
    case Role::kLane:
      return lane_vectors(module, config, level, seed);
    case Role::kFinish:
      return finish_vectors(config, level, seed);
    case Role::kDotUnit:
      return dot_unit_vectors(module, config, level, seed);
    case Role::kSelection:
      return selection_vectors(module, seed);
    case Role::kArray:
    case Role::kPe:
    case Role::kWeightEncoder:
    case Role::kSideSum:
    case Role::kStreamPacker:
    case Role::kStreamUnpacker:
    case Role::kLibrary:
      break;
  }
  return std::nullopt;
}

std::string explain(gen::Role role, const spec::Config& config, const Vectors& vectors,
                    size_t row) {
  const spec::Format& format = config.format;
  if (format.kind != spec::Kind::kSparq) return "";
  const auto inputs = vectors.input_row(row);
  if (role == Role::kTrimRound) return explain_activation("x", inputs[0], format);
  if (role == Role::kActivationEncoder) {
    const int a = format.activation_bits;
    return explain_activation("x0", low_bits(inputs[0], a), format) +
           explain_activation("x1", low_bits(inputs[0] >> a, a), format);
  }
  if (role == Role::kLane && inputs[1] < format.placements.size()) {
    return fmt::format("  shift {}, weight {}\n", format.placements[inputs[1]],
                       weights_from(inputs[2], config).value[0]);
  }
  if (role != Role::kPe) return "";
  // The step whose sum shows in this row entered pe_latency - 1 rows earlier.
  const auto delay = static_cast<size_t>(spec::signature(config).pe_latency - 1);
  if (row < delay) return "";
  const auto entered = vectors.input_row(row - delay);
  std::string step =
      fmt::format("  the step that entered {} cycle(s) before, if enable stayed high:\n", delay) +
      explain_pair(entered[4], format);
  // Its weights came in some earlier row.
  if (config.array.dataflow == spec::Dataflow::kWeightStationary) return step;
  const Weights weights = weights_from(entered[5], config);
  return step + fmt::format("  weights {} and {}\n", weights.value[0], weights.value[1]);
}

}  // namespace sparq::verif
