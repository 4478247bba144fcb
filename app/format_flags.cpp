// SPDX-License-Identifier: Apache-2.0
#include "app/format_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "app/result.h"
#include "golden/spec/config_json.h"

namespace sparq::app {
namespace {

constexpr const char* kWhere = "command line";

std::optional<int> integer(const std::optional<std::string>& text, const char* flag,
                           spec::Problems& problems) {
  if (!text) return std::nullopt;
  const auto value = parse_integer<int>(*text);
  if (!value) problems.push_back({kWhere, flag, *text, "must be an integer"});
  return value;
}

}  // namespace

std::string FormatFlags::given() const {
  std::vector<std::string> names;
  if (file) names.emplace_back("--format");
  if (placements) names.emplace_back("--placements");
  if (window) names.emplace_back("--window");
  if (activation_bits) names.emplace_back("--activation-bits");
  if (signed_activations) names.emplace_back("--signed-activations");
  if (rounding) names.emplace_back("--rounding");
  if (vsparq) names.emplace_back("--vsparq");
  if (no_vsparq) names.emplace_back("--no-vsparq");
  return fmt::format("{}", fmt::join(names, ", "));
}

void add_format_flags(CLI::App& subcommand, FormatFlags& flags) {
  const auto add = [&](const char* name, std::optional<std::string>& value, const char* type,
                       const char* help) {
    subcommand.add_option(name, value, help)->type_name(type)->group("Format");
  };
  add("--format", flags.file, "FILE.json", "The format, as the object \"format\" of a config");
  add("--placements", flags.placements, "NAME|LIST",
      "Shifts S a window may take: 5opt (default), 3opt, 2opt, 6opt, 7opt, or a list such as "
      "0,2,4");
  add("--window", flags.window, "N",
      "Window width n in bits, 1..A-1 (default 4; a name implies it)");
  add("--activation-bits", flags.activation_bits, "A",
      "Activation width A in bits, 4..16 (default 8)");
  subcommand
      .add_flag("--signed-activations", flags.signed_activations,
                "Extension: activations are two's complement; windows apply to magnitudes, digits "
                "carry the sign")
      ->group("Format");
  add("--rounding", flags.rounding, "trim|nearest",
      "trim: floor(x / 2^s); nearest (default): ties to even, at most 2^n - 1");
  subcommand
      .add_flag("--vsparq", flags.vsparq,
                "Pair rule on (default): beside a zero partner an activation gets 2n bits")
      ->group("Format");
  subcommand.add_flag("--no-vsparq", flags.no_vsparq, "Pair rule off")->group("Format");
}

spec::Checked<spec::Format> resolve(const FormatFlags& flags) {
  if (flags.file) {
    FormatFlags others = flags;
    others.file.reset();
    auto format = spec::load_format(*flags.file);
    const std::string beside = others.given();
    if (beside.empty()) return format;
    spec::Problems problems = {
        {kWhere, "--format", *flags.file, "cannot be combined with " + beside}};
    collect(format, problems);
    return tl::unexpected(std::move(problems));
  }
  spec::Problems problems;
  spec::FormatFields fields;
  fields.placements = flags.placements;
  fields.window_bits = integer(flags.window, "--window", problems);
  fields.activation_bits = integer(flags.activation_bits, "--activation-bits", problems);
  if (flags.signed_activations) fields.signed_activations = true;
  if (flags.rounding) {
    fields.rounding = spec::rounding_from(*flags.rounding);
    if (!fields.rounding) {
      problems.push_back({kWhere, "--rounding", *flags.rounding, "must be trim or nearest"});
    }
  }
  if (flags.vsparq && flags.no_vsparq) {
    problems.push_back({kWhere, "--vsparq", "", "cannot be combined with --no-vsparq"});
  } else if (flags.vsparq || flags.no_vsparq) {
    fields.vsparq = flags.vsparq;
  }
  auto format = spec::resolve(fields, kWhere, "--");
  collect(format, problems);
  if (problems.empty()) return format;
  for (spec::Problem& problem : problems) {
    if (problem.field == "--window-bits") problem.field = "--window";
  }
  return tl::unexpected(std::move(problems));
}

spec::Checked<spec::Config> resolve(const FormatFlags& flags,
                                    const std::optional<std::string>& config_file) {
  if (config_file) {
    auto config = spec::load_config(*config_file);
    const std::string beside = flags.given();
    if (beside.empty()) return config;
    spec::Problems problems = {{kWhere, "--config", *config_file,
                                "states the format and cannot be combined with " + beside}};
    collect(config, problems);
    return tl::unexpected(std::move(problems));
  }
  const auto format = resolve(flags);
  if (!format) return tl::unexpected(format.error());
  spec::ConfigFields fields;
  const spec::Format& f = *format;
  fields.format.kind = f.kind;
  fields.format.activation_bits = f.activation_bits;
  fields.format.signed_activations = f.signed_activations;
  if (f.kind == spec::Kind::kSparq) {
    fields.format.window_bits = f.window_bits;
    fields.format.placements = fmt::format("{}", fmt::join(f.placements, ","));
    fields.format.rounding = f.rounding;
    fields.format.vsparq = f.vsparq;
  }
  return spec::resolve(fields, kWhere);
}

}  // namespace sparq::app
