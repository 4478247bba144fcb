// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

#include "golden/spec/problem.h"

namespace sparq::golden {

// Problems of one kind, of which a large file may have millions: the first few, then their number.
class FirstProblems {
 public:
  void add(const std::string& where, std::string field, std::string value, std::string allowed) {
    if (++count_ > kShown) return;
    problems_.push_back({where, std::move(field), std::move(value), std::move(allowed)});
  }

  bool empty() const { return count_ == 0; }

  // `things`: what there are more of, "groups".
  spec::Problems take(const std::string& where, const std::string& things) {
    if (count_ > kShown) {
      problems_.push_back({where, "", "", fmt::format("and {} more {}", count_ - kShown, things)});
    }
    return std::move(problems_);
  }

 private:
  static constexpr size_t kShown = 8;
  spec::Problems problems_;
  size_t count_ = 0;
};

}  // namespace sparq::golden
