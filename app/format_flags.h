// SPDX-License-Identifier: Apache-2.0
// The flags that state a number format, the same wherever one is taken.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "golden/spec/config.h"

namespace sparq::app {

// As the user wrote them; what they mean is checked in resolve(), all at once.
struct FormatFlags {
  std::optional<std::string> file;
  std::optional<std::string> placements;
  std::optional<std::string> window;
  std::optional<std::string> activation_bits;
  std::optional<std::string> rounding;
  bool signed_activations = false;
  bool vsparq = false;
  bool no_vsparq = false;

  // The flags given, "--window, --rounding"; empty when none is.
  std::string given() const;
};

void add_format_flags(CLI::App& subcommand, FormatFlags& flags);

spec::Checked<spec::Format> resolve(const FormatFlags& flags);

// The config of `config_file` when given, else the default one (a 16x16 output-stationary array)
// with the format of the flags. Format flags beside a config are a problem.
spec::Checked<spec::Config> resolve(const FormatFlags& flags,
                                    const std::optional<std::string>& config_file);

}  // namespace sparq::app
