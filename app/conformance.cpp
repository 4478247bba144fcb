// SPDX-License-Identifier: Apache-2.0
// sparq conformance: vectors for implementations of somebody else's, and their grades.
#include "verif/conformance/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/subcommands.h"
#include "app/version.h"
#include "golden/spec/config_json.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(The files are stated in docs/conformance.md: integers in JSON, the same in every run.

Example:
  sparq conformance emit -o vectors
  python3 my_sparq.py vectors/vectors.json answers.json
  sparq conformance grade answers.json --only value/ --only pair/5opt)";
constexpr const char* kEmitFooter =
    R"(Writes DIR/vectors.json (questions), DIR/expected.json (the golden model's answers, in the form that
grade reads) and DIR/manifest.json.

Example:
  sparq conformance emit -o vectors)";
constexpr const char* kGradeFooter =
    R"(Compares ANSWERS.json with the golden model and shows the first differences of every case. Exit
status 1 when there are any, 2 when an answer is missing or malformed.

Example:
  sparq conformance grade answers.json --only value/ --only pair/5opt)";

constexpr size_t kShown = 3;  // differences of a case

struct EmitOptions {
  CommonFlags common;
  std::string output;
};

struct GradeOptions {
  CommonFlags common;
  std::string answers;
  std::vector<std::string> only;
};

size_t values_of(const std::vector<verif::ConformanceCase>& cases) {
  size_t values = 0;
  for (const verif::ConformanceCase& one : cases) values += one.expected.size();
  return values;
}

host::Exit emit(const EmitOptions& options) {
  spec::Problems problems;
  auto directory = host::OutputDirectory::open(options.output);
  collect(directory, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", options.output, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  const auto cases = verif::conformance_cases();
  nlohmann::json result = new_result("conformance emit");
  result["cases"] = cases.size();
  result["values"] = values_of(cases);
  const nlohmann::ordered_json manifest = {{"schema_version", spec::kSchemaVersion},
                                           {"tool", {{"sparq", kVersion}}},
                                           {"command", "conformance emit"},
                                           {"files", {"vectors.json", "expected.json"}}};
  auto written =
      directory->write("vectors.json", verif::vectors_json(cases))
          .and_then([&] { return directory->write("expected.json", verif::expected_json(cases)); })
          .and_then([&] { return directory->write("manifest.json", file_text(manifest)); })
          .and_then([&] { return publish(*directory, result_file, result); });
  if (!written) return host::report(written.error());
  fmt::print("{} cases, {} values; written to {}\n", cases.size(), values_of(cases),
             options.output);
  return host::Exit::kDone;
}

void print_grade(const verif::CaseGrade& grade) {
  const verif::ConformanceCase& question = grade.question;
  if (grade.wrong.empty()) return;
  fmt::print("FAILED: {}: {} of {} values differ\n", question.name(), grade.wrong.size(),
             question.expected.size());
  for (size_t i = 0; i < std::min(kShown, grade.wrong.size()); ++i) {
    const auto& [index, got] = grade.wrong[i];
    fmt::print("  value {} ({}): expected {}, got {}\n", index, question.subject(index),
               question.expected[index], got);
  }
}

host::Exit grade(const GradeOptions& options) {
  spec::Problems problems;
  const auto grades = verif::grade_answers(options.answers, options.only);
  collect(grades, problems);
  ResultFile result_file(options.common, problems);
  if (!problems.empty()) return host::report(problems);

  nlohmann::json result = new_result("conformance grade");
  size_t values = 0;
  size_t failed = 0;
  for (const verif::CaseGrade& one : *grades) {
    print_grade(one);
    values += one.question.expected.size();
    failed += one.wrong.empty() ? 0 : 1;
    result["cases"].push_back({{"name", one.question.name()},
                               {"values", one.question.expected.size()},
                               {"wrong", one.wrong.size()}});
  }
  result["passed"] = failed == 0;
  auto written = result_file.write(result).and_then([&] { return result_file.commit(); });
  if (!written) return host::report(written.error());
  fmt::print("{} cases, {} values: {}\n", grades->size(), values,
             failed == 0 ? "all agree" : fmt::format("{} cases FAILED", failed));
  return failed == 0 ? host::Exit::kDone : host::Exit::kCheckFailed;
}

}  // namespace

void add_conformance(CLI::App& app, Run& run) {
  CLI::App* sub =
      app.add_subcommand("conformance", "Vectors for other implementations, and their grades");
  sub->require_subcommand(1);
  sub->footer(kFooter);

  CLI::App* emit_sub = sub->add_subcommand("emit", "Writes the vectors");
  const auto emit_options = std::make_shared<EmitOptions>();
  emit_sub->add_option("-o,--output", emit_options->output, "Output directory")
      ->required()
      ->type_name("DIR");
  add_common_flags(*emit_sub, emit_options->common, kEmitFooter);
  emit_sub->callback(
      [&run, emit_options] { run = [emit_options] { return emit(*emit_options); }; });

  CLI::App* grade_sub = sub->add_subcommand("grade", "Compares answers with the golden model");
  const auto grade_options = std::make_shared<GradeOptions>();
  grade_sub->add_option("answers", grade_options->answers, "The answers")
      ->required()
      ->type_name("ANSWERS.json");
  grade_sub
      ->add_option("--only", grade_options->only,
                   "Only cases whose names begin so; may be repeated")
      ->allow_extra_args(false)
      ->type_name("PREFIX");
  add_common_flags(*grade_sub, grade_options->common, kGradeFooter);
  grade_sub->callback(
      [&run, grade_options] { run = [grade_options] { return grade(*grade_options); }; });
}

}  // namespace sparq::app
