// SPDX-License-Identifier: Apache-2.0
#include "net/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace sparq::net {

MemoryPlan plan_memory(const std::vector<Buffer>& buffers) {
  constexpr size_t kLine = 64;
  const auto room = [&](size_t i) { return (buffers[i].bytes + kLine - 1) / kLine * kLine; };
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  MemoryPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<size_t> placed;  // by offset
  for (const size_t i : order) {
    size_t offset = 0;
    for (const size_t other : placed) {
      if (buffers[other].last < buffers[i].first || buffers[i].last < buffers[other].first)
        continue;
      if (offset + room(i) <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + room(other));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + room(i));
    const auto behind = std::find_if(placed.begin(), placed.end(),
                                     [&](size_t other) { return plan.offsets[other] > offset; });
    placed.insert(behind, i);
  }
  return plan;
}

}  // namespace sparq::net
