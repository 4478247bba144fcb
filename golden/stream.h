// SPDX-License-Identifier: Apache-2.0
// Encoded activations, and packed 2:4 weights, in memory: docs/encoded-stream.md. Rows of words of
// B bits without a gap, least significant bit first, each padded with zero bits to a whole number
// of memory words; little-endian.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "golden/matrix.h"
#include "golden/spec/format.h"
#include "golden/spec/problem.h"

namespace sparq::golden {

struct StreamLayout {
  int word_bits;         // B, 1..64
  int memory_bits = 32;  // of a memory word, a multiple of 8
};

inline constexpr int kMaxMemoryBits = 1024;

size_t row_bytes(size_t words, const StreamLayout& layout);

// Needs every word < 2^B.
std::vector<uint8_t> pack_stream(const Matrix<uint64_t>& words, const StreamLayout& layout);

// Rows of `words` words each. Problems: a length that is not a whole number of rows; padding that
// is not zero, by row.
spec::Checked<Matrix<uint64_t>> unpack_stream(std::span<const uint8_t> bytes, size_t words,
                                              const StreamLayout& layout, const std::string& where);

// Words of a row of K activations: ceil(K / values_per_step).
size_t steps_of(size_t k, const spec::Format& format);

// B for the steps of a format: the width of encode_step's words.
int step_bits(const spec::Format& format);

// encode_step along the rows of activations, words of A bits: M x steps_of(K). What is missing of
// the last step is zero. X is uint8_t or uint16_t.
template <class X>
Matrix<uint64_t> encode_words(const Matrix<X>& activations, const spec::Format& format);

// x^ of every activation, M x K. Problems name row and step of every word that encode_words cannot
// have given (the first few).
spec::Checked<Matrix<int32_t>> decode_words(const Matrix<uint64_t>& words, size_t k,
                                            const spec::Format& format, const std::string& where);

}  // namespace sparq::golden
