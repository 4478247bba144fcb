// SPDX-License-Identifier: Apache-2.0
// x^ of many 8-bit activations at once. The rules come from the reference as tables; what is here
// only applies them quickly, with the vector unit the machine turns out to have.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "golden/matrix.h"
#include "golden/spec/format.h"

namespace sparq::golden {

enum class EncodeUnit {
  kScalar,  // any machine
  kAvx2,
  kAvx512Vbmi,
};

bool available(EncodeUnit unit);  // on this machine
EncodeUnit best_encode_unit();

// x^ by activation word, below 2^A: `alone` beside a zero, else `own`; from there upwards the word.
struct ValueTables {
  std::array<int16_t, 256> own;
  std::array<int16_t, 256> alone;
};

// Needs A <= 8.
ValueTables value_tables(const spec::Format& format);

// Bytes looked up pair by pair, quickly.
class FastEncoder {
 public:
  // What a unit may rely on: x becomes alone[x] when its partner is zero, else own[x].
  enum class Rule {
    kIdentity,    // own and alone are the identity
    kOwnOnly,     // own == alone: no pair rule
    kExactAlone,  // alone is the identity
    kBoth,
  };
  struct Tables {
    alignas(64) std::array<uint8_t, 256> own;
    alignas(64) std::array<uint8_t, 256> alone;
  };

  // Both need an available unit; the first needs A <= 8, and gives x^ modulo 256.
  explicit FastEncoder(const spec::Format& format, EncodeUnit unit = best_encode_unit());
  explicit FastEncoder(const Tables& tables, EncodeUnit unit = best_encode_unit());

  // True for unsigned int8: x^ = x.
  bool is_identity() const { return rule_ == Rule::kIdentity; }

  // out[k] = what x[k] becomes; pairs are (0,1), (2,3), ...; after an odd end comes a zero. Same
  // lengths; the two may be the same memory but must not overlap otherwise. Values of 2^A and above
  // are taken as they would be in a table of 256.
  void apply(std::span<const uint8_t> x, std::span<uint8_t> out) const;

 private:
  Tables tables_;
  Rule rule_;
  EncodeUnit unit_;
};

// encode() of golden/gemm.h, quickly. Needs A <= 8; the first unsigned activations, the second
// signed ones, whose x^ -128..128 do not fit a byte.
Matrix<uint8_t> encode_fast(const Matrix<uint8_t>& activations, const spec::Format& format,
                            EncodeUnit unit = best_encode_unit());
Matrix<int16_t> encode_signed_fast(const Matrix<uint8_t>& activations, const spec::Format& format,
                                   EncodeUnit unit = best_encode_unit());

}  // namespace sparq::golden
