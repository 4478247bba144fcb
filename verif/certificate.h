// SPDX-License-Identifier: Apache-2.0
// What a verification run leaves behind as data: results for scripts, a certificate that says what
// exactly was checked with what, JUnit XML for build servers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gen/generate.h"
#include "verif/harness/check.h"

namespace sparq::verif {

struct Report {
  std::vector<Check> checks;
  std::map<std::string, std::string> tools;  // name -> version, "sparq" among them
  double seconds = 0;

  // No check failed, and at least one was run.
  bool passed() const;
  int64_t skipped() const;  // checks that were left out
};

// SHA-256 over every module in the order of the file list, each contributing its file name, a
// newline, its size in bytes as a decimal number, a newline, and its bytes.
std::string rtl_digest(const gen::Output& output);

// The objects of verify.json and certificate.json, as text.
std::string results_json(const gen::Output& output, const CheckOptions& options,
                         const Report& report);
std::string certificate_json(const gen::Output& output, const CheckOptions& options,
                             const Report& report);

std::string junit_xml(const gen::Output& output, const Report& report);

}  // namespace sparq::verif
