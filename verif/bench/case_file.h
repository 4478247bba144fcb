// SPDX-License-Identifier: Apache-2.0
// A failure of a unit check as a JSON file: the rows that lead to it and what was expected, so that
// it can be run again alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "golden/spec/config.h"
#include "golden/spec/problem.h"
#include "verif/bench/vectors.h"

namespace sparq::verif {

struct CaseFile {
  std::string module;
  std::string config_digest;
  uint64_t seed;  // of registers that reset does not touch
  Vectors vectors;
};

std::string case_json(const CaseFile& contents);

// The module a case file of any kind is about, and the digest of its configuration.
struct CaseHead {
  std::string module;
  std::string config_digest;
};
spec::Checked<CaseHead> load_case_head(const std::filesystem::path& path);

spec::Checked<CaseFile> load_case(const std::filesystem::path& path);

}  // namespace sparq::verif
