// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/signature.h"

#include <bit>

#include "golden/spec/pair_layout.h"

namespace sparq::spec {

PairLayout pair_layout(const Format& format) {
  const auto last_code = static_cast<unsigned>(format.placements.size() - 1);
  return {.digit_bits = format.window_bits + (format.signed_activations ? 1 : 0),
          .code_bits = static_cast<int>(std::bit_width(last_code)),
          .select_bits = format.vsparq ? 2 : 0};
}

Signature signature(const Config& config) {
  const Format& format = config.format;
  const Array& array = config.array;
  const bool sparse = array.kind == ArrayKind::kSparseTensorCore;
  const int k_per_step = array.kind == ArrayKind::kSystolic ? k_per_word(format) : array.depth;
  const int raw = k_per_step * format.activation_bits;
  // What stands for a step's activations once they are encoded.
  const int encoded = format.kind == Kind::kSparq ? k_per_step / 2 * pair_layout(format).bits()
                                                  : k_per_step * format.window_bits;
  // With 2:4 weights, SPARQ's pairs form behind the selection: raw activations travel until there.
  const int travelling = sparse && format.kind == Kind::kSparq ? raw : encoded;
  const int weights =
      sparse ? k_per_step / kSparseGroup * kSparseSlots * (config.weight_bits + kSparseIndexBits)
             : k_per_step * config.weight_bits;
  return {.k_per_step = k_per_step,
          .raw_activation_bits = config.encoder == Encoder::kEdge ? raw : encoded,
          .activation_bits = travelling,
          .raw_weight_bits = weights,
          .weight_bits = weights,
          .accumulator_bits = config.accumulator_bits,
          .side_bits = 0,
          .pe_latency = 2 + (sparse ? 1 : 0) + (config.pipeline.after_multiply ? 1 : 0) +
                        (config.pipeline.after_reduce ? 1 : 0)};
}

}  // namespace sparq::spec
