// SPDX-License-Identifier: Apache-2.0
// What a user can cause comes back as a list of problems: file, field, value, what is allowed.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace sparq::spec {

struct Problem {
  std::string where;    // file name, or "command line"
  std::string field;    // dotted key or flag; empty when the whole file is meant
  std::string value;    // as the user wrote it; empty when it is missing
  std::string allowed;  // what would have been accepted, as a sentence fragment

  bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

template <class T>
using Checked = tl::expected<T, Problems>;

// One line, without a newline: "conf.json: array.rows = 0: must be 1..1024". Control characters are
// shown as \xNN.
std::string to_text(const Problem& problem);

// A Checked<T> holding exactly one problem.
tl::unexpected<Problems> fail(std::string where, std::string field, std::string value,
                              std::string allowed);

}  // namespace sparq::spec
