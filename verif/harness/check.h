// SPDX-License-Identifier: Apache-2.0
// What a check is told and what it reports; the unit checks and the array checks share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sparq::verif {

enum class Level {
  kQuick,  // a minute or less
  kFull,   // every raw operand tuple where there are at most 2^32
};

struct CheckOptions {
  Level level = Level::kQuick;
  uint64_t seed = 1;               // of every random stimulus; printed with a mismatch
  int jobs = 1;                    // processes and threads at a time
  std::filesystem::path case_dir;  // an existing directory; a failure leaves a case file there
};

// Of a module: planted one at a time in its gates.
struct MutantCounts {
  uint64_t possible = 0;    // that the gates have; `cases` of them were run
  uint64_t noticed = 0;     // by the bench
  uint64_t equivalent = 0;  // by exhaustion or proof; neither: a hole
};

struct Check {
  std::string module = {};  // the emitted module under test
  std::string kind = {};    // "exhaustive", "random", "sequence", "lint", ...
  std::string title = {};   // one line: what was covered
  uint64_t cases = 0;       // input vectors or tool runs; a check of 0 cases has failed
  bool passed = false;
  double seconds = 0;
  std::string detail = {};               // empty, or the first mismatch, several lines
  std::filesystem::path case_file = {};  // empty, or what --case reruns
  std::string skipped = {};              // why it was not run; empty: it was

  std::optional<int> bound = {};             // cycles that a bounded proof covers
  std::optional<MutantCounts> mutants = {};  // of kind "mutation"

  bool failed() const { return !passed && skipped.empty(); }
};

}  // namespace sparq::verif
