// SPDX-License-Identifier: Apache-2.0
#include "golden/stream.h"

#include <fmt/format.h>

#include <array>

#include "golden/first_problems.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "golden/step.h"

namespace sparq::golden {
namespace {

constexpr size_t kByte = 8;

size_t parts(size_t whole, size_t part) { return (whole + part - 1) / part; }

void require_layout(const StreamLayout& layout) {
  require(layout.word_bits >= 1 && layout.word_bits <= 64, "words of 1..64 bits");
  require(layout.memory_bits >= 8 && layout.memory_bits <= kMaxMemoryBits &&
              layout.memory_bits % 8 == 0,
          "memory words of whole bytes");
}

bool bit_of(uint64_t word, size_t bit) { return ((word >> bit) & 1) != 0; }

}  // namespace

size_t steps_of(size_t k, const spec::Format& format) {
  return parts(k, static_cast<size_t>(values_per_step(format)));
}

size_t row_bytes(size_t words, const StreamLayout& layout) {
  require_layout(layout);
  const auto memory_bits = static_cast<size_t>(layout.memory_bits);
  return parts(words * static_cast<size_t>(layout.word_bits), memory_bits) * memory_bits / kByte;
}

std::vector<uint8_t> pack_stream(const Matrix<uint64_t>& words, const StreamLayout& layout) {
  const size_t bytes = row_bytes(words.cols, layout);
  const auto width = static_cast<size_t>(layout.word_bits);
  std::vector<uint8_t> stream(words.rows * bytes);
  for (size_t row = 0; row < words.rows; ++row) {
    for (size_t i = 0; i < words.cols; ++i) {
      const uint64_t word = words(row, i);
      require(width == 64 || word >> width == 0, "a word of B bits");
      for (size_t bit = 0; bit < width; ++bit) {
        const size_t at = i * width + bit;
        if (bit_of(word, bit)) stream[row * bytes + at / kByte] |= uint8_t(1U << at % kByte);
      }
    }
  }
  return stream;
}

spec::Checked<Matrix<uint64_t>> unpack_stream(std::span<const uint8_t> stream, size_t words,
                                              const StreamLayout& layout,
                                              const std::string& where) {
  require(words > 0, "at least one word in a row");
  const size_t bytes = row_bytes(words, layout);
  if (stream.size() % bytes != 0) {
    return spec::fail(
        where, "length", fmt::format("{} bytes", stream.size()),
        fmt::format("must be a whole number of rows of {} bytes ({} words of {} bits, "
                    "memory words of {} bits)",
                    bytes, words, layout.word_bits, layout.memory_bits));
  }
  const auto width = static_cast<size_t>(layout.word_bits);
  FirstProblems problems;
  Matrix<uint64_t> unpacked(stream.size() / bytes, words);
  for (size_t row = 0; row < unpacked.rows; ++row) {
    const auto line = stream.subspan(row * bytes, bytes);
    const auto bit_at = [&](size_t at) { return bit_of(line[at / kByte], at % kByte); };
    for (size_t at = 0; at < words * width; ++at) {
      unpacked(row, at / width) |= uint64_t{bit_at(at)} << at % width;
    }
    for (size_t at = words * width; at < bytes * kByte; ++at) {
      if (!bit_at(at)) continue;
      problems.add(where, fmt::format("row {} bit {}", row, at), "1",
                   fmt::format("must be 0: the row's {} words end before it", words));
      break;
    }
  }
  if (!problems.empty()) return tl::unexpected(problems.take(where, "rows like these"));
  return unpacked;
}

int step_bits(const spec::Format& format) {
  return format.kind == spec::Kind::kSparq
             ? spec::pair_layout(format).bits()
             : values_per_step(format) * format.window_bits;  // A, or twice 4
}

template <class X>
Matrix<uint64_t> encode_words(const Matrix<X>& activations, const spec::Format& format) {
  const auto each = static_cast<size_t>(values_per_step(format));
  Matrix<uint64_t> words(activations.rows, steps_of(activations.cols, format));
  for (size_t m = 0; m < words.rows; ++m) {
    for (size_t step = 0; step < words.cols; ++step) {
      std::array<uint16_t, 2> x = {};
      for (size_t i = 0; i < each && step * each + i < activations.cols; ++i) {
        x[i] = activations(m, step * each + i);
      }
      words(m, step) = encode_step(std::span(x).first(each), format);
    }
  }
  return words;
}

spec::Checked<Matrix<int32_t>> decode_words(const Matrix<uint64_t>& words, size_t k,
                                            const spec::Format& format, const std::string& where) {
  require(words.cols == steps_of(k, format), "the steps of K");
  const auto each = static_cast<size_t>(values_per_step(format));
  FirstProblems problems;
  Matrix<int32_t> values(words.rows, k);
  for (size_t m = 0; m < words.rows; ++m) {
    for (size_t step = 0; step < words.cols; ++step) {
      const auto problem = [&](const char* allowed) {
        problems.add(where, fmt::format("row {} step {}", m, step),
                     fmt::format("0x{:x}", words(m, step)), allowed);
      };
      const auto decoded = decode_step(words(m, step), format);
      if (!decoded) problem("must be a word that some activations encode to");
      for (size_t i = 0; decoded && i < each; ++i) {
        if (step * each + i < k) {
          values(m, step * each + i) = (*decoded)[i];
        } else if ((*decoded)[i] != 0) {
          problem("must have a zero beyond K");
        }
      }
    }
  }
  if (!problems.empty()) return tl::unexpected(problems.take(where, "words like these"));
  return values;
}

template Matrix<uint64_t> encode_words(const Matrix<uint8_t>&, const spec::Format&);
template Matrix<uint64_t> encode_words(const Matrix<uint16_t>&, const spec::Format&);

}  // namespace sparq::golden
