// SPDX-License-Identifier: Apache-2.0
#include "golden/encode_fast.h"

#include <algorithm>
#include <numeric>

#include "golden/encode_units.h"
#include "golden/powers.h"
#include "golden/require.h"
#include "golden/static4.h"
#include "golden/trim_round.h"

namespace sparq::golden {
namespace {

std::array<uint8_t, 256> identity() {
  std::array<uint8_t, 256> table;
  std::iota(table.begin(), table.end(), uint8_t{0});
  return table;
}

// x^ of every x < 2^A beside a nonzero partner; the identity from there upwards.
std::array<uint8_t, 256> own_table(const spec::Format& format) {
  std::array<uint8_t, 256> table = identity();
  for (uint32_t x = 0; x < power_of_two(format.activation_bits); ++x) {
    if (format.kind == spec::Kind::kSparq) {
      table[x] = static_cast<uint8_t>(trim_round(x, format).value());
    } else if (format.kind == spec::Kind::kInt4x8) {
      table[x] = static_cast<uint8_t>(static4_value(x, format));
    }
  }
  return table;
}

// The same beside a zero.
std::array<uint8_t, 256> alone_table(const spec::Format& format) {
  if (!format.vsparq) return own_table(format);
  std::array<uint8_t, 256> table = identity();
  if (spec::survivor_is_exact(format)) return table;
  const std::vector<int> placements = spec::pair_placements(format);
  for (uint32_t x = 0; x < power_of_two(format.activation_bits); ++x) {
    const Window wide = trim_round(x, 2 * format.window_bits, placements, format.rounding);
    table[x] = static_cast<uint8_t>(wide.value());
  }
  return table;
}

EncodeUnitFunction function_of(EncodeUnit unit) {
  switch (unit) {
    case EncodeUnit::kScalar:
      return encode_scalar;
#if SPARQ_HAS_X86_UNITS
    case EncodeUnit::kAvx2:
      return encode_avx2;
    case EncodeUnit::kAvx512Vbmi:
      return encode_avx512_vbmi;
#else
    default:
      break;
#endif
  }
  require(false, "a unit this machine has");
  return nullptr;
}

}  // namespace

bool available(EncodeUnit unit) {
  switch (unit) {
    case EncodeUnit::kScalar:
      return true;
#if SPARQ_HAS_X86_UNITS
    case EncodeUnit::kAvx2:
      return __builtin_cpu_supports("avx2") != 0;
    case EncodeUnit::kAvx512Vbmi:
      return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vbmi") != 0;
#else
    default:
      break;
#endif
  }
  return false;
}

EncodeUnit best_encode_unit() {
  for (const EncodeUnit unit : {EncodeUnit::kAvx512Vbmi, EncodeUnit::kAvx2}) {
    if (available(unit)) return unit;
  }
  return EncodeUnit::kScalar;
}

FastEncoder::Tables encode_tables(const spec::Format& format) {
  require(format.activation_bits <= 8, "activations of at most 8 bits");
  return {own_table(format), alone_table(format)};
}

FastEncoder::FastEncoder(const spec::Format& format, EncodeUnit unit)
    : FastEncoder(encode_tables(format), unit) {}

FastEncoder::FastEncoder(const Tables& tables, EncodeUnit unit) : tables_(tables), unit_(unit) {
  require(available(unit), "a unit this machine has");
  const bool own_is_all = tables_.own == tables_.alone;
  const bool alone_is_exact = tables_.alone == identity();
  if (own_is_all) {
    rule_ = alone_is_exact ? Rule::kIdentity : Rule::kOwnOnly;
  } else {
    rule_ = alone_is_exact ? Rule::kExactAlone : Rule::kBoth;
  }
}

void FastEncoder::apply(std::span<const uint8_t> x, std::span<uint8_t> out) const {
  require(x.size() == out.size(), "as many results as activations");
  if (is_identity()) {
    if (x.data() != out.data()) std::copy(x.begin(), x.end(), out.begin());
    return;
  }
  function_of(unit_)(tables_, rule_, x.data(), out.data(), x.size());
}

void encode_scalar(const FastEncoder::Tables& tables, FastEncoder::Rule, const uint8_t* x,
                   uint8_t* out, size_t count) {
  // Chosen by an index and not by a branch: zeros come at random.
  const std::array<const uint8_t*, 2> table = {tables.own.data(), tables.alone.data()};
  const auto value = [&](uint8_t own, uint8_t partner) {
    return table[static_cast<size_t>(partner == 0)][own];
  };
  size_t k = 0;
  for (; k + 2 <= count; k += 2) {
    const uint8_t x0 = x[k];
    const uint8_t x1 = x[k + 1];
    out[k] = value(x0, x1);
    out[k + 1] = value(x1, x0);
  }
  if (k < count) out[k] = value(x[k], 0);
}

Matrix<uint8_t> encode_fast(const Matrix<uint8_t>& activations, const spec::Format& format,
                            EncodeUnit unit) {
  const FastEncoder encoder(format, unit);
  Matrix<uint8_t> encoded(activations.rows, activations.cols);
  if (activations.cols % 2 == 0) {  // no pair reaches into the next row
    encoder.apply(activations.data, encoded.data);
  } else {
    for (size_t m = 0; m < activations.rows; ++m) encoder.apply(activations.row(m), encoded.row(m));
  }
  return encoded;
}

}  // namespace sparq::golden
