// SPDX-License-Identifier: Apache-2.0
// The files of the conformance kit.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "golden/spec/config_json.h"
#include "verif/conformance/conformance.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::ordered_json;

Json format_json(const spec::Format& format) {
  spec::Config config;
  config.format = format;
  return Json::parse(spec::canonical_json(config)).at("format");
}

// An object of one member, a list or an object whose items stand on a line each.
std::string lines(const std::string& member, char open, const std::vector<std::string>& items,
                  char close) {
  return fmt::format("{{\"schema_version\": {},\n\"{}\": {}\n{}\n{}}}\n", spec::kSchemaVersion,
                     member, open, fmt::join(items, ",\n"), close);
}

// Nothing, or what is wrong with an answer as such.
std::string malformed(const Json& answer, size_t values) {
  std::string wanted = fmt::format("must be a list of {} integers", values);
  if (!answer.is_array()) return wanted;
  if (answer.size() != values) return fmt::format("{}, not {} values", wanted, answer.size());
  for (size_t i = 0; i < values; ++i) {
    if (answer[i].is_number_integer()) continue;
    return fmt::format("{}; value {} is {}", wanted, i, answer[i].dump());
  }
  return "";
}

bool chosen(const std::string& name, const std::vector<std::string>& only) {
  return only.empty() || std::ranges::any_of(only, [&](const std::string& prefix) {
           return name.starts_with(prefix);
         });
}

spec::Checked<Json> load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return spec::fail(path, "", "", "cannot be read");
  Json json = Json::parse(file, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return spec::fail(path, "", "", "must be one JSON object");
  }
  if (json.value("schema_version", Json()) != spec::kSchemaVersion) {
    return spec::fail(path, "schema_version", json.value("schema_version", Json()).dump(),
                      fmt::format("must be {}", spec::kSchemaVersion));
  }
  if (!json.value("answers", Json()).is_object()) {
    return spec::fail(path, "answers", "", "must be an object of lists, by name of the case");
  }
  return json.at("answers");
}

}  // namespace

std::string vectors_json(const std::vector<ConformanceCase>& cases) {
  std::vector<std::string> items;
  for (const ConformanceCase& one : cases) {
    Json item = {{"name", one.name()},
                 {"rule", one.rule},
                 {"format", format_json(one.format)},
                 {"x", one.x}};
    if (one.k > 0) {
      item["m"] = one.x.size() / one.k;
      item["k"] = one.k;
      if (!one.w.empty()) {
        item["w"] = one.w;
        item["n"] = one.w.size() / one.k;
        item["accumulator_bits"] = one.accumulator_bits;
      }
    }
    items.push_back(item.dump());
  }
  return lines("cases", '[', items, ']');
}

std::string expected_json(const std::vector<ConformanceCase>& cases) {
  std::vector<std::string> items;
  for (const ConformanceCase& one : cases) {
    items.push_back(fmt::format("\"{}\": {}", one.name(), Json(one.expected).dump()));
  }
  return lines("answers", '{', items, '}');
}

spec::Checked<std::vector<CaseGrade>> grade_answers(const std::string& path,
                                                    const std::vector<std::string>& only) {
  spec::Problems problems;
  std::vector<ConformanceCase> cases = conformance_cases();
  for (const std::string& prefix : only) {
    const bool known = std::ranges::any_of(
        cases, [&](const ConformanceCase& one) { return one.name().starts_with(prefix); });
    if (!known) problems.push_back({"command line", "--only", prefix, "begins no case's name"});
  }
  std::erase_if(cases, [&](const ConformanceCase& one) { return !chosen(one.name(), only); });
  const auto answers = load(path);
  if (!answers) problems.insert(problems.end(), answers.error().begin(), answers.error().end());
  if (!problems.empty()) return tl::unexpected(std::move(problems));

  std::vector<CaseGrade> grades;
  for (ConformanceCase& one : cases) {
    const std::string name = one.name();
    const auto found = answers->find(name);
    const std::string fault = found == answers->end()
                                  ? fmt::format("is missing: {} integers", one.expected.size())
                                  : malformed(*found, one.expected.size());
    if (!fault.empty()) {
      problems.push_back({path, name, "", fault});
      continue;
    }
    CaseGrade grade = {std::move(one), {}};
    for (size_t i = 0; i < found->size(); ++i) {
      const auto got = (*found)[i].get<int64_t>();
      if (got != grade.question.expected[i]) grade.wrong.push_back({i, got});
    }
    grades.push_back(std::move(grade));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return grades;
}

}  // namespace sparq::verif
