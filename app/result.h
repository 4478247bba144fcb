// SPDX-License-Identifier: Apache-2.0
// What every subcommand shares: its flags, its JSON result, its problems.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/host/failure.h"
#include "app/host/output.h"
#include "app/host/progress.h"
#include "golden/spec/config.h"

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

// As a file holds it. A path in it need not be UTF-8.
std::string file_text(const nlohmann::json& result);

// The file of --json, opened before the work starts so that an unwritable name is found early.
class ResultFile {
 public:
  // Nothing when no file is wanted; problems are appended to `problems`.
  ResultFile(const CommonFlags& flags, spec::Problems& problems);
  // The bytes; the file appears with commit(), after the other outputs have.
  spec::Checked<void> write(const nlohmann::json& result);
  spec::Checked<void> commit();

 private:
  std::optional<host::OutputFile> file_;
};

// Publishes an output that is written and the result beside it: nothing when either cannot be
// written.
template <class Output>
spec::Checked<void> publish(Output& output, ResultFile& file, const nlohmann::json& result) {
  return file.write(result).and_then([&] { return output.commit(); }).and_then([&] {
    return file.commit();
  });
}

// Appends the problems of `checked`, if any, and says whether there are none.
template <class T>
bool collect(const spec::Checked<T>& checked, spec::Problems& problems) {
  if (!checked) problems.insert(problems.end(), checked.error().begin(), checked.error().end());
  return checked.has_value();
}

// Appends a problem when --json names a file that `field` writes too.
void collect_clash(const std::string& field, const std::string& output, const CommonFlags& flags,
                   spec::Problems& problems);

// The whole of `text` as an integer.
template <class T>
std::optional<T> parse_integer(const std::string& text) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec == std::errc{} && parsed.ptr == end) return value;
  return std::nullopt;
}

// On stderr: "sparq: warning: ...".
void warn(const std::string& text);

// Warns when the accumulators cannot hold the sums of usual layers.
void warn_of_narrow_accumulator(const std::string& config_file, const spec::Config& config);

}  // namespace sparq::app
