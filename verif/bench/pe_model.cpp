// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/pe_model.h"

#include <array>

namespace sparq::verif {
namespace {

std::optional<uint64_t> as_port(std::optional<bool> flag) {
  return flag ? std::optional<uint64_t>(*flag ? 1 : 0) : std::nullopt;
}

}  // namespace

PeOutputs PeModel::tick(const PeInputs& in) {
  if (in.enable && !in.reset) {
    const Stage& done = stages_.back();
    if (!done.first || !done.addend || (!*done.first && !sum_)) {
      sum_.reset();
    } else {
      sum_ = *done.addend + (*done.first ? 0 : *sum_);
    }
    show_ = done.last;
    for (size_t i = stages_.size() - 1; i > 0; --i) stages_[i] = stages_[i - 1];
    stages_[0] = {in.first, in.last, addend(in.word, in.weights), in.word.word, in.weights.word};
  }
  if (in.reset) {
    for (Stage& stage : stages_) stage = {.first = false, .last = false};
    sum_.reset();
    show_ = false;
  }
  PeOutputs out = {as_port(stages_[0].first), as_port(stages_[0].last), stages_[0].activation,
                   stages_[0].weight};
  if (show_ && (!*show_ || sum_)) {
    out.result = in.result_a | in.result_b | (*show_ ? low_bits(*sum_, accumulator_bits_) : 0);
  }
  return out;
}

uint64_t addend(const Word& word, const Weights& weights) {
  int64_t sum = 0;
  for (size_t i = 0; i < 2; ++i) sum += int64_t{word.value[i]} * weights.value[i];
  return static_cast<uint64_t>(sum);
}

Vectors pe_table() {
  return {{"rst_ni", "enable_i", "first_i", "last_i", "activation_i", "weight_i", "result_a_i",
           "result_b_i"},
          {"first_o", "last_o", "activation_o", "weight_o", "result_o"},
          /*clocked=*/true};
}

void add_cycle(Vectors& table, const PeInputs& in, const PeOutputs& out) {
  const std::array<uint64_t, 8> inputs = {!in.reset,    in.enable,       in.first,    in.last,
                                          in.word.word, in.weights.word, in.result_a, in.result_b};
  const std::array<std::optional<uint64_t>, 5> outputs = {out.first, out.last, out.activation,
                                                          out.weight, out.result};
  table.add(inputs, outputs);
}

}  // namespace sparq::verif
