// SPDX-License-Identifier: Apache-2.0
// Formats that the tests of the golden model go through.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "golden/spec/format.h"

namespace sparq::golden::testing {

// Aborts the test when the rules refuse it.
inline spec::Format format_of(const spec::FormatFields& fields) {
  const auto format = spec::resolve(fields, "test", "");
  if (!format) {
    ADD_FAILURE() << to_text(format.error().front());
    std::abort();
  }
  return *format;
}

inline spec::Format named(const std::string& placements,
                          spec::Rounding rounding = spec::Rounding::kNearest, bool vsparq = true) {
  return format_of({.placements = placements, .rounding = rounding, .vsparq = vsparq});
}

inline spec::Format baseline(spec::Kind kind, int activation_bits = 8) {
  return format_of({.kind = kind, .activation_bits = activation_bits});
}

inline spec::Format with_sign(spec::Format format) {
  format.signed_activations = true;
  return format;
}

// The five names x both roundings x pair rule on and off x unsigned and signed activations.
inline std::vector<spec::Format> named_formats() {
  std::vector<spec::Format> formats;
  for (const std::string& name : spec::placement_names()) {
    for (const auto rounding : {spec::Rounding::kTrim, spec::Rounding::kNearest}) {
      for (const bool vsparq : {true, false}) {
        formats.push_back(named(name, rounding, vsparq));
        formats.push_back(with_sign(formats.back()));
      }
    }
  }
  return formats;
}

// A random legal format of activation_bits bits, found by trying.
inline spec::Format random_format(int activation_bits, std::mt19937& random) {
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  while (true) {
    const int n = 1 + up_to(activation_bits - 2);
    std::string list = "0";
    for (int s = 1; s < activation_bits - n; ++s) {
      if (up_to(2) > 0) list.append(",").append(std::to_string(s));
    }
    list.append(",").append(std::to_string(activation_bits - n));
    const auto format =
        spec::resolve({.activation_bits = activation_bits,
                       .signed_activations = up_to(2) == 0,
                       .window_bits = n,
                       .placements = list,
                       .rounding = up_to(1) == 0 ? spec::Rounding::kTrim : spec::Rounding::kNearest,
                       .vsparq = up_to(1) == 0},
                      "test", "");
    if (format) return *format;
  }
}

}  // namespace sparq::golden::testing
