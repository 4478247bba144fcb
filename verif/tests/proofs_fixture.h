// SPDX-License-Identifier: Apache-2.0
// Designs, faults planted in them, claims about them, and verdicts, for the tests of proofs.
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
                                    const std::string& title = "", Level level = Level::kQuick) {
  std::vector<Claim> all = claims(output, level);
  std::erase_if(all, [&](const Claim& claim) {
    return !claim.properties.starts_with(properties) ||
           claim.title.find(title) == std::string::npos;
  });
  if (all.empty()) throw std::runtime_error("no such claim: " + properties);
  return all;
}

inline std::string weight_stationary(const std::string& format, const std::string& more = "") {
  return R"({"schema_version": 1, "format": )" + format +
         R"(, "array": {"kind": "systolic", "dataflow": "weight_stationary", "rows": 2, "cols": 2})" +
         more + "}";
}

inline std::string tensor_core(const std::string& kind, const std::string& format, int depth,
                               const std::string& more = "") {
  return R"({"schema_version": 1, "format": )" + format + R"(, "array": {"kind": ")" + kind +
         R"(", "rows": 2, "cols": 2, "depth": )" + std::to_string(depth) + "}" + more + "}";
}

inline const gen::Output& sparse_core() {
  static const gen::Output output =
      generated(tensor_core("sparse_tensor_core", R"({"placements": "5opt"})", 8));
  return output;
}

using Changes = std::vector<std::pair<std::string, std::string>>;

inline gen::Output changed(gen::Output output, const std::string& module, const Changes& changes) {
  const auto at =
      std::ranges::find_if(output.modules, [&](const auto& m) { return m.name.ends_with(module); });
  if (at == output.modules.end()) throw std::runtime_error("no module " + module);
  for (const auto& [from, to] : changes) {
    const size_t place = at->text.find(from);
    if (place == std::string::npos) throw std::runtime_error("not in the text: " + from);
    at->text.replace(place, from.size(), to);
  }
  return output;
}

struct Fault {
  const char* name;
  const gen::Output& (*design)();
  const char* module;
  Changes changes;
  const char* properties;
  const char* broken;  // what the counterexample must raise
  const char* inputs;  // what it must show; of an array: its title
};

}  // namespace sparq::verif
