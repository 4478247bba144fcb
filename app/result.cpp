// SPDX-License-Identifier: Apache-2.0
#include "app/result.h"

#include "app/version.h"
#include "golden/spec/config_json.h"

namespace sparq::app {

void add_common_flags(CLI::App& subcommand, CommonFlags& flags, const std::string& footer) {
  subcommand.add_option("--json", flags.json, "Write the results to this JSON file")
      ->type_name("FILE");
  subcommand.add_flag("--quiet", flags.quiet, "No progress on stderr");
  subcommand.footer(footer);
}

nlohmann::json new_result(const std::string& command) {
  return {{"schema_version", spec::kSchemaVersion},
          {"tool", {{"sparq", kVersion}}},
          {"command", command}};
}

ResultFile::ResultFile(const CommonFlags& flags, spec::Problems& problems) {
  if (flags.json.empty()) return;
  auto file = host::OutputFile::open(flags.json, "--json");
  if (collect(file, problems)) file_ = *std::move(file);
}

spec::Checked<void> ResultFile::write(const nlohmann::json& result) {
  if (!file_) return {};
  if (auto written = file_->write(result.dump(2) + "\n"); !written) return written;
  return file_->commit();
}

void warn(const std::string& text) { host::print_error("warning: " + text); }

}  // namespace sparq::app
