// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/ws_pe.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <random>

#include "golden/spec/signature.h"
#include "verif/bench/pe_model.h"
#include "verif/bench/stimulus.h"

namespace sparq::verif {
namespace {

// Enough for every word of 8-bit pairs; more would only take memory.
constexpr size_t kMostWords = 16'384;
constexpr size_t kMostProducts = 65'536;  // or what corner weights alone come to

struct Inputs {
  bool reset = false;  // rst_ni low
  bool enable = true;
  bool load = false;
  bool swap = false;
  Word word = {};
  Weights weights = {};
  uint64_t sum = 0;
};

// The element, and the table of what it was given and must answer. Operands and flags are forwarded
// one cycle later; a sum from the north joins the step that entered latency - 1 cycles before it.
// Reset clears the flags; what it does to data is left open.
class Sequencer {
 public:
  explicit Sequencer(const spec::Config& config)
      : config_(config),
        // Explanations expect activation_i and weight_i where other elements have them.
        table_({"rst_ni", "enable_i", "load_i", "swap_i", "activation_i", "weight_i", "sum_i"},
               {"load_o", "swap_o", "activation_o", "weight_o", "sum_o"}, /*clocked=*/true),
        addends_(static_cast<size_t>(spec::signature(config).pe_latency - 1)) {
    for (int i = 0; i < 2; ++i) cycle({.reset = true});
  }

  void cycle(const Inputs& in) {
    if (in.reset) {
      load_ = swap_ = false;
      activation_.reset();
      shadow_.reset();
      used_.reset();
      sum_.reset();
      for (auto& addend : addends_) addend.reset();
    } else if (in.enable) {
      clock(in);
    }
    const std::array<uint64_t, 7> inputs = {!in.reset,    in.enable,       in.load, in.swap,
                                            in.word.word, in.weights.word, in.sum};
    const std::array<std::optional<uint64_t>, 5> outputs = {
        load_, swap_, activation_, shadow_ ? std::optional<uint64_t>(shadow_->word) : std::nullopt,
        sum_};
    table_.add(inputs, outputs);
  }

  void load(const Weights& weights) { cycle({.load = true, .weights = weights}); }

  Sequence finish(std::string title) {
    for (size_t i = 0; i <= addends_.size(); ++i) cycle({});
    return {std::move(title), std::move(table_)};
  }

 private:
  void clock(const Inputs& in) {
    sum_.reset();
    if (addends_.back()) {
      sum_ = low_bits(in.sum + *addends_.back(), config_.accumulator_bits);
    }
    for (size_t i = addends_.size() - 1; i > 0; --i) addends_[i] = addends_[i - 1];
    // A load in the cycle of a swap comes after it.
    if (in.swap) used_ = shadow_;
    if (in.load) shadow_ = in.weights;
    addends_[0].reset();
    if (used_) addends_[0] = addend(in.word, *used_) << value_shift(config_);
    load_ = in.load;
    swap_ = in.swap;
    activation_ = in.word.word;
  }

