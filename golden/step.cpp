// SPDX-License-Identifier: Apache-2.0
#include "golden/step.h"

#include "golden/activation.h"
#include "golden/pair.h"
#include "golden/powers.h"
#include "golden/require.h"
#include "golden/static4.h"

namespace sparq::golden {
namespace {

// A digit of 4 bits, two's complement.
uint64_t nibble(int32_t digit) { return static_cast<uint64_t>(digit < 0 ? digit + 16 : digit); }

}  // namespace

int values_per_step(const spec::Format& format) { return spec::k_per_word(format); }

uint64_t encode_step(std::span<const uint16_t> x, const spec::Format& format) {
  require(std::ssize(x) == values_per_step(format), "the activations of one step");
  switch (format.kind) {
    case spec::Kind::kSparq:
      return pack(encode_pair(x[0], x[1], format), format);
    case spec::Kind::kInt8:
      require(x[0] < power_of_two(format.activation_bits), "an activation below 2^A");
      return x[0];
    case spec::Kind::kInt4x8:
      return nibble(static4_digit(x[1], format)) * 16 + nibble(static4_digit(x[0], format));
  }
  require(false, "a known kind");
  return 0;
}

int64_t dot_step(uint64_t word, std::span<const int32_t> w, const spec::Format& format) {
  require(std::ssize(w) == values_per_step(format), "the weights of one step");
  switch (format.kind) {
    case spec::Kind::kSparq:
      return dot(unpack(word, format), w[0], w[1], format);
    case spec::Kind::kInt8:
      return int64_t{activation_value(static_cast<uint32_t>(word), format)} * w[0];
    case spec::Kind::kInt4x8: {
      const int64_t step = power_of_two(format.activation_bits - 4);
      const auto digit = [&](uint64_t bits) {
        const auto q = static_cast<int64_t>(bits % 16);
        return format.signed_activations && q >= 8 ? q - 16 : q;
      };
      return digit(word) * step * w[0] + digit(word / 16) * step * w[1];
    }
  }
  require(false, "a known kind");
  return 0;
}

}  // namespace sparq::golden
