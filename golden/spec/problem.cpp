// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/problem.h"

#include <utility>

namespace sparq::spec {

std::string to_text(const Problem& problem) {
  std::string text = problem.where;
  if (!problem.field.empty()) {
    text += (text.empty() ? "" : ": ") + problem.field;
    if (!problem.value.empty()) text += " = " + problem.value;
  } else if (!problem.value.empty()) {
    text += (text.empty() ? "" : ": ") + problem.value;
  }
  return text + ": " + problem.allowed;
}

tl::unexpected<Problems> fail(std::string where, std::string field, std::string value,
                              std::string allowed) {
  return tl::unexpected<Problems>(
      Problems{{std::move(where), std::move(field), std::move(value), std::move(allowed)}});
}

}  // namespace sparq::spec
