// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/dot_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "golden/gemm.h"
#include "golden/require.h"
#include "golden/spec/signature.h"
#include "golden/static4.h"
#include "verif/bench/stimulus.h"
#include "verif/harness/rng.h"

namespace sparq::verif {
namespace {

using Expected = std::optional<uint64_t>;

int width_of(const gen::EmittedModule& module, const std::string& name) {
  const auto at = std::ranges::find(module.ports, name, &gen::Port::name);
  return at == module.ports.end() ? 0 : at->width;
}

// A value of a port, in parts of 64 bits.
struct Wide {
  explicit Wide(int width) : parts(static_cast<size_t>((width + 63) / 64)) {}
  std::vector<uint64_t> parts;

  // Ors `bits` bits of value in at bit `at`.
  void put(int at, int bits, uint64_t value) {
    const uint64_t low = low_bits(value, bits);
    const auto part = static_cast<size_t>(at / 64);
    parts[part] |= low << (at % 64);
    if (at % 64 + bits > 64) parts[part + 1] |= low >> (64 - at % 64);
  }
};

// What one step puts on the unit's ports, and the result.
struct Step {
  uint64_t addend;
  Wide activation;
  Wide select;
  Wide weight;
  uint64_t result;
};

class DotUnitBench {
 public:
  DotUnitBench(const gen::EmittedModule& module, const spec::Config& config, uint64_t seed)
      : config_(config),
        sparse_(config.array.kind == spec::ArrayKind::kSparseTensorCore),
        k_per_word_(spec::k_per_word(config.format)),
        words_(sparse_ ? config.array.depth / spec::kSparseGroup
                       : config.array.depth / k_per_word_),
        complemented_(width_of(module, "activation_ni") > 0),
        activation_bits_(width_of(module, activation_port())),
        select_bits_(width_of(module, "select_i")),
        weight_bits_(width_of(module, "weight_i")),
        rng_(seed) {}

  // One step: word (or group) number i gets what `draw` gives for it.
  template <class Draw>
  void add(Draw draw) {
    const uint64_t run = rng_.next();
    const uint64_t place = rng_.next();
    Step step{addend_of_runs(run, place, config_.accumulator_bits), Wide(activation_bits_),
              Wide(select_bits_), Wide(weight_bits_), 0};
    uint64_t sum = 0;
    for (int i = 0; i < words_; ++i) {
      const auto [raw, weights] = draw(i);
      sum += sparse_ ? put_group(step, i, raw, weights) : put_word(step, i, raw, weights);
    }
    step.result = low_bits(step.addend + (sum << value_shift(config_)), config_.accumulator_bits);
    steps_.push_back(std::move(step));
  }

  Vectors table() {
    std::vector<std::string> inputs = {"enable_i", "addend_i"};
    for (const auto& [name, width] :
         {std::pair(activation_port(), activation_bits_), std::pair("select_i", select_bits_),
          std::pair("weight_i", weight_bits_)}) {
      if (width == 0) continue;
      const auto parts = part_names(name, width);
      inputs.insert(inputs.end(), parts.begin(), parts.end());
    }
    Vectors table(inputs, {"result_o"}, /*clocked=*/true);
    const auto latency = static_cast<size_t>(spec::signature(config_).pe_latency);
    Expected shown;
    for (size_t now = 0; now < steps_.size() + latency; ++now) {
      while (rng_.chance(50)) row(table, false, rng_.below(steps_.size()), shown);
      if (now + 1 >= latency && now + 1 - latency < steps_.size()) {
        shown = steps_[now + 1 - latency].result;
      }
      row(table, true, now, shown);
    }
    return table;
  }

  Rng& rng() { return rng_; }
  size_t steps() const { return steps_.size(); }
  int words() const { return words_; }

 private:
  const char* activation_port() const { return complemented_ ? "activation_ni" : "activation_i"; }

  // Operands follow the addend by a cycle, and weights behind a selection by another.
  const Step& behind(size_t now, size_t cycles) const {
    return steps_[std::min(now - std::min(now, cycles), steps_.size() - 1)];
  }

  void row(Vectors& table, bool enable, size_t now, const Expected& shown) {
    std::vector<uint64_t> values = {enable, behind(now, 0).addend};
    const auto append = [&](const Wide& wide) {
      values.insert(values.end(), wide.parts.begin(), wide.parts.end());
    };
    append(behind(now, 1).activation);
    append(behind(now, 1).select);
    append(behind(now, sparse_ ? 2 : 1).weight);
    table.add(values, std::array{shown});
  }

