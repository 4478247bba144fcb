// SPDX-License-Identifier: Apache-2.0
#include "golden/step.h"

#include <algorithm>

#include "golden/activation.h"
#include "golden/pair.h"
#include "golden/powers.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "golden/static4.h"

namespace sparq::golden {
namespace {

// A digit of 4 bits, two's complement.
uint64_t nibble(int32_t digit) { return static_cast<uint64_t>(digit < 0 ? digit + 16 : digit); }

// A word is legal when the activations x^ are encoded to it: an encoded value stands in its own
// window, and zero partners stay zero. Only +2^(A-1) is no signed activation; it can only come of
// one that is rounded up, and then comes of the largest.
std::optional<std::array<int32_t, 2>> decode_pair(uint64_t word, const spec::Format& format) {
  if (word >= uint64_t{1} << spec::pair_layout(format).bits()) return std::nullopt;
  const EncodedPair pair = unpack(word, format);
  for (const int code : pair.code) {
    if (code >= std::ssize(format.placements)) return std::nullopt;
  }
  const std::array<int64_t, 2> values = {dot(pair, 1, 0, format), dot(pair, 0, 1, format)};
  const int64_t words = power_of_two(format.activation_bits);
  const int64_t most = (format.signed_activations ? words / 2 : words) - 1;
  const int64_t least = format.signed_activations ? -words / 2 : 0;
  std::array<uint32_t, 2> x = {};
  for (size_t i = 0; i < 2; ++i) {
    const bool is_rounded_up = format.signed_activations && values[i] == most + 1;
    if (values[i] < least || values[i] > most + (is_rounded_up ? 1 : 0)) return std::nullopt;
    x[i] = activation_word(static_cast<int32_t>(std::min(values[i], most)), format);
  }
  if (pack(encode_pair(x[0], x[1], format), format) != word) return std::nullopt;
  return std::array{static_cast<int32_t>(values[0]), static_cast<int32_t>(values[1])};
}

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

std::optional<std::array<int32_t, 2>> decode_step(uint64_t word, const spec::Format& format) {
  switch (format.kind) {
    case spec::Kind::kSparq:
      return decode_pair(word, format);
    case spec::Kind::kInt8:
      if (word >= power_of_two(format.activation_bits)) return std::nullopt;
      return std::array{activation_value(static_cast<uint32_t>(word), format), 0};
    case spec::Kind::kInt4x8:
      if (word >= 256) return std::nullopt;
      return std::array{static_cast<int32_t>(dot_step(word, std::array{1, 0}, format)),
                        static_cast<int32_t>(dot_step(word, std::array{0, 1}, format))};
  }
  require(false, "a known kind");
  return std::nullopt;
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
