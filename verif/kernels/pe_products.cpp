// SPDX-License-Identifier: Apache-2.0
// The product path of a processing element, too hot to cross into the model at every cycle.
#include <cstddef>
#include <cstdint>

#include "Vmodel.h"

namespace {

// An operand word and the two values it stands for, two's complement.
struct Operand {
  uint64_t word;
  int64_t value[2];
};

template <class T>
void assign(T& port, uint64_t value) {
  port = static_cast<T>(value);
}

}  // namespace

// Feeds every activation with every weight, weights innermost, one product a cycle, and compares
// each result, `latency` (1..8) cycles later, with the inner product of the values modulo
// 2^accumulator_bits. The model is out of reset with enable, first and last high.
// Returns how many products came out right: all of them, or the index of the first wrong one.
extern "C" size_t sparq_pe_products(void* model, const void* activation_list,
                                    size_t activation_count, const void* weight_list,
                                    size_t weight_count, int latency, int accumulator_bits) {
  Vmodel& dut = *static_cast<Vmodel*>(model);
  const auto* activations = static_cast<const Operand*>(activation_list);
  const auto* weights = static_cast<const Operand*>(weight_list);
  const uint64_t mask = ~uint64_t{0} >> (64 - accumulator_bits);
  const size_t delay = static_cast<size_t>(latency) - 1;
  const size_t total = activation_count * weight_count;
  uint64_t expected[8] = {};  // of the products on their way
  size_t fed = 0;
  size_t compared = 0;
  const auto tick = [&] {
    dut.clk_i = 0;
    dut.eval();
    dut.clk_i = 1;
    dut.eval();
  };
  for (size_t i = 0; i < activation_count; ++i) {
    const Operand& x = activations[i];
    assign(dut.activation_i, x.word);
    for (size_t j = 0; j < weight_count; ++j) {
      const Operand& w = weights[j];
      assign(dut.weight_i, w.word);
      tick();
      const int64_t sum = x.value[0] * w.value[0] + x.value[1] * w.value[1];
      expected[fed++ % 8] = static_cast<uint64_t>(sum) & mask;
      if (fed <= delay) continue;
      if (dut.result_o != expected[compared % 8]) return compared;
      ++compared;
    }
  }
  for (; compared < total; ++compared) {
    tick();
    if (dut.result_o != expected[compared % 8]) return compared;
  }
  return compared;
}
