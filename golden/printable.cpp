// SPDX-License-Identifier: Apache-2.0
#include "golden/printable.h"

#include <fmt/format.h>

namespace sparq::golden {

std::string printable(std::string_view bytes, size_t most) {
  std::string text;
  for (const char c : bytes) {
    if (text.size() >= most) return text + "...";
    if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace sparq::golden
