// SPDX-License-Identifier: Apache-2.0
// The liberty format's syntax: groups with arguments, attributes and further groups.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace sparq::synth {

struct Group {
  std::string kind;                               // "cell"
  std::vector<std::string> arguments;             // {"NAND2X1"}
  std::map<std::string, std::string> attributes;  // simple ones: {"area", "24"}
  std::vector<Group> groups;
  std::string_view source;  // its text in the file, braces included
};

struct SyntaxError {
  int line;  // from 1
  std::string what;
};

// The file's one group. Groups more than `depth` levels down are checked but not kept (timing
// tables are most of a library). The result's views point into `text`.
tl::expected<Group, SyntaxError> parse_liberty(std::string_view text, int depth);

}  // namespace sparq::synth
