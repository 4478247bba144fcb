// SPDX-License-Identifier: Apache-2.0
// Configurations and formats as JSON, and the digest that names them.
#pragma once

#include <string>
#include <string_view>

#include "golden/spec/config.h"

namespace sparq::spec {

inline constexpr int kSchemaVersion = 1;

// `text` is JSON with // and /* */ comments; `where` names it in problems. Unknown and repeated
// keys are problems; malformed JSON is reported with line and column.
Checked<Config> parse_config(std::string_view text, const std::string& where);

// A format file: the object under "format" in a config, by itself.
Checked<Format> parse_format(std::string_view text, const std::string& where);

// Reads and parses; a file that cannot be read is a problem.
Checked<Config> load_config(const std::string& path);
Checked<Format> load_format(const std::string& path);

// The canonical form: every key, sorted, defaults filled in, placements as a list, no white space.
// It parses back to an equal Config.
std::string canonical_json(const Config& config);

// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

// sha256(canonical_json(config)).
std::string digest(const Config& config);

}  // namespace sparq::spec
