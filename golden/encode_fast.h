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

// The encoding of one format, ready to be applied.
class FastEncoder {
 public:
  // What a unit may rely on: x^ = alone[x] when the partner is zero, else own[x].
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

  // Needs A <= 8 and an available unit.
  explicit FastEncoder(const spec::Format& format, EncodeUnit unit = best_encode_unit());

  explicit FastEncoder(const Tables& tables, EncodeUnit unit = best_encode_unit());

  // True for int8: x^ = x.
  bool is_identity() const { return rule_ == Rule::kIdentity; }

  // out[k] = x^ of x[k]; pairs are (0,1), (2,3), ...; after an odd end comes a zero. Same lengths;
  // the two may be the same memory but must not overlap otherwise. Values of 2^A and above are
  // taken as they would be in a table of 256.
  void apply(std::span<const uint8_t> x, std::span<uint8_t> out) const;

 private:
  Tables tables_;
  Rule rule_;
  EncodeUnit unit_;
};

// x^ by activation, below 2^A: `alone` beside a zero, else `own`. Needs A <= 8.
FastEncoder::Tables encode_tables(const spec::Format& format);

// encode() of golden/gemm.h, quickly. Needs A <= 8.
Matrix<uint8_t> encode_fast(const Matrix<uint8_t>& activations, const spec::Format& format,
                            EncodeUnit unit = best_encode_unit());

}  // namespace sparq::golden
