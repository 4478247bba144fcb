// SPDX-License-Identifier: Apache-2.0
// A report as Markdown and CSV, and beside an older one. All work on the JSON form, whose keys are
// stable: the older report comes from a file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/spec/problem.h"
#include "synth/liberty.h"

namespace sparq::synth {

// `report`: what to_json(Report) gives, in both.
std::string to_markdown(const nlohmann::json& report);

// One line per row of "designs"; each carries the library and the clock. A missing value is empty.
std::string to_csv(const nlohmann::json& report);

// A synth.json. Refused: a file that is not one, another library (by name or contents) or clock
// than the given ones, since areas then mean different things. `field` names the flag.
spec::Checked<nlohmann::json> load_report(const std::string& path, const std::string& field,
                                          const Library& library, double clock_ns);

// Whether both measured energy on the same operands, by the files' contents.
bool have_same_operands(const nlohmann::json& old, const nlohmann::json& now);

// {"name", "level", "figure", "old", "new", "change_percent"} of every figure that `old` and `now`
// give a design's level, in the order of `now`; then those of levels that only `old` has. null
// where one of them has none. Energies on different operands are left out.
nlohmann::json compare_reports(const nlohmann::json& old, const nlohmann::json& now);

// Of what compare_reports gives, for a terminal.
std::string to_table(const nlohmann::json& changes);

}  // namespace sparq::synth
