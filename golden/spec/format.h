// SPDX-License-Identifier: Apache-2.0
// Number formats: widths, placement sets and every rule that makes them legal. Data, no arithmetic.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "golden/spec/problem.h"

namespace sparq::spec {

enum class Kind {
  kSparq,   // dynamic windows (Shomron et al., NeurIPS 2021)
  kInt8,    // the conventional full-width unit, "8b-8b"
  kInt4x8,  // static 4-bit activations, "2x4b-8b": q = min(RNE(x / 2^(A-4)), 15);
            // signed activations: RNE(x / 2^(A-4)) clamped to -8..7
};

enum class Rounding { kTrim, kNearest };

struct Format {
  Kind kind = Kind::kSparq;
  int activation_bits = 8;  // A, 4..16
  // Extension: activations are two's complement and the rules apply to magnitudes 0..2^(A-1).
  bool signed_activations = false;
  int window_bits = 4;                            // n, 1..A-1 (kSparq; 4 for kInt4x8; A for kInt8)
  std::vector<int> placements = {0, 1, 2, 3, 4};  // S, ascending shifts (kSparq only)
  Rounding rounding = Rounding::kNearest;         // kSparq only
  bool vsparq = true;                             // kSparq only

  bool operator==(const Format&) const = default;
};

// What a user stated; everything left out takes its default.
struct FormatFields {
  std::optional<Kind> kind = {};
  std::optional<int> activation_bits = {};
  std::optional<bool> signed_activations = {};
  std::optional<int> window_bits = {};
  std::optional<std::string> placements = {};  // "5opt" or "0,2,4"
  std::optional<Rounding> rounding = {};
  std::optional<bool> vsparq = {};
};

inline constexpr int kMinActivationBits = 4;
inline constexpr int kMaxActivationBits = 16;

// The paper's names, all for A = 8: 5opt, 3opt, 2opt (n = 4), 6opt (n = 3), 7opt (n = 2).
const std::vector<std::string>& placement_names();

// Fills in defaults and checks every rule; `where` and `prefix` (such as "format." or "--") name
// the source in problems. All problems are reported at once.
Checked<Format> resolve(const FormatFields& fields, const std::string& where,
                        const std::string& prefix);

// S2 = {s in S : s + n in S}: where a 2n-bit window may stand when the partner is zero and 2n < A.
std::vector<int> pair_placements(const Format& format);

// Elements of K that one encoded word stands for: 1 for int8, otherwise a pair, 2.
int k_per_word(const Format& format);

// True when a surviving activation is carried exactly (2n >= A).
bool survivor_is_exact(const Format& format);

// "5opt", "int8", "int4x8", or for custom sets "a10n4s0_3_6"; signed activations append "_signed".
// The rounding and the pair rule are not part of it.
std::string short_name(const Format& format);

// short_name plus rounding and, when off, the pair rule: "5opt-nearest", "5opt-trim-novsparq".
std::string full_name(const Format& format);

std::string_view to_text(Kind kind);          // "sparq", "int8", "int4x8"
std::string_view to_text(Rounding rounding);  // "trim", "nearest"
std::optional<Kind> kind_from(std::string_view text);
std::optional<Rounding> rounding_from(std::string_view text);

}  // namespace sparq::spec