  uint64_t put_word(Step& step, int i, const RawStep& raw, const Weights& weights) {
    const Word word = encode(raw, config_);
    const int bits = activation_bits_ / words_;
    step.activation.put(i * bits, bits, complemented_ ? ~word.word : word.word);
    step.weight.put(i * weight_bits_ / words_, weight_bits_ / words_, weights.word);
    uint64_t sum = 0;
    for (size_t k = 0; k < static_cast<size_t>(k_per_word_); ++k) {
      sum += static_cast<uint64_t>(int64_t{word.value[k]} * weights.value[k]);
    }
    return sum;
  }

  // The pair stands at two places of the group, in any order; the other two hold noise.
  uint64_t put_group(Step& step, int i, const RawStep& raw, const Weights& weights) {
    const int bits = activation_bits_ / words_ / spec::kSparseGroup;
    const auto first = static_cast<int>(rng_.below(4));
    const std::array<int, 2> index = {first, static_cast<int>((first + 1 + rng_.below(3)) % 4)};
    std::array<uint16_t, 4> group = {};
    for (uint16_t& x : group) {
      x = static_cast<uint16_t>(low_bits(rng_.next(), config_.format.activation_bits));
    }
    for (size_t slot = 0; slot < 2; ++slot) group[static_cast<size_t>(index[slot])] = raw[slot];
    for (int k = 0; k < spec::kSparseGroup; ++k) {
      step.activation.put((i * spec::kSparseGroup + k) * bits, bits,
                          element(group[static_cast<size_t>(k)]));
    }
    const int slot_bits = select_bits_ / words_ / spec::kSparseSlots;
    std::array<uint16_t, 2> faced = {};
    for (size_t slot = 0; slot < 2; ++slot) {
      const bool used = weights.value[slot] != 0;
      const int at = (i * spec::kSparseSlots + static_cast<int>(slot)) * slot_bits;
      step.select.put(at, spec::kSparseIndexBits, static_cast<uint64_t>(index[slot]));
      if (slot_bits > spec::kSparseIndexBits) {
        step.select.put(at + spec::kSparseIndexBits, 1, used ? 1 : 0);
      }
      faced[slot] = used ? raw[slot] : uint16_t{0};
    }
    step.weight.put(i * weight_bits_ / words_, weight_bits_ / words_, weights.word);
    const std::array<int32_t, 2> value = values(faced);
    return static_cast<uint64_t>(int64_t{value[0]} * weights.value[0]) +
           static_cast<uint64_t>(int64_t{value[1]} * weights.value[1]);
  }

  // An activation as it reaches a sparse unit: encoded already where it has no partner to look at.
  uint64_t element(uint16_t x) const {
    return config_.format.kind == spec::Kind::kInt4x8
               ? static_cast<uint64_t>(int64_t{golden::static4_digit(x, config_.format)})
               : x;
  }

  // What a pair is multiplied as; static digits before their place value is restored.
  std::array<int32_t, 2> values(const std::array<uint16_t, 2>& x) const {
    if (config_.format.kind == spec::Kind::kInt4x8) {
      return {golden::static4_digit(x[0], config_.format),
              golden::static4_digit(x[1], config_.format)};
    }
    return golden::quantize_pair(x[0], x[1], config_.format);
  }

