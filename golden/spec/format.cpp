// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sparq::spec {
namespace {

struct Named {
  std::string name;
  int window_bits;
  std::vector<int> placements;
};

const std::vector<Named>& named_sets() {
  static const std::vector<Named> sets = {{"5opt", 4, {0, 1, 2, 3, 4}},
                                          {"3opt", 4, {0, 2, 4}},
                                          {"2opt", 4, {0, 4}},
                                          {"6opt", 3, {0, 1, 2, 3, 4, 5}},
                                          {"7opt", 2, {0, 1, 2, 3, 4, 5, 6}}};
  return sets;
}

bool contains(const std::vector<int>& set, int value) {
  return std::find(set.begin(), set.end(), value) != set.end();
}

// "0,2,4" -> {0, 2, 4}; nothing when it is not a comma-separated list of small integers.
std::optional<std::vector<int>> parse_list(std::string_view text) {
  std::vector<int> list;
  while (true) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    list.push_back(value);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) return list;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
}

class Resolver {
 public:
  Resolver(const std::string& where, const std::string& prefix) : where_(where), prefix_(prefix) {}

  void problem(std::string_view field, std::string value, std::string allowed) {
    // Flags are spelled with dashes, config keys with underscores.
    std::string name = prefix_ + std::string(field);
    if (prefix_ == "--") std::replace(name.begin(), name.end(), '_', '-');
    problems_.push_back({where_, std::move(name), std::move(value), std::move(allowed)});
  }

  void set_widths(const FormatFields& fields, Format& format);
  void check_rules(const Format& format, const std::string& text);
  void check_baseline(const FormatFields& fields, Format& format);

  Problems take() { return std::move(problems_); }
  bool clean() const { return problems_.empty(); }

 private:
  const std::string& where_;
  const std::string& prefix_;
  Problems problems_;
};

void Resolver::set_widths(const FormatFields& fields, Format& format) {
  const int a = format.activation_bits;
  const std::string text = fields.placements.value_or("5opt");
  const auto& sets = named_sets();
  const auto named =
      std::find_if(sets.begin(), sets.end(), [&](const Named& s) { return s.name == text; });
  if (named != sets.end()) {
    format.placements = named->placements;
    // With A given and no placements the default set cannot apply: say which key is missing.
    if (a != 8) {
      problem("placements", text,
              fmt::format("named sets are defined for activation_bits = 8 only; for {} bits give a "
                          "list from 0 to {}",
                          a, a - fields.window_bits.value_or(4)));
    }
    if (fields.window_bits && *fields.window_bits != named->window_bits) {
      problem("window_bits", std::to_string(*fields.window_bits),
              fmt::format("{} implies a window of {} bits", text, named->window_bits));
    }
    format.window_bits = named->window_bits;
    return;
  }
  const auto list = parse_list(text);
  if (!list) {
    problem("placements", text,
            fmt::format("must be one of {} or an ascending list of shifts such as 0,2,4",
                        fmt::join(placement_names(), ", ")));
    return;
  }
  format.placements = *list;
  format.window_bits = fields.window_bits.value_or(4);
  check_rules(format, text);
}

void Resolver::check_rules(const Format& format, const std::string& text) {
  const int a = format.activation_bits;
  const int n = format.window_bits;
  const std::vector<int>& s = format.placements;
  if (n < 1 || n >= a) {
    problem("window_bits", std::to_string(n),
            fmt::format("must be 1..{} (below activation_bits)", a - 1));
    return;
  }
  if (std::adjacent_find(s.begin(), s.end(), std::greater_equal<>()) != s.end()) {
    problem("placements", text, "must be strictly ascending");
    return;
  }
  if (s.front() < 0 || s.back() > a - n) {
    problem("placements", text,
            fmt::format("every shift must be 0..{} (activation_bits - window_bits)", a - n));
  }
  if (!contains(s, 0) || !contains(s, a - n)) {
    problem("placements", text,
            fmt::format("must contain 0 and activation_bits - window_bits = {}", a - n));
  }
  const auto gap_above = [](const std::vector<int>& set, int most) {
    return std::adjacent_find(set.begin(), set.end(),
                              [=](int lo, int hi) { return hi - lo > most; }) != set.end();
  };
  if (gap_above(s, n)) {
    problem("placements", text,
            fmt::format("neighbours must differ by at most window_bits = {}", n));
  }
  if (format.vsparq && 2 * n < a) {
    const std::vector<int> s2 = pair_placements(format);
    if (!contains(s2, 0) || !contains(s2, a - 2 * n) || gap_above(s2, 2 * n)) {
      problem("placements", text,
              fmt::format("with vsparq and 2 x window_bits < activation_bits, the pair placements "
                          "{{s : s and s + {} in the list}} must contain 0 and {} with gaps of at "
                          "most {}; here they are {{{}}}",
                          n, a - 2 * n, 2 * n, fmt::join(s2, ",")));
    }
  }
}

