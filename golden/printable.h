// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sparq::golden {

// `bytes` on one line for a message: what is not printable ASCII becomes \xNN, and what is longer
// than `most` characters ends in "...".
std::string printable(std::string_view bytes, size_t most = 80);

}  // namespace sparq::golden
