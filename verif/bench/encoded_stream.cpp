// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/encoded_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "golden/require.h"
#include "golden/stream.h"
#include "verif/harness/dut.h"
#include "verif/harness/rng.h"

namespace sparq::verif {
namespace {

using Expected = std::optional<uint64_t>;

struct Widths {
  int word;
  int memory;
};

// A row as it travels on both sides.
struct Row {
  std::vector<uint64_t> words;
  std::vector<uint64_t> memory;
};

Row random_row(const Widths& widths, uint64_t length, Rng& rng) {
  golden::Matrix<uint64_t> words(1, length);
  for (uint64_t& word : words.data) word = rng.next() >> (64 - widths.word);
  const std::vector<uint8_t> bytes = golden::pack_stream(words, {widths.word, widths.memory});
  Row row = {std::move(words.data), {}};
  const auto each = static_cast<size_t>(widths.memory / 8);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % each == 0) row.memory.push_back(0);
    row.memory.back() |= uint64_t{bytes[i]} << 8 * (i % each);
  }
  return row;
}

// Inputs of one cycle.
struct Cycle {
  bool reset;
  bool offer;  // the side that comes in
  bool ready;  // the side that goes out
};

// What stands beside valid: data, or anything but.
uint64_t beside(bool valid, uint64_t data, int width) {
  return valid ? data : ~data & (~uint64_t{0} >> (64 - width));
}

// One row of words after the other, in on one side and out on the other; the state is a number of
// bits and a place in the row.
class Packer {
 public:
  static Vectors empty() {
    return {{"rst_ni", "word_valid_i", "word_last_i", "word_data_i", "memory_ready_i"},
            {"word_ready_o", "memory_valid_o", "memory_last_o", "memory_data_o"},
            true};
  }

  Packer(const Widths& widths, Row row) : widths_(widths), row_(std::move(row)) {}

  bool row_done() const { return given_ == row_.memory.size(); }
  void next_row(Row row) { *this = Packer(widths_, std::move(row)); }

  void step(const Cycle& cycle, Vectors& vectors) {
    const bool left = taken_ < row_.words.size();
    const bool take = cycle.offer && left && ready();
    const bool offered = cycle.offer && left;
    const bool last = taken_ + 1 == row_.words.size();
    const uint64_t word = left ? row_.words[taken_] : 0;
    const std::array<uint64_t, 5> inputs = {!cycle.reset, offered, last == offered,
                                            beside(offered, word, widths_.word), cycle.ready};
    const bool give = valid() && cycle.ready;
    if (give) {
      ++given_;
      inside_ = std::max(0, inside_ - widths_.memory);
    }
    if (take) {
      ++taken_;
      inside_ += widths_.word;
    }
    if (cycle.reset) taken_ = given_ = 0, inside_ = 0;
    std::array<Expected, 4> outputs = {ready(), valid(), std::nullopt, std::nullopt};
    if (valid()) {
      outputs[2] = given_ + 1 == row_.memory.size();
      outputs[3] = row_.memory[given_];
    }
    vectors.add(inputs, outputs);
  }

 private:
  bool ending() const { return taken_ == row_.words.size() && !row_done(); }
  bool ready() const { return !ending() && inside_ < widths_.memory + widths_.word; }
  bool valid() const { return ending() || inside_ >= widths_.memory; }

  Widths widths_;
  Row row_;
  size_t taken_ = 0;  // words
  size_t given_ = 0;  // memory words
  int inside_ = 0;    // bits
};

class Unpacker {
 public:
  static Vectors empty() {
    return {{"rst_ni", "row_words_i", "memory_valid_i", "memory_data_i", "word_ready_i"},
            {"memory_ready_o", "word_valid_o", "word_last_o", "word_data_o"},
            true};
  }

  Unpacker(const Widths& widths, Row row) : widths_(widths), row_(std::move(row)) {}

  bool row_done() const { return given_ == row_.words.size(); }
  void next_row(Row row) { *this = Unpacker(widths_, std::move(row)); }

