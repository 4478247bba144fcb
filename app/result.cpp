// SPDX-License-Identifier: Apache-2.0
#include "app/result.h"

#include <fmt/format.h>

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

std::string file_text(const nlohmann::json& result) {
  return result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

ResultFile::ResultFile(const CommonFlags& flags, spec::Problems& problems) {
  if (flags.json.empty()) return;
  auto file = host::OutputFile::open(flags.json, "--json");
  if (collect(file, problems)) file_ = *std::move(file);
}

spec::Checked<void> ResultFile::write(const nlohmann::json& result) {
  if (!file_) return {};
  return file_->write(file_text(result));
}

spec::Checked<void> ResultFile::commit() { return file_ ? file_->commit() : spec::Checked<void>{}; }

void collect_clash(const std::string& field, const std::string& output, const CommonFlags& flags,
                   spec::Problems& problems) {
  const auto clashes = host::clashes({{field, output}, {"--json", flags.json}});
  problems.insert(problems.end(), clashes.begin(), clashes.end());
}

void warn(const std::string& text) { host::print_error("warning: " + text); }

void warn_of_narrow_accumulator(const std::string& config_file, const spec::Config& config) {
  constexpr int64_t kUsualK = 4608;  // a 3x3 convolution over 512 channels
  const int64_t safe_k = spec::safe_k(config);
  if (safe_k >= kUsualK) return;
  warn(fmt::format("{}: accumulator_bits = {}: a sum over more than K = {} can overflow and wrap",
                   config_file, config.accumulator_bits, safe_k));
}

}  // namespace sparq::app