  const spec::Config& config_;
  Vectors table_;
  std::optional<uint64_t> load_ = {};
  std::optional<uint64_t> swap_ = {};
  std::optional<uint64_t> activation_ = {};
  std::optional<Weights> shadow_ = {};
  std::optional<Weights> used_ = {};
  std::optional<uint64_t> sum_ = {};
  std::vector<std::optional<uint64_t>> addends_;  // modulo 2^64
};

Word word_of(uint32_t first, uint32_t second, const spec::Config& config) {
  const int a = config.format.activation_bits;
  return encode(
      {static_cast<uint16_t>(low_bits(first, a)), static_cast<uint16_t>(low_bits(second, a))},
      config);
}

uint64_t random_sum(std::mt19937_64& draw, int bits) {
  const uint64_t value = draw();
  const uint64_t place = draw();
  return draw() % 2 == 0 ? low_bits(value, bits) : addend_of_runs(value, place, bits);
}

// Each weights stay for all words while the next wait in the shadow register.
Sequence products(const spec::Config& config, uint64_t seed) {
  const Sampled<RawStep> raw = raw_steps(config, kMostWords, seed);
  std::vector<Word> words = distinct_words(raw.values, config);
  const bool all = raw.exhaustive && words.size() <= kMostWords;
  std::mt19937_64 draw(seed);
  if (words.size() > kMostWords) {
    for (size_t i = 0; i < kMostWords; ++i) std::swap(words[i], words[draw() % words.size()]);
    words.resize(kMostWords);
  }
  const Sampled<Weights> sets = weight_steps(config, kMostProducts / words.size(), seed);
  const std::vector<Weights>& weights = sets.values;
  Sequencer s(config);
  s.load(weights.front());
  for (size_t i = 0; i < weights.size(); ++i) {
    const Weights& next = weights[(i + 1) % weights.size()];
    for (size_t j = 0; j < words.size(); ++j) {
      s.cycle({.load = j == 0,
               .swap = j == 0,
               .word = words[j],
               .weights = next,
               .sum = random_sum(draw, config.accumulator_bits)});
    }
  }
  return s.finish(fmt::format("{} {} encoded words x {} {} weights, added to random sums",
                              all ? "all" : "corners and random ones,", words.size(),
                              sets.exhaustive ? "all" : "corner and random", weights.size()));
}

// Every pattern of load and swap over four cycles, each cycle with weights of its own.
Sequence loads(const spec::Config& config) {
  Sequencer s(config);
  const int32_t most = (1 << (config.weight_bits - 1)) - 1;
  int32_t value = 0;
  s.load(weights_of(most, -most, config));
  s.cycle({.swap = true});
  for (int pattern = 0; pattern < 256; ++pattern) {
    for (int bit = 0; bit < 4; ++bit) {
      value = value == most ? -most : value + 1;
      s.cycle({.load = ((pattern >> bit) & 1) != 0,
               .swap = ((pattern >> (4 + bit)) & 1) != 0,
               .word = word_of(static_cast<uint32_t>(pattern), 3, config),
               .weights = weights_of(value, -value, config)});
    }
  }
  return s.finish(
      "load, swap, weights and activations pass on one cycle later, all patterns of 4 cycles");
}

// A zero step leaves every bit of the sum; a one carries, or borrows, through all of them.
Sequence sums(const spec::Config& config) {
  Sequencer s(config);
  const int p = config.accumulator_bits;
  const size_t delay = static_cast<size_t>(spec::signature(config).pe_latency - 1);
  // The least activation that every format carries exactly, and is not 0.
  const Word least = word_of(uint32_t{1} << value_shift(config), 0, config);
  for (const int32_t sign : {1, -1}) {
    s.load(weights_of(sign, 0, config));
    s.cycle({.swap = true});
    for (const Word& word : {least, Word(word_of(0, 0, config))}) {
      for (size_t i = 0; i < delay; ++i) s.cycle({.word = word});
      for (const uint64_t sum : corner_values(p)) s.cycle({.word = word, .sum = sum});
    }
  }
  return s.finish(
      fmt::format("every sum at a power of two, one more and one less, wraps at {} bits", p));
}

// Everything freezes while enable is low, wherever in the pipeline a step stands.
Sequence hold(const spec::Config& config) {
  Sequencer s(config);
  for (int stall_at = 0; stall_at < 8; ++stall_at) {
    s.load(weights_of(stall_at - 4, 7, config));
    for (int i = 0; i < 8; ++i) {
      for (int j = 0; i == stall_at && j < 3; ++j) {
        s.cycle({.enable = false,
                 .load = j != 1,
                 .swap = j != 0,
                 .word = word_of(static_cast<uint32_t>(j + 1), 11, config),
                 .weights = weights_of(3 - j, -2, config),
                 .sum = static_cast<uint64_t>(j + 1)});
      }
      s.cycle({.load = i == 5,
               .swap = i == 0 || i == 6,
               .word = word_of(static_cast<uint32_t>(20 * i + 1), 17, config),
               .weights = weights_of(i - 4, 5, config),
               .sum = static_cast<uint64_t>(i)});
    }
  }
  return s.finish("enable low freezes weights, flags, operands and sums at every stage");
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
  for (int i = 0; i < cycles; ++i) {
    // Members are initialized in the order written, so the sequence follows from the seed.
    s.cycle({.reset = draw() % 1000 < 3,
             .enable = percent(80),
             .load = percent(30),
             .swap = percent(20),
             .word = encode(RawStep{activation(), activation()}, config),
             .weights = weights_from(low_bits(draw(), weight_word), config),
             .sum = random_sum(draw, config.accumulator_bits)});
  }
  return s.finish("random steps, loads, swaps, stalls and resets");
}

}  // namespace

std::vector<MakeSequence> ws_pe_sequences(const spec::Config& config, Level level, uint64_t seed) {
  const int cycles = level == Level::kQuick ? 50'000 : 1'000'000;
  return {[config, seed] { return products(config, seed); }, [config] { return loads(config); },
          [config] { return sums(config); }, [config] { return hold(config); },
          [config, cycles, seed] { return random(config, cycles, seed); }};
}

}  // namespace sparq::verif
