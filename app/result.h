// SPDX-License-Identifier: Apache-2.0
// What every subcommand shares: its flags, its JSON result, its problems.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/host/failure.h"
#include "app/host/output.h"
#include "app/host/progress.h"

namespace sparq::app {

// The chosen subcommand, to be run once the command line has been parsed.
using Run = std::function<host::Exit()>;

struct CommonFlags {
  std::string json;  // --json FILE; empty: none wanted
  bool quiet = false;

  host::Verbosity verbosity() const {
    return quiet ? host::Verbosity::kQuiet : host::Verbosity::kNormal;
  }
};

// --json and --quiet, and the example that ends the subcommand's help.
void add_common_flags(CLI::App& subcommand, CommonFlags& flags, const std::string& footer);

// {"schema_version", "tool": {"sparq"}, "command"}: what every JSON result begins with.
nlohmann::json new_result(const std::string& command);

// The file of --json, opened before the work starts so that an unwritable name is found early.
class ResultFile {
 public:
  // Nothing when no file is wanted; problems are appended to `problems`.
  ResultFile(const CommonFlags& flags, spec::Problems& problems);
  spec::Checked<void> write(const nlohmann::json& result);

 private:
  std::optional<host::OutputFile> file_;
};

// Appends the problems of `checked`, if any, and says whether there are none.
template <class T>
bool collect(const spec::Checked<T>& checked, spec::Problems& problems) {
  if (!checked) problems.insert(problems.end(), checked.error().begin(), checked.error().end());
  return checked.has_value();
}

// On stderr: "sparq: warning: ...".
void warn(const std::string& text);

}  // namespace sparq::app
