// SPDX-License-Identifier: Apache-2.0
// The head of an .npy file: magic, version, and a Python dictionary in a fixed small subset.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "golden/npy.h"

namespace sparq::golden {

struct NpyHeader {
  Dtype dtype = Dtype::kU8;
  std::vector<size_t> shape;
  size_t data_bytes = 0;  // product of the shape times the item's bytes; fits ptrdiff_t
};

inline constexpr size_t kNpyPreambleBytes = 12;  // magic 6, version 2, header length 2 or 4

struct NpyPreamble {
  size_t header_at = 0;     // bytes from the start of the file: 10 or 12
  size_t header_bytes = 0;  // as the file claims
};

// `head` holds the file's first bytes, up to kNpyPreambleBytes.
spec::Checked<NpyPreamble> parse_npy_preamble(std::string_view head, const std::string& path);

// "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }", keys in any order, each once.
spec::Checked<NpyHeader> parse_npy_header(std::string_view text, const std::string& path);

// Magic, version 1.0, length and dictionary, padded with spaces to a multiple of 64 bytes.
std::string format_npy_head(Dtype dtype, std::span<const size_t> shape);

}  // namespace sparq::golden
