// SPDX-License-Identifier: Apache-2.0
// Places buffers that live for a while into one stretch of memory.
#pragma once

#include <cstddef>
#include <vector>

namespace sparq::net {

struct Buffer {
  size_t bytes = 0;
  size_t first = 0;  // step that writes it first
  size_t last = 0;   // step that reads it last, >= first
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // of each buffer, a multiple of 64 bytes
  size_t bytes = 0;             // in all
};

// Buffers whose steps overlap do not overlap in memory. Largest first, each at the lowest place
// where it fits.
MemoryPlan plan_memory(const std::vector<Buffer>& buffers);

}  // namespace sparq::net
