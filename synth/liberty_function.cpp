// SPDX-License-Identifier: Apache-2.0
#include "synth/liberty_function.h"

#include <algorithm>
#include <cstddef>

namespace sparq::synth {
namespace {

constexpr size_t kMostInputs = 6;

// Every rule takes its operators and returns a table over all rows at once.
class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string>& inputs)
      : text_(text), inputs_(inputs) {}

  std::optional<TruthTable> whole() {
    const TruthTable result = any();
    skip();
    if (bad_ || at_ != text_.size()) return std::nullopt;
    return result;
  }

 private:
  TruthTable any() {
    TruthTable result = all();
    while (take('+') || take('|')) result |= all();
    return result;
  }
  TruthTable all() {
    TruthTable result = odd();
    for (skip(); at_ < text_.size() && text_.find_first_of(")+|", at_) != at_ && !bad_; skip()) {
      if (!take('*')) take('&');
      result &= odd();
    }
    return result;
  }
  TruthTable odd() {
    TruthTable result = one();
    while (take('^')) result ^= one();
    return result;
  }
  TruthTable one() {
    TruthTable result = 0;
    if (take('!')) {
      result = ~one();
    } else if (take('(')) {
      result = any();
      bad_ |= !take(')');
    } else {
      skip();
      const size_t end = std::min(text_.find_first_of(" \t!'()*&+|^", at_), text_.size());
      result = column(text_.substr(at_, end - at_));
      at_ = end;
    }
    while (take('\'')) result = ~result;
    return result;
  }
  TruthTable column(std::string_view name) {
    const auto input = std::find(inputs_.begin(), inputs_.end(), name);
    bad_ |= input == inputs_.end();
    TruthTable result = 0;
    for (unsigned row = 0; row < 1U << inputs_.size(); ++row) {
      result |= static_cast<TruthTable>((row >> (input - inputs_.begin())) & 1U) << row;
    }
    return result;
  }
  void skip() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  const std::vector<std::string>& inputs_;
  size_t at_ = 0;
  bool bad_ = false;
};

}  // namespace

std::optional<TruthTable> truth_table(std::string_view function,
                                      const std::vector<std::string>& inputs) {
  if (inputs.size() > kMostInputs) return std::nullopt;
  const auto rows = size_t{1} << inputs.size();
  const TruthTable used = rows == 64 ? ~TruthTable{0} : (TruthTable{1} << rows) - 1;
  const auto table = Parser(function, inputs).whole();
  if (!table) return std::nullopt;
  return *table & used;
}

}  // namespace sparq::synth