  void step(const Cycle& cycle, Vectors& vectors) {
    const bool left = taken_ < row_.memory.size();
    const bool take = cycle.offer && left && ready();
    const bool offered = cycle.offer && left;
    const uint64_t memory = left ? row_.memory[taken_] : 0;
    const std::array<uint64_t, 5> inputs = {!cycle.reset, row_.words.size(), offered,
                                            beside(offered, memory, widths_.memory), cycle.ready};
    if (valid() && cycle.ready) {
      ++given_;
      inside_ = row_done() ? 0 : inside_ - widths_.word;
    }
    if (take) {
      ++taken_;
      inside_ += widths_.memory;
    }
    if (cycle.reset) taken_ = given_ = 0, inside_ = 0;
    std::array<Expected, 4> outputs = {ready(), valid(), std::nullopt, std::nullopt};
    if (valid()) {
      outputs[2] = given_ + 1 == row_.words.size();
      outputs[3] = row_.words[given_];
    }
    vectors.add(inputs, outputs);
  }

 private:
  bool ready() const {
    const bool last = given_ + 1 == row_.words.size();
    return inside_ < (last ? 1 : 2) * widths_.word;
  }
  bool valid() const { return inside_ >= widths_.word; }

  Widths widths_;
  Row row_;
  size_t taken_ = 0;  // memory words
  size_t given_ = 0;  // words
  int inside_ = 0;    // bits
};

template <class Side>
class Bench {
 public:
  Bench(const Widths& widths, uint64_t seed) : widths_(widths), rng_(seed) {}

  StreamVectors every_pattern() {
    constexpr int kCycles = 7;
    Vectors vectors = Side::empty();
    for (int pattern = 0; pattern < 1 << 2 * kCycles; ++pattern) {
      Side side(widths_, row(4));
      side.step({true, false, false}, vectors);
      for (int cycle = 0; cycle < kCycles; ++cycle) {
        const int bits = pattern >> 2 * cycle;
        step(side, {false, (bits & 1) != 0, (bits & 2) != 0}, 4, vectors);
      }
    }
    return {"exhaustive", fmt::format("every pattern of valid and ready over {} cycles", kCycles),
            std::move(vectors)};
  }

  StreamVectors random(int cycles) {
    Vectors vectors = Side::empty();
    Side side(widths_, row(40));
    int offer_permille = 0;
    int ready_permille = 0;
    for (int cycle = 0; cycle < cycles; ++cycle) {
      if (cycle % 64 == 0) {
        offer_permille = static_cast<int>(rng_.below(11)) * 100;
        ready_permille = static_cast<int>(rng_.below(11)) * 100;
      }
      const bool reset = cycle == 0 || rng_.chance(5);
      step(side, {reset, rng_.chance(offer_permille), rng_.chance(ready_permille)}, 40, vectors);
    }
    return {"random", fmt::format("{} cycles of rows, stalls and resets at random", cycles),
            std::move(vectors)};
  }

 private:
  Row row(uint64_t longest) { return random_row(widths_, 1 + rng_.below(longest), rng_); }

  void step(Side& side, const Cycle& cycle, uint64_t longest, Vectors& vectors) {
    side.step(cycle, vectors);
    if (side.row_done()) side.next_row(row(longest));
  }

  Widths widths_;
  Rng rng_;
};

int width_of(const gen::EmittedModule& module, const std::string& port) {
  const auto at = std::ranges::find(module.ports, port, &gen::Port::name);
  golden::require(at != module.ports.end(), "a stream module has its ports");
  return at->width;
}

template <class Side>
std::vector<StreamVectors> both(const Widths& widths, Level level, uint64_t seed) {
  Bench<Side> bench(widths, seed);
  return {bench.every_pattern(), bench.random(level == Level::kQuick ? 30'000 : 300'000)};
}

}  // namespace

std::vector<StreamVectors> stream_vectors(const gen::EmittedModule& module, Level level,
                                          uint64_t seed) {
  if (module.role == gen::Role::kStreamPacker) {
    return both<Packer>({width_of(module, "word_data_i"), width_of(module, "memory_data_o")}, level,
                        seed);
  }
  golden::require(module.role == gen::Role::kStreamUnpacker, "a packer or an unpacker");
  return both<Unpacker>({width_of(module, "word_data_o"), width_of(module, "memory_data_i")}, level,
                        seed);
}

}  // namespace sparq::verif
