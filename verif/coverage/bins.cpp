// SPDX-License-Identifier: Apache-2.0
#include "verif/coverage/bins.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "golden/spec/signature.h"

namespace sparq::verif {
namespace {

constexpr const char* kOnePlace = "two weights do not share a place";
constexpr int kRoundings = 6;
constexpr const char* kRounding[kRoundings] = {"exact",    "down",   "up",
                                               "tie down", "tie up", "saturated"};

// Window and rounding of a magnitude, as sparq_cover_pair numbers them.
int class_of(int x, int bits, const std::vector<int>& shifts, spec::Rounding rounding) {
  int code = 0;
  while (x >= 1 << (bits + shifts[static_cast<size_t>(code)])) ++code;
  const int step = 1 << shifts[static_cast<size_t>(code)];
  const int digit = x / step;
  const int twice_rest = 2 * (x % step);
  int kind = 2;
  if (twice_rest == 0) {
    kind = 0;
  } else if (rounding == spec::Rounding::kTrim || twice_rest < step) {
    kind = 1;
  } else if (twice_rest == step && digit % 2 == 0) {
    kind = 3;
  } else if (digit == (1 << bits) - 1) {
    kind = 5;
  } else if (twice_rest == step) {
    kind = 4;
  }
  return code * kRoundings + kind;
}

// The least magnitude of each class there is.
std::map<int, int> classes(const spec::Format& format, int bits, const std::vector<int>& shifts,
                           int least) {
  const int a = format.activation_bits;
  const int most = format.signed_activations ? 1 << (a - 1) : (1 << a) - 1;
  std::map<int, int> found;
  for (int x = least; x <= most; ++x) {
    found.try_emplace(class_of(x, bits, shifts, format.rounding), x);
  }
  return found;
}

void add_classes(Bins& bins, const std::string& who, const spec::Format& format, int bits,
                 const std::vector<int>& shifts, bool used, int least, unsigned needed) {
  const auto found = classes(format, bits, shifts, least);
  for (int c = 0; c < static_cast<int>(shifts.size()) * kRoundings; ++c) {
    const std::string why = !used               ? "there is no pair rule"
                            : found.contains(c) ? ""
                                                : "no activation rounds so in this window";
    bins.push_back(
        {fmt::format("{}, shift {}, {}", who, shifts[static_cast<size_t>(c / kRoundings)],
                     kRounding[c % kRoundings]),
         why, least == 0 && c == 0 ? 0 : needed});
  }
}

// The digits of signed int4x8: sign and rounding as sparq_cover_digits numbers them, each with the
// activation nearest to zero that falls there. A digit of 7 cannot round up, one of -8 is exact.
std::map<int, int> digit_classes(const spec::Format& format) {
  const int half = 1 << (format.activation_bits - 1);
  const std::vector<int> shift = {format.activation_bits - 4};
  std::map<int, int> found;
  for (int x = 0; x < half; ++x) {
    found.try_emplace(class_of(x, 3, shift, spec::Rounding::kNearest), x);
  }
  for (int x = 1; x <= half; ++x) {
    found.try_emplace(kRoundings + class_of(x, 4, shift, spec::Rounding::kNearest), -x);
  }
  return found;
}

uint16_t word_of(int x, const spec::Format& format) {
  return static_cast<uint16_t>(x & ((1 << format.activation_bits) - 1));
}

}  // namespace

Bins cross(const Bins& bins, const Bins& situations) {
  Bins all;
  for (const Bin& situation : situations) {
    for (const Bin& bin : bins) {
      Bin both = {bin.name + "; " + situation.name,
                  bin.unreachable.empty() ? situation.unreachable : bin.unreachable,
                  bin.needed | situation.needed, bin.offered & situation.offered};
      if (both.unreachable.empty() && (both.needed & ~both.offered) != 0) {
        both.unreachable = "an empty slot is a zero activation";
      }
      all.push_back(std::move(both));
    }
  }
  return all;
}

Bins moves() { return {{"passes", ""}, {"held", ""}}; }

Bins places_in_tile() {
  return {{"in the middle of a tile", ""},
          {"first step of a tile", ""},
          {"last step of a tile", ""},
          {"only step of a tile", ""}};
}

Bins places_in_set() { return {{"later step of a set", ""}, {"first step of a set", ""}}; }

Bins slots_in_use() {
  Bins bins = {{"empty group", "", 0, 0}};
  for (const unsigned slot : {0u, 1u}) {
    for (int at = 0; at < spec::kSparseGroup; ++at) {
      bins.push_back({fmt::format("slot {} alone, weight {}", slot, at), "", 0, 1u << slot});
    }
  }
  for (int first = 0; first < spec::kSparseGroup; ++first) {
    for (int second = 0; second < spec::kSparseGroup; ++second) {
      bins.push_back(
          {fmt::format("weights {} and {}", first, second), first == second ? kOnePlace : ""});
    }
  }
  return bins;
}

Bins tile_bins() {
  return {{"first step", ""},
          {"last step", ""},
          {"tile of one step", ""},
          {"first step right behind a last one", ""},
          {"held at a first step", ""},
          {"held at a last step", ""},
          {"held at a nonzero word", ""}};
}

Bins stream_bins() { return {{"accepted", ""}, {"waiting", ""}, {"nothing to offer", ""}}; }

Bins stage_bins(int stages) {
  Bins bins;
  for (int stage = 1; stage <= stages; ++stage) {
    for (const char* what :
         {"a step moves on", "a step is held", "a bubble moves on", "a bubble is held"}) {
      bins.push_back({fmt::format("stage {}: {}", stage, what), ""});
    }
  }
  return bins;
}

Bins sum_bins() {
  Bins bins;
  for (const char* addend : {"zero", "positive", "negative"}) {
    bins.push_back({fmt::format("C is {}, products add nothing or more", addend), ""});
    bins.push_back({fmt::format("C is {}, products subtract", addend), ""});
  }
  bins.push_back({"the sum wraps upwards", ""});
  bins.push_back({"the sum wraps downwards", ""});
  return bins;
}

Bins selection_bins() {
  Bins bins = {{"empty group", ""}};
  for (const int slot : {0, 1}) {
    for (int at = 0; at < spec::kSparseGroup; ++at) {
      for (const char* faced : {"zero", "not zero"}) {
        bins.push_back({fmt::format("slot {} alone, weight {} faces {}", slot, at, faced), ""});
      }
    }
  }
  for (int first = 0; first < spec::kSparseGroup; ++first) {
    for (int second = 0; second < spec::kSparseGroup; ++second) {
      for (const char* faced : {"both zero", "first zero", "second zero", "both nonzero"}) {
        bins.push_back({fmt::format("weights {} and {}, activations {}", first, second, faced),
                        first == second ? kOnePlace : ""});
      }
    }
  }
  return bins;
}

Bins set_bins() {
  return {{"first step of a set", ""},
          {"later step of a set", ""},
          {"set of one step", ""},
          {"first step right behind one of the set before", ""},
          {"load beside a step", ""},
          {"load beside a bubble", ""},
          {"load right behind a swap", ""},
          {"load beside a swap", "the next set waits until the complete one is in use"},
          {"held at a first step", ""},
          {"held at a later step", ""},
          {"held at a load", ""}};
}

Bins plain_bins() { return {{"zero word", ""}, {"nonzero word", ""}}; }

Bins word_bins(const spec::Format& format) {
  const std::vector<int>& shifts = format.placements;
  const PairWindows lone = lone_windows(format);
  const bool exact = spec::survivor_is_exact(format);
  const auto is_lone = [&](int lane, int shift) {
    if (!format.vsparq) return false;
    if (exact) return shift == (lane == 0 ? 0 : format.activation_bits - format.window_bits);
    const int low = lane == 0 ? shift : shift - format.window_bits;
    return std::find(lone.lone_shifts.begin(), lone.lone_shifts.end(), low) !=
           lone.lone_shifts.end();
  };
  Bins bins = {{"zero word", ""}};
  for (const char* who : {"both nonzero", "second is zero", "first is zero"}) {
    const bool both = who == std::string("both nonzero");
    for (const int lane : {0, 1}) {
      for (const int shift : shifts) {
        std::string why;
        if (!both && !format.vsparq) {
          why = "there is no pair rule";
        } else if (!both && !is_lone(lane, shift)) {
          why = "a survivor's digits never stand there";
        }
        bins.push_back({fmt::format("{}, lane {} at shift {}", who, lane, shift), why});
      }
    }
  }
  bins.push_back({"another code", "no encoder gives it"});
  return bins;
}

PairWindows lone_windows(const spec::Format& format) {
  if (!format.vsparq || spec::survivor_is_exact(format)) return {format.activation_bits, {0}};
  return {2 * format.window_bits, spec::pair_placements(format)};
}

Bins pair_bins(const spec::Format& format) {
  Bins bins = {{"both nonzero", "", 3},
               {"first is zero", "", 2},
               {"second is zero", "", 1},
               {"both zero", "", 0}};
  const PairWindows lone = lone_windows(format);
  // Without the pair rule a zero has a window of its own, like any other activation.
  const int least = format.vsparq ? 1 : 0;
  for (const unsigned i : {0u, 1u}) {
    add_classes(bins, i == 0 ? "first of both" : "second of both", format, format.window_bits,
                format.placements, true, least, format.vsparq ? 3 : 1u << i);
  }
  for (const unsigned i : {0u, 1u}) {
    add_classes(bins, i == 0 ? "first survivor" : "second survivor", format, lone.lone_bits,
                lone.lone_shifts, format.vsparq, 1, 1u << i);
  }
  return bins;
}

bool has_digits(const spec::Format& format) {
  return format.kind == spec::Kind::kInt4x8 && format.signed_activations;
}

Bins digit_bins(const spec::Format& format) {
  const auto found = digit_classes(format);
  Bins bins;
  for (const char* who : {"first", "second"}) {
    for (int c = 0; c < 2 * kRoundings; ++c) {
      bins.push_back({fmt::format("{}, {}, {}", who, c < kRoundings ? "not negative" : "negative",
                                  kRounding[c % kRoundings]),
                      found.contains(c) ? "" : "no activation of this sign rounds so"});
    }
  }
  return bins;
}

std::optional<spec::Format> windows(const spec::Format& format) {
  if (format.kind == spec::Kind::kSparq) return format;
  if (format.kind == spec::Kind::kInt8 || format.signed_activations) return std::nullopt;
  spec::Format fixed = format;
  fixed.kind = spec::Kind::kSparq;
  fixed.placements = {format.activation_bits - format.window_bits};
  fixed.rounding = spec::Rounding::kNearest;
  fixed.vsparq = false;
  return fixed;
}

std::vector<uint16_t> representatives(const spec::Format& wanted) {
  std::vector<uint16_t> list;
  if (has_digits(wanted)) {
    for (const auto& [unused, x] : digit_classes(wanted)) list.push_back(word_of(x, wanted));
    return list;
  }
  const auto windowed = windows(wanted);
  if (!windowed) return {1, static_cast<uint16_t>(1 << (wanted.activation_bits - 1))};
  const spec::Format& format = *windowed;
  const PairWindows lone = lone_windows(format);
  const auto add = [&](const std::map<int, int>& found) {
    for (const auto& [unused, x] : found) {
      list.push_back(word_of(format.signed_activations ? -x : x, format));
    }
  };
  add(classes(format, format.window_bits, format.placements, 1));
  add(classes(format, lone.lone_bits, lone.lone_shifts, 1));
  return list;
}

}  // namespace sparq::verif
