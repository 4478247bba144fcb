// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/problem.h"

#include <string_view>
#include <utility>

namespace sparq::spec {

namespace {

// Control characters as \xNN: a message stays on its line and leaves the terminal alone.
std::string on_one_line(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else {
      line += {'\\', 'x', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return line;
}

}  // namespace

std::string to_text(const Problem& problem) {
  std::string text = problem.where;
  if (!problem.field.empty()) {
    text += (text.empty() ? "" : ": ") + problem.field;
    if (!problem.value.empty()) text += " = " + problem.value;
  } else if (!problem.value.empty()) {
    text += (text.empty() ? "" : ": ") + problem.value;
  }
  return on_one_line(text + ": " + problem.allowed);
}

tl::unexpected<Problems> fail(std::string where, std::string field, std::string value,
                              std::string allowed) {
  return tl::unexpected<Problems>(
      Problems{{std::move(where), std::move(field), std::move(value), std::move(allowed)}});
}

}  // namespace sparq::spec
