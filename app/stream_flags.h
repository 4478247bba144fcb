// SPDX-License-Identifier: Apache-2.0
// The memory word of encoded streams.
#pragma once

#include <fmt/format.h>

#include "app/result.h"
#include "golden/stream.h"

namespace sparq::app {

inline void add_memory_bits_flag(CLI::App& subcommand, std::string& text) {
  text = std::to_string(golden::StreamLayout{.word_bits = 1}.memory_bits);
  subcommand
      .add_option("--memory-bits", text,
                  "Width of a memory word of the stream, a multiple of 8; rows are padded to whole "
                  "ones")
      ->type_name("BITS")
      ->capture_default_str();
}

inline spec::Checked<int> parse_memory_bits(const std::string& text) {
  const auto bits = parse_integer<int>(text);
  if (bits && *bits >= 8 && *bits <= golden::kMaxMemoryBits && *bits % 8 == 0) return *bits;
  return spec::fail("command line", "--memory-bits", text,
                    fmt::format("must be a multiple of 8, 8..{}", golden::kMaxMemoryBits));
}

}  // namespace sparq::app
