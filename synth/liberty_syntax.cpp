// SPDX-License-Identifier: Apache-2.0
#include "synth/liberty_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sparq::synth {
namespace {

constexpr int kMaxNesting = 64;

struct Stop {
  size_t at;
  std::string what;
};

class Parser {
 public:
  Parser(std::string_view text, int depth) : text_(text), depth_(depth) {}

  tl::expected<Group, SyntaxError> parse() {
    try {
      Group library;
      if (!statement(library, 0) || library.groups.size() != 1) {
        throw Stop{0, "holds no library group"};
      }
      blanks(true);
      if (at_ < text_.size()) throw Stop{at_, "something follows the library group"};
      return std::move(library.groups.front());
    } catch (const Stop& stop) {
      const auto begin = text_.begin();
      const auto lines = std::count(begin, begin + static_cast<std::ptrdiff_t>(stop.at), '\n');
      return tl::unexpected<SyntaxError>({static_cast<int>(lines) + 1, stop.what});
    }
  }

 private:
  // One attribute or group of `parent`, which is `level` levels down; false at '}' or the end.
  bool statement(Group& parent, int level) {
    blanks(true);
    while (at_ < text_.size() && text_[at_] == ';') {
      ++at_;
      blanks(true);
    }
    if (at_ == text_.size() || text_[at_] == '}') return false;
    const size_t begin = at_;
    std::string name = word();
    blanks(false);
    if (take(':')) {
      std::string value = simple_value();
      if (level <= depth_) parent.attributes[std::move(name)] = std::move(value);
      return true;
    }
    if (!take('(')) throw Stop{at_, fmt::format("'{}' needs ':' or '(' after it", name)};
    Group group;
    group.kind = std::move(name);
    group.arguments = arguments(begin);
    const size_t after = at_;
    blanks(true);
    if (!take('{')) {  // a complex attribute: nothing here needs one
      at_ = after;
      return true;
    }
    if (level >= kMaxNesting) throw Stop{begin, "groups are nested too deeply"};
    while (statement(group, level + 1)) {
    }
    if (!take('}')) {
      throw Stop{begin, fmt::format("the group '{}' that begins here does not end", group.kind)};
    }
    group.source = text_.substr(begin, at_ - begin);
    if (level < depth_) parent.groups.push_back(std::move(group));
    return true;
  }

  std::vector<std::string> arguments(size_t begin) {
    std::vector<std::string> values;
    for (blanks(true); !take(')'); blanks(true)) {
      if (at_ == text_.size()) throw Stop{begin, "a '(' is not closed"};
      if (take(',')) continue;
      values.push_back(word());
    }
    return values;
  }

  // Up to ';' or the end of the line: some libraries leave the ';' out.
  std::string simple_value() {
    blanks(false);
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') {
      value = word();
    } else {
      const size_t end = std::min({text_.find_first_of(";\n}", at_), text_.find("//", at_),
                                   text_.find("/*", at_), text_.size()});
      value = text_.substr(at_, end - at_);
      at_ = end;
      value.erase(value.find_last_not_of(" \t\r") + 1);
    }
    blanks(false);
    take(';');
    return value;
  }

  std::string word() {
    if (take('"')) {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
      if (at_ >= text_.size()) throw Stop{begin - 1, "a string is not closed"};
      return std::string(text_.substr(begin, at_++ - begin));
    }
    const size_t begin = at_;
    at_ = std::min(text_.find_first_of(" \t\r\n(){}:;,\"", at_), text_.size());
    if (at_ == begin) throw Stop{begin, fmt::format("unexpected '{}'", text_[begin])};
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Skips spaces, continued lines and comments, and with `lines` also line ends.
  void blanks(bool lines) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
        ++at_;
      } else if (c == '\\') {
        const size_t next = text_.find_first_not_of(" \t\r", at_ + 1);
        if (next == std::string_view::npos || text_[next] != '\n') return;
        at_ = next + 1;
      } else if (text_.substr(at_, 2) == "/*") {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) throw Stop{at_, "a comment is not closed"};
        at_ = end + 2;
      } else if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  int depth_;
  size_t at_ = 0;
};

}  // namespace

tl::expected<Group, SyntaxError> parse_liberty(std::string_view text, int depth) {
  return Parser(text, depth).parse();
}

}  // namespace sparq::synth
