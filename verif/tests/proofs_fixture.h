// SPDX-License-Identifier: Apache-2.0
// Designs, claims about them, and verdicts, for the tests of proofs.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "verif/formal/claims.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {

inline const gen::Output& sparq_5opt() {
  static const gen::Output output = generated(array_config(R"({"placements": "5opt"})", 2, 2));
  return output;
}
inline const gen::Output& sparq_6opt() {
  static const gen::Output output = generated(array_config(R"({"placements": "6opt"})", 2, 2));
  return output;
}
inline const gen::Output& int4x8() {
  static const gen::Output output = generated(array_config(R"({"kind": "int4x8"})", 2, 2));
  return output;
}
inline const gen::Output& int8() {
  static const gen::Output output = generated(array_config(R"({"kind": "int8"})", 2, 2));
  return output;
}

inline Check checked(const gen::Output& output, const Claim& claim) {
  auto check = prove(output, claim, std::chrono::minutes(5));
  if (!check) {
    host::report(check.error());
    throw std::runtime_error("cannot be tried");
  }
  return *std::move(check);
}

// The claims whose properties begin with `properties` and whose title has `title` in it.
inline std::vector<Claim> claims_of(const gen::Output& output, const std::string& properties,
                                    const std::string& title = "") {
  std::vector<Claim> all = claims(output, Level::kQuick);
  std::erase_if(all, [&](const Claim& claim) {
    return !claim.properties.starts_with(properties) ||
           claim.title.find(title) == std::string::npos;
  });
  if (all.empty()) throw std::runtime_error("no such claim: " + properties);
  return all;
}

inline std::string tensor_core(const std::string& kind, const std::string& format, int depth,
                               const std::string& more = "") {
  return R"({"schema_version": 1, "format": )" + format + R"(, "array": {"kind": ")" + kind +
         R"(", "rows": 2, "cols": 2, "depth": )" + std::to_string(depth) + "}" + more + "}";
}

}  // namespace sparq::verif
