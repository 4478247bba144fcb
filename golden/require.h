// SPDX-License-Identifier: Apache-2.0
// Invariants of the golden model: a caller's mistake, never a user's, aborts with its place.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace sparq::golden {

// Aborts with file, line and `what` unless `holds`; stays on in every build type.
// (clang 14 has no std::source_location.)
inline void require(bool holds, const char* what, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (holds) [[likely]] {
    return;
  }
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, what);
  std::abort();
}

}  // namespace sparq::golden
