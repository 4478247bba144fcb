// SPDX-License-Identifier: Apache-2.0
#include "golden/encode_fast.h"

#include <algorithm>
#include <numeric>

#include "golden/encode_units.h"
#include "golden/gemm.h"
#include "golden/powers.h"
#include "golden/require.h"

namespace sparq::golden {
namespace {

std::array<uint8_t, 256> identity() {
  std::array<uint8_t, 256> table;
  std::iota(table.begin(), table.end(), uint8_t{0});
  return table;
}

std::array<uint8_t, 256> low_bytes(const std::array<int16_t, 256>& values) {
  std::array<uint8_t, 256> bytes;
  std::transform(values.begin(), values.end(), bytes.begin(),
                 [](int16_t value) { return static_cast<uint8_t>(value); });
  return bytes;
}

FastEncoder::Tables low_bytes(const ValueTables& values) {
  return {low_bytes(values.own), low_bytes(values.alone)};
}

// Row by row, or all at once where no pair reaches into the next row.
Matrix<uint8_t> apply_to_rows(const FastEncoder& encoder, const Matrix<uint8_t>& x) {
  Matrix<uint8_t> out(x.rows, x.cols);
  if (x.cols % 2 == 0) {
    encoder.apply(x.data, out.data);
  } else {
    for (size_t m = 0; m < x.rows; ++m) encoder.apply(x.row(m), out.row(m));
  }
  return out;
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

ValueTables value_tables(const spec::Format& format) {
  require(format.activation_bits <= 8, "activations of at most 8 bits");
  ValueTables tables;
  std::iota(tables.own.begin(), tables.own.end(), int16_t{0});
  tables.alone = tables.own;
  constexpr uint32_t kNotZero = 1;
  for (uint32_t x = 0; x < power_of_two(format.activation_bits); ++x) {
    tables.own[x] = static_cast<int16_t>(quantize_pair(x, kNotZero, format)[0]);
    tables.alone[x] = static_cast<int16_t>(quantize_pair(x, 0, format)[0]);
  }
  return tables;
}

FastEncoder::FastEncoder(const spec::Format& format, EncodeUnit unit)
    : FastEncoder(low_bytes(value_tables(format)), unit) {}

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
  require(!format.signed_activations, "values that fit a byte");
  return apply_to_rows(FastEncoder(format, unit), activations);
}

Matrix<int16_t> encode_signed_fast(const Matrix<uint8_t>& activations, const spec::Format& format,
                                   EncodeUnit unit) {
  require(format.signed_activations, "signed activations");
  const Matrix<uint8_t> low = apply_to_rows(FastEncoder(format, unit), activations);
  const uint32_t first_negative = power_of_two(format.activation_bits - 1);
  Matrix<int16_t> encoded(low.rows, low.cols);
  for (size_t i = 0; i < low.data.size(); ++i) {
    const auto value = static_cast<int8_t>(low.data[i]);
    const bool is_positive_128 = value == -128 && activations.data[i] < first_negative;
    encoded.data[i] = is_positive_128 ? int16_t{128} : int16_t{value};
  }
  return encoded;
}

}  // namespace sparq::golden
