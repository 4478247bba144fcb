// SPDX-License-Identifier: Apache-2.0
// Invariants of the golden model: a caller's mistake, never a user's, aborts with its place.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace sparq::golden {

// Aborts with file, line and `what` unless `holds`; stays on in every build type.
inline void require(bool holds, const char* what,
                    std::source_location place = std::source_location::current()) {
  if (holds) [[likely]] {
    return;
  }
  std::fprintf(stderr, "%s:%u: broken invariant: %s\n", place.file_name(), place.line(), what);
  std::abort();
}

}  // namespace sparq::golden