void Resolver::check_baseline(const FormatFields& fields, Format& format) {
  const std::string_view kind = to_text(format.kind);
  const auto unused = [&](std::string_view field, std::string value) {
    problem(field, std::move(value), fmt::format("has no meaning for kind {}; leave it out", kind));
  };
  if (fields.window_bits) unused("window_bits", std::to_string(*fields.window_bits));
  if (fields.placements) unused("placements", *fields.placements);
  if (fields.rounding) unused("rounding", std::string(to_text(*fields.rounding)));
  if (fields.vsparq) unused("vsparq", *fields.vsparq ? "true" : "false");
  format.placements.clear();
  format.vsparq = false;
  format.window_bits = format.kind == Kind::kInt8 ? format.activation_bits : 4;
  if (format.kind == Kind::kInt4x8 && format.activation_bits <= 4) {
    problem("activation_bits", std::to_string(format.activation_bits),
            fmt::format("must be 5..{} for kind int4x8", kMaxActivationBits));
  }
}

}  // namespace

const std::vector<std::string>& placement_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Named& set : named_sets()) out.push_back(set.name);
    return out;
  }();
  return names;
}

Checked<Format> resolve(const FormatFields& fields, const std::string& where,
                        const std::string& prefix) {
  Resolver resolver(where, prefix);
  Format format;
  format.kind = fields.kind.value_or(Kind::kSparq);
  format.activation_bits = fields.activation_bits.value_or(8);
  format.signed_activations = fields.signed_activations.value_or(false);
  format.rounding = fields.rounding.value_or(Rounding::kNearest);
  format.vsparq = fields.vsparq.value_or(true);
  const int a = format.activation_bits;
  if (a < kMinActivationBits || a > kMaxActivationBits) {
    resolver.problem("activation_bits", std::to_string(a),
                     fmt::format("must be {}..{}", kMinActivationBits, kMaxActivationBits));
    return tl::unexpected(resolver.take());
  }
  if (format.kind == Kind::kSparq) {
    resolver.set_widths(fields, format);
  } else {
    resolver.check_baseline(fields, format);
  }
  if (!resolver.clean()) return tl::unexpected(resolver.take());
  return format;
}

std::vector<int> pair_placements(const Format& format) {
  std::vector<int> s2;
  for (const int s : format.placements) {
    if (contains(format.placements, s + format.window_bits)) s2.push_back(s);
  }
  return s2;
}

bool survivor_is_exact(const Format& format) {
  return 2 * format.window_bits >= format.activation_bits;
}

int k_per_word(const Format& format) { return format.kind == Kind::kInt8 ? 1 : 2; }

namespace {

std::string unsigned_name(const Format& format) {
  if (format.kind != Kind::kSparq) {
    const std::string kind(to_text(format.kind));
    return format.activation_bits == 8 ? kind : fmt::format("{}_a{}", kind, format.activation_bits);
  }
  if (format.activation_bits == 8) {
    for (const Named& set : named_sets()) {
      if (set.window_bits == format.window_bits && set.placements == format.placements) {
        return set.name;
      }
    }
  }
  return fmt::format("a{}n{}s{}", format.activation_bits, format.window_bits,
                     fmt::join(format.placements, "_"));
}

}  // namespace

std::string short_name(const Format& format) {
  return unsigned_name(format) + (format.signed_activations ? "_signed" : "");
}

std::string full_name(const Format& format) {
  if (format.kind != Kind::kSparq) return short_name(format);
  return fmt::format("{}-{}{}", short_name(format), to_text(format.rounding),
                     format.vsparq ? "" : "-novsparq");
}

std::string_view to_text(Kind kind) {
  constexpr std::array<std::string_view, 3> names = {"sparq", "int8", "int4x8"};
  return names.at(static_cast<size_t>(kind));
}

std::string_view to_text(Rounding rounding) {
  return rounding == Rounding::kTrim ? "trim" : "nearest";
}

std::optional<Kind> kind_from(std::string_view text) {
  for (const Kind kind : {Kind::kSparq, Kind::kInt8, Kind::kInt4x8}) {
    if (to_text(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<Rounding> rounding_from(std::string_view text) {
  for (const Rounding rounding : {Rounding::kTrim, Rounding::kNearest}) {
    if (to_text(rounding) == text) return rounding;
  }
  return std::nullopt;
}

}  // namespace sparq::spec