  const spec::Config& config_;
  const bool sparse_;
  const int k_per_word_;
  const int words_;          // groups with 2:4 weights
  const bool complemented_;  // the port takes complemented words
  const int activation_bits_;
  const int select_bits_;
  const int weight_bits_;
  Rng rng_;
  std::vector<Step> steps_;
};

// Two weights for a group or a word, or one for a word of one; corners first.
Weights two_weights(uint64_t low, uint64_t high, const spec::Config& config, bool two) {
  const int w = config.weight_bits;
  Weights weights;
  weights.word = low_bits(low, w) | (two ? low_bits(high, w) << w : 0);
  weights.value = {static_cast<int32_t>(golden::wrap(low, w)),
                   two ? static_cast<int32_t>(golden::wrap(high, w)) : 0};
  return weights;
}

// A raw step for each different encoded word, or all that `most` allows.
std::vector<RawStep> different_steps(const spec::Config& config, bool pairs, uint64_t seed) {
  std::vector<RawStep> steps;
  if (spec::k_per_word(config.format) == 1 && pairs) {
    // Without a rule between the two of a group: every activation in either slot.
    const auto all = uint32_t{1} << config.format.activation_bits;
    for (uint32_t x = 0; x < all; ++x) {
      steps.push_back({static_cast<uint16_t>(x), static_cast<uint16_t>(all - 1 - x)});
    }
    return steps;
  }
  std::map<uint64_t, RawStep> of_word;
  for (const RawStep& raw : raw_steps(config, size_t{1} << 14, seed).values) {
    of_word.try_emplace(encode(raw, config).word, raw);
  }
  for (const auto& [word, raw] : of_word) steps.push_back(raw);
  return steps;
}

}  // namespace

UnitVectors dot_unit_vectors(const gen::EmittedModule& module, const spec::Config& config,
                             Level level, uint64_t seed) {
  DotUnitBench bench(module, config, seed);
  const bool sparse = config.array.kind == spec::ArrayKind::kSparseTensorCore;
  const bool two = sparse || spec::k_per_word(config.format) == 2;
  const std::vector<RawStep> raw = different_steps(config, sparse, seed);
  const uint64_t top = uint64_t{1} << (config.weight_bits - 1);
  const std::array<uint64_t, 6> corners = {0, 1, 2 * top - 1, top, top + 1, top - 1};
  const size_t pairs = two ? corners.size() * corners.size() : corners.size();
  for (size_t w = 0; w < pairs; ++w) {
    for (size_t x = 0; x < raw.size(); ++x) {
      bench.add([&](int i) {
        // Neighbours get other words and weights; over all steps each gets every combination.
        const auto shift = static_cast<size_t>(i);
        const size_t corner = (w + 5 * shift) % pairs;
        return std::pair(raw[(x + 101 * shift) % raw.size()],
                         two_weights(corners[corner % 6], corners[corner / 6], config, two));
      });
    }
  }
  const size_t systematic = bench.steps();
  Rng& rng = bench.rng();
  const int a = config.format.activation_bits;
  for (int i = 0; i < (level == Level::kQuick ? 100'000 : 1'000'000); ++i) {
    // Now and then nothing counts, or one word alone: deep units would not see that by chance.
    const bool zeros = rng.chance(20);
    const auto alone = static_cast<int>(rng.below(2 * static_cast<uint64_t>(bench.words())));
    bench.add([&](int word) {
      const bool zero = zeros && word != alone;
      // Small ones as often as large ones; zero now and then, of activations and of weights.
      const auto activation = [&] {
        return static_cast<uint16_t>(low_bits(rng.next(), a) >>
                                     rng.below(static_cast<uint64_t>(a) + 1));
      };
      const auto weight = [&] { return rng.chance(100) ? 0 : rng.next(); };
      const RawStep step = {zero ? uint16_t{0} : activation(),
                            zero || !two ? uint16_t{0} : activation()};
      const uint64_t low = weight();
      return std::pair(step, two_weights(low, weight(), config, two));
    });
  }
  std::string title = fmt::format(
      "{} steps: every multiplier with each of {} {}words x {} corner weights, then random ones",
      bench.steps(), raw.size(),
      raw_steps(config, 0, seed).exhaustive || spec::k_per_word(config.format) == 1
          ? "different "
          : "corner and random ",
      pairs);
  golden::require(systematic > 0, "steps of every word");
  return {bench.table(), false, std::move(title)};
}

UnitVectors selection_vectors(const gen::EmittedModule& module, uint64_t seed) {
  const int bits = width_of(module, "activation_i") / spec::kSparseGroup;
  const bool masked = width_of(module, "used0_i") > 0;
  std::vector<std::string> inputs = {"activation_i", "index0_i", "index1_i"};
  if (masked) inputs.insert(inputs.end(), {"used0_i", "used1_i"});
  Vectors vectors(inputs, {"pair_o"}, false);
  std::vector<uint64_t> groups = {0, low_bits(~uint64_t{0}, 4 * bits)};
  for (int bit = 0; bit < 4 * bits; ++bit) groups.push_back(uint64_t{1} << bit);
  Rng rng(seed);
  while (groups.size() < 1000) groups.push_back(low_bits(rng.next(), 4 * bits));
  for (const uint64_t group : groups) {
    for (uint64_t pattern = 0; pattern < (masked ? 64 : 16); ++pattern) {
      const std::array<uint64_t, 2> index = {pattern % 4, pattern / 4 % 4};
      const std::array<uint64_t, 2> used = {pattern / 16 % 2, pattern / 32 % 2};
      uint64_t pair = 0;
      for (size_t slot = 0; slot < 2; ++slot) {
        if (masked && used[slot] == 0) continue;
        const uint64_t x = low_bits(group >> (index[slot] * static_cast<uint64_t>(bits)), bits);
        pair |= x << (slot * static_cast<size_t>(bits));
      }
      std::vector<uint64_t> values = {group, index[0], index[1]};
      if (masked) values.insert(values.end(), {used[0], used[1]});
      vectors.add(values, std::array<Expected, 1>{pair});
    }
  }
  std::string title =
      fmt::format("{} groups, every bit alone among them, x all {} patterns of indices{}",
                  groups.size(), masked ? 64 : 16, masked ? " and empty slots" : "");
  return {std::move(vectors), false, std::move(title)};
}

}  // namespace sparq::verif
