// SPDX-License-Identifier: Apache-2.0
// A processing element as its interface promises it: one multiply-accumulate step a cycle.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "golden/spec/config.h"
#include "verif/bench/stimulus.h"
#include "verif/bench/vectors.h"

namespace sparq::verif {

struct PeInputs {
  bool reset = false;  // rst_ni low
  bool enable = true;
  bool first = false;  // the sum starts over with this step
  bool last = false;   // the sum is shown after this step
  Word word = {};
  Weights weights = {};
  uint64_t result_a = 0;  // results of neighbours, joined by OR
  uint64_t result_b = 0;
};

// What the outputs must be; nothing where they depend on data that was never set.
struct PeOutputs {
  std::optional<uint64_t> first = {};
  std::optional<uint64_t> last = {};
  std::optional<uint64_t> activation = {};
  std::optional<uint64_t> weight = {};
  std::optional<uint64_t> result = {};
};

// Operands and flags are forwarded one cycle later; a step reaches the accumulator `latency`
// cycles after it entered. Reset clears the flags; what it does to data is left open.
class PeModel {
 public:
  PeModel(int accumulator_bits, int latency)
      : accumulator_bits_(accumulator_bits), stages_(static_cast<size_t>(latency - 1)) {}

  // One rising clock edge, and the outputs after it while the inputs still stand.
  PeOutputs tick(const PeInputs& inputs);

 private:
  struct Stage {
    std::optional<bool> first = {};
    std::optional<bool> last = {};
    std::optional<uint64_t> addend = {};  // modulo 2^64
    std::optional<uint64_t> activation = {};
    std::optional<uint64_t> weight = {};
  };

  int accumulator_bits_;
  std::vector<Stage> stages_;
  std::optional<uint64_t> sum_;
  std::optional<bool> show_;
};

// x^0 * w0 + x^1 * w1, modulo 2^64.
uint64_t addend(const Word& word, const Weights& weights);

// The ports of a processing element, and rows for them.
Vectors pe_table();
void add_cycle(Vectors& table, const PeInputs& inputs, const PeOutputs& outputs);

}  // namespace sparq::verif
