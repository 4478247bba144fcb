// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/pe_sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "golden/spec/signature.h"
#include "verif/bench/pe_model.h"
#include "verif/bench/stimulus.h"

namespace sparq::verif {
namespace {

// Longer walks are left out: memory. Enough to wrap 32 bits with 4-bit digits and 8-bit weights.
constexpr int64_t kMostSteps = 1'100'000;

class Sequencer {
 public:
  explicit Sequencer(const spec::Config& config)
      : config_(config),
        model_(config.accumulator_bits, spec::signature(config).pe_latency),
        table_(pe_table()) {
    for (int i = 0; i < 2; ++i) cycle({.reset = true});
  }

  void cycle(const PeInputs& inputs) { add_cycle(table_, inputs, model_.tick(inputs)); }

  void step(RawStep raw, int32_t w0, int32_t w1, bool first, bool last) {
    const auto max = static_cast<uint16_t>((1 << config_.format.activation_bits) - 1);
    const RawStep legal = {static_cast<uint16_t>(raw[0] & max),
                           static_cast<uint16_t>(raw[1] & max)};
    cycle({.first = first,
           .last = last,
           .word = encode(legal, config_),
           .weights = weights_of(w0, w1, config_)});
  }

  void idle(int cycles) {
    for (int i = 0; i < cycles; ++i) cycle({});
  }

  // Adds `amount` to the running sum, showing it after every step. The values multiplied are powers
  // of two, which every format carries exactly.
  void add(int64_t amount) {
    const int32_t sign = amount < 0 ? -1 : 1;
    const int32_t most = (1 << (config_.weight_bits - 1)) - 1;
    const bool pairs = spec::signature(config_).k_per_step == 2;
    int64_t left = sign * amount;
    const int shift = value_shift(config_);
    for (int bit = config_.format.activation_bits - 1 - shift; left > 0; --bit) {
      const int64_t x = int64_t{1} << bit;
      const auto raw = static_cast<uint16_t>(x << shift);
      for (; pairs && left >= 2 * x * most; left -= 2 * x * most) {
        show({raw, raw}, sign * most, sign * most);
      }
      while (left >= x) {
        const auto weight = static_cast<int32_t>(std::min<int64_t>(left / x, most));
        show({raw, 0}, sign * weight, 0);
        left -= x * weight;
      }
    }
  }

  // The largest amount that add() puts into one step.
  int64_t largest_step() const {
    const int64_t weight = (int64_t{1} << (config_.weight_bits - 1)) - 1;
    const int64_t value = int64_t{1} << (config_.format.activation_bits - 1 - value_shift(config_));
    return value * weight * spec::signature(config_).k_per_step;
  }

  Sequence finish(std::string title) {
    idle(spec::signature(config_).pe_latency);
    return {std::move(title), std::move(table_)};
  }

 private:
  void show(RawStep raw, int32_t w0, int32_t w1) { step(raw, w0, w1, false, true); }

