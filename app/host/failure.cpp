// SPDX-License-Identifier: Apache-2.0
#include "app/host/failure.h"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>

namespace sparq::host {

std::string to_text(const ToolError& error) {
  std::string text = error.tool + ": " + error.reason;
  if (!error.package.empty()) {
    text += fmt::format("; the Debian package {} brings it", error.package);
  }
  std::istringstream lines(error.lines);
  for (std::string line; std::getline(lines, line);) text += "\n  | " + line;
  return text;
}

void print_error(const std::string& text) { std::fputs(("sparq: " + text + "\n").c_str(), stderr); }

Exit report(const Failure& failure) {
  if (const auto* error = std::get_if<ToolError>(&failure)) {
    print_error(to_text(*error));
    return Exit::kToolFailed;
  }
  for (const spec::Problem& problem : std::get<spec::Problems>(failure)) {
    print_error(spec::to_text(problem));
  }
  return Exit::kBadInput;
}

}  // namespace sparq::host
