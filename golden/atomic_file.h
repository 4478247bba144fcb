// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

#include "golden/spec/problem.h"

namespace sparq::golden {

// Writes `parts` one after the other beside `path` and renames the result onto it, so that `path`
// is whole or untouched. A link is followed; anything but a regular file is a problem. On failure
// the temporary file is removed and the problem says why.
spec::Checked<void> write_atomically(const std::string& path,
                                     std::initializer_list<std::span<const std::byte>> parts);

}  // namespace sparq::golden