  const spec::Config& config_;
  PeModel model_;
  Vectors table_;
};

// Walks away from zero through every power of two; at each the carry runs through all bits below.
Sequence carry(const spec::Config& config, int sign) {
  Sequencer s(config);
  s.step({0, 0}, 0, 0, /*first=*/true, /*last=*/true);
  // Across zero: the carry, or borrow, runs through all P bits.
  for (const int amount : {1, -1, -1, 1, -1, 1}) s.add(sign * amount);
  const int wrap_bit = config.accumulator_bits - 1;
  int top = std::min(wrap_bit, 62);
  while ((int64_t{1} << top) / s.largest_step() > kMostSteps) --top;
  int64_t sum = 0;
  for (int bit = 1; bit <= top; ++bit) {
    const int64_t below = sign * ((int64_t{1} << bit) - 1);
    s.add(below - sum);
    for (const int amount : {1, -1, 1, 1, -1, -1}) s.add(sign * amount);
    sum = below;
  }
  const bool wraps = top == wrap_bit;
  const std::string reach =
      wraps ? fmt::format("wraps at {} bits", config.accumulator_bits)
            : fmt::format("reaches bit {} (wrapping at {} bits takes too long to reach)", top,
                          config.accumulator_bits);
  return s.finish(fmt::format("{} runs through every bit and the sum {} {}",
                              sign > 0 ? "carry" : "borrow", reach,
                              sign > 0 ? "upwards" : "downwards"));
}

Sequence clear(const spec::Config& config) {
  Sequencer s(config);
  for (const int length : {1, 2, 3, 7, 1, 1, 5}) {
    for (int i = 0; i < length; ++i) {
      s.step({3, 200}, -5 - i, 100 + i, i == 0, i == length - 1);
    }
  }
  return s.finish("first clears the sum, back to back, at lengths 1, 2, 3, 5 and 7");
}

Sequence continued(const spec::Config& config) {
  Sequencer s(config);
  for (int i = 0; i < 40; ++i) s.step({129, 6}, 7 - i, i, i == 0, i % 3 == 2);
  return s.finish("accumulation continues after last until the next first");
}

Sequence flags(const spec::Config& config) {
  Sequencer s(config);
  for (int pattern = 0; pattern < 256; ++pattern) {
    for (int bit = 0; bit < 4; ++bit) {
      s.step({static_cast<uint16_t>(pattern % 16), 9}, 1, -1, ((pattern >> bit) & 1) != 0,
             ((pattern >> (4 + bit)) & 1) != 0);
    }
  }
  return s.finish("first, last and operands arrive one cycle later, all flag patterns of 4 cycles");
}

// Everything freezes while enable is low, wherever in the pipeline a step stands.
Sequence hold(const spec::Config& config) {
  Sequencer s(config);
  for (int stall_at = 0; stall_at < 8; ++stall_at) {
    for (int i = 0; i < 8; ++i) {
      if (i == stall_at) {
        for (int j = 0; j < 3; ++j) {
          s.cycle({.enable = false,
                   .first = j == 0,
                   .last = j != 1,
                   .word = encode({static_cast<uint16_t>(j), 11}, config),
                   .weights = weights_of(90 - j, -77, config)});
        }
      }
      s.step({static_cast<uint16_t>(20 * i + 1), 17}, i - 4, 50, i == 0, i == 5);
    }
  }
  return s.finish("enable low freezes sum, result, flags and operands at every stage");
}

Sequence reset(const spec::Config& config) {
  Sequencer s(config);
  for (int reset_at = 1; reset_at < 6; ++reset_at) {
    for (const bool enable : {true, false}) {
      for (int i = 0; i < reset_at; ++i) s.step({85, 2}, 33, -3, i == 0, true);
      s.cycle({.reset = true, .enable = enable, .first = true, .last = true});
      s.idle(4);
      s.step({85, 2}, 33, -3, true, true);
      s.idle(3);
    }
  }
  return s.finish("reset drops results on their way, enabled or not, and a new sum follows");
}

Sequence neighbours(const spec::Config& config) {
  Sequencer s(config);
  for (int bit = 0; bit < config.accumulator_bits; ++bit) {
    const uint64_t one = uint64_t{1} << bit;
    s.cycle({.result_a = one});
    s.cycle({.result_b = one});
    s.cycle({.enable = false, .result_a = low_bits(~one, config.accumulator_bits)});
  }
  s.step({1, 0}, 0, 0, true, true);
  s.idle(1);
  s.cycle({.result_a = low_bits(~uint64_t{0}, config.accumulator_bits)});
  return s.finish("results of both neighbours pass through, bit by bit");
}

Sequence random(const spec::Config& config, int cycles, uint64_t seed) {
  Sequencer s(config);
  std::mt19937_64 draw(seed);
  const auto percent = [&](uint64_t p) { return draw() % 100 < p; };
  const int a = config.format.activation_bits;
  const auto activation = [&] {
    const uint64_t shift = percent(25) ? a : draw() % a;
    return static_cast<uint16_t>(low_bits(draw(), a) >> shift);
  };
  const int weight_word = spec::signature(config).weight_bits;
  const auto result = [&] { return percent(25) ? low_bits(draw(), config.accumulator_bits) : 0; };
  for (int i = 0; i < cycles; ++i) {
    // Members are initialized in the order written, so the sequence follows from the seed.
    s.cycle({.reset = draw() % 1000 < 3,
             .enable = percent(80),
             .first = percent(5),
             .last = percent(30),
             .word = encode(RawStep{activation(), activation()}, config),
             .weights = weights_from(low_bits(draw(), weight_word), config),
             .result_a = result(),
             .result_b = result()});
  }
  return s.finish("random steps, stalls, resets and neighbour results");
}

}  // namespace

std::vector<MakeSequence> pe_sequences(const spec::Config& config, Level level, uint64_t seed) {
  const int cycles = level == Level::kQuick ? 50'000 : 1'000'000;
  std::vector<MakeSequence> list = {[config] { return carry(config, 1); },
                                    [config] { return carry(config, -1); }};
  for (Sequence (*make)(const spec::Config&) : {clear, continued, flags, hold, reset, neighbours}) {
    list.emplace_back([config, make] { return make(config); });
  }
  list.emplace_back([config, cycles, seed] { return random(config, cycles, seed); });
  return list;
}

}  // namespace sparq::verif
