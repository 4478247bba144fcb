// SPDX-License-Identifier: Apache-2.0
// Every rule of a format or a configuration, broken once.
#include "golden/spec/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "golden/spec/config_json.h"
#include "golden/spec/pair_layout.h"
#include "golden/spec/signature.h"

namespace sparq::spec {
namespace {

// All problems of a configuration, one per line; empty when it is legal.
std::string problems_of(std::string_view json) {
  const auto config = parse_config(json, "c.json");
  std::string text;
  if (!config) {
    for (const Problem& problem : config.error()) text += to_text(problem) + "\n";
  }
  return text;
}

std::string format_problems(std::string_view format) {
  return problems_of("{\"format\": {" + std::string(format) + "}}");
}

Config config_of(std::string_view json) {
  const auto config = parse_config(json, "c.json");
  EXPECT_TRUE(config) << to_text(config.error()[0]);
  return config ? *config : Config{};
}

struct Broken {
  const char* json;
  const char* message;
};

class BrokenRule : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenRule, IsTheOneProblem) {
  EXPECT_EQ(problems_of(GetParam().json), std::string("c.json: ") + GetParam().message + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Format, BrokenRule,
    ::testing::Values(
        Broken{R"({"format": {"activation_bits": 3}})",
               "format.activation_bits = 3: must be 4..16"},
        Broken{R"({"format": {"activation_bits": 17}})",
               "format.activation_bits = 17: must be 4..16"},
        Broken{R"({"format": {"activation_bits": 10}})",
               "format.placements = 5opt: named sets are defined for activation_bits = 8 only; for "
               "10 bits give a list from 0 to 6"},
        Broken{R"({"format": {"placements": "5opt", "window_bits": 3}})",
               "format.window_bits = 3: 5opt implies a window of 4 bits"},
        Broken{R"({"format": {"placements": "4opt"}})",
               "format.placements = 4opt: must be one of 5opt, 3opt, 2opt, 6opt, 7opt or an "
               "ascending list of shifts such as 0,2,4"},
        Broken{R"({"format": {"placements": [0, 4], "window_bits": 8}})",
               "format.window_bits = 8: must be 1..7 (below activation_bits)"},
        Broken{R"({"format": {"placements": [0, 4], "window_bits": 0}})",
               "format.window_bits = 0: must be 1..7 (below activation_bits)"},
        Broken{R"({"format": {"placements": [0, 2, 2, 4]}})",
               "format.placements = 0,2,2,4: must be strictly ascending"},
        Broken{R"({"format": {"placements": [0, 4, 5]}})",
               "format.placements = 0,4,5: every shift must be 0..4 (activation_bits - "
               "window_bits)"},
        Broken{R"({"format": {"placements": [1, 4]}})",
               "format.placements = 1,4: must contain 0 and activation_bits - window_bits = 4"},
        Broken{R"({"format": {"placements": [0, 3]}})",
               "format.placements = 0,3: must contain 0 and activation_bits - window_bits = 4"},
        Broken{R"({"format": {"activation_bits": 9, "window_bits": 4, "placements": [0, 5],
                   "vsparq": false}})",
               "format.placements = 0,5: neighbours must differ by at most window_bits = 4"},
        Broken{R"({"format": {"window_bits": 3, "placements": [0, 2, 5]}})",
               "format.placements = 0,2,5: with vsparq and 2 x window_bits < activation_bits, the "
               "pair placements {s : s and s + 3 in the list} must contain 0 and 2 with gaps of at "
               "most 6; here they are {2}"},
        Broken{
            R"({"format": {"placements": []}})",
            "format.placements = []: must be a name such as \"5opt\" or a list of shifts such as "
            "[0, 2, 4]"},
        Broken{R"({"format": {"kind": "int8", "window_bits": 8}})",
               "format.window_bits = 8: has no meaning for kind int8; leave it out"},
        Broken{R"({"format": {"kind": "int8", "vsparq": true}})",
               "format.vsparq = true: has no meaning for kind int8; leave it out"},
        Broken{R"({"format": {"kind": "int4x8", "placements": "5opt"}})",
               "format.placements = 5opt: has no meaning for kind int4x8; leave it out"},
        Broken{R"({"format": {"kind": "int4x8", "rounding": "trim"}})",
               "format.rounding = trim: has no meaning for kind int4x8; leave it out"},
        Broken{R"({"format": {"kind": "int4x8", "activation_bits": 4}})",
               "format.activation_bits = 4: must be 5..16 for kind int4x8"}));

INSTANTIATE_TEST_SUITE_P(
    Config, BrokenRule,
    ::testing::Values(
        Broken{R"({"schema_version": 2})", "schema_version = 2: must be 1"},
        Broken{R"({"weight_bits": 1})", "weight_bits = 1: must be 2..16"},
        Broken{R"({"weight_bits": 17, "accumulator_bits": 40})", "weight_bits = 17: must be 2..16"},
        Broken{R"({"accumulator_bits": 16})",
               "accumulator_bits = 16: must be 18..64 (activation_bits + weight_bits + 2 holds two "
               "steps)"},
        Broken{R"({"accumulator_bits": 65})",
               "accumulator_bits = 65: must be 18..64 (activation_bits + weight_bits + 2 holds two "
               "steps)"},
        Broken{R"({"array": {"rows": 0}})", "array.rows = 0: must be 1..1024"},
        Broken{R"({"array": {"cols": 1025}})", "array.cols = 1025: must be 1..1024"},
        Broken{R"({"array": {"cluster_cols": 0}})", "array.cluster_cols = 0: must be 1..1024"},
        Broken{R"({"array": {"cluster_cols": 2, "dataflow": "weight_stationary"}})",
               "array.cluster_cols = 2: has no meaning for weight_stationary; leave it out"},
        Broken{R"({"array": {"cluster_cols": 2, "kind": "tensor_core"}})",
               "array.cluster_cols = 2: has no meaning for tensor_core; leave it out"},
        Broken{R"({"array": {"kind": "ring"}})",
               "array.kind = \"ring\": must be systolic, tensor_core or sparse_tensor_core"},
        Broken{R"({"array": {"dataflow": "row_stationary"}})",
               "array.dataflow = \"row_stationary\": must be output_stationary or "
               "weight_stationary"},
        Broken{R"({"array": {"kind": "tensor_core", "dataflow": "weight_stationary"}})",
               "array.dataflow = weight_stationary: has no meaning for kind tensor_core; leave it "
               "out"},
        Broken{R"({"array": {"depth": 4}})",
               "array.depth = 4: has no meaning for kind systolic; leave it out"},
        Broken{R"({"array": {"kind": "tensor_core", "depth": 7}})",
               "array.depth = 7: must be a multiple of 2"},
        Broken{R"({"array": {"kind": "sparse_tensor_core", "depth": 6}})",
               "array.depth = 6: must be a multiple of 4"},
        Broken{R"({"array": {"kind": "sparse_tensor_core", "depth": 68}})",
               "array.depth = 68: must be 4..64"},
        Broken{R"({"array": {"kind": "tensor_core", "rows": 65}})",
               "array.rows = 65: must be 1..64"},
        Broken{R"({"array": {"dataflow": "weight_stationary"}, "zero_gating": true})",
               "zero_gating = true: needs pipeline.after_multiply or after_reduce for "
               "weight_stationary: no other register can hold"},
        Broken{R"({"array": {"kind": "tensor_core"}, "zero_gating": true})",
               "zero_gating = true: needs pipeline.after_multiply or after_reduce for "
               "tensor_core: no other register can hold"},
        Broken{R"({"array": {"kind": "sparse_tensor_core"}, "zero_gating": true})",
               "zero_gating = true: needs pipeline.after_multiply or after_reduce for "
               "sparse_tensor_core: no other register can hold"},
        Broken{R"({"array": {"kind": "sparse_tensor_core"}, "encoder": "none"})",
               "encoder = none: must be edge: with 2:4 weights the pairs depend on the selection "
               "inside"},
        Broken{R"({"array": {"kind": "tensor_core", "depth": 64}, "accumulator_bits": 22})",
               "accumulator_bits = 22: must be 23..64 (activation_bits + weight_bits + "
               "log2(depth) + 1 holds two steps)"},
        Broken{R"({"reset": "none"})", "reset = \"none\": must be synchronous or asynchronous"},
        Broken{R"({"pipeline": {"after_divide": true}})",
               "pipeline.after_divide = true: unknown key; known here: after_multiply, "
               "after_reduce"},
        Broken{R"({"zero_gating": 1})", "zero_gating = 1: must be true or false"},
        Broken{R"({"encoder": "middle"})", "encoder = \"middle\": must be edge or none"},
        Broken{R"({"name": "Sa"})",
               "name = Sa: must be 1..48 characters a-z, 0-9 and _, beginning with a letter (it "
               "becomes part of module names)"},
        Broken{R"({"format": {"kind": "fp8"}})",
               "format.kind = \"fp8\": must be sparq, int8 or int4x8"},
        Broken{R"({"format": {"rounding": "up"}})",
               "format.rounding = \"up\": must be trim or nearest"},
        Broken{R"({"format": {"vsparq": 1}})", "format.vsparq = 1: must be true or false"},
        Broken{R"({"weight_bits": 8.5})", "weight_bits = 8.5: must be an integer"},
        Broken{R"({"weight_bits": 99999999999})", "weight_bits = 99999999999: must be an integer"},
        Broken{R"({"name": 5})", "name = 5: must be a string"},
        Broken{R"({"array": []})", "array = []: must be an object"},
        Broken{R"({"array": {"layers": 4}})",
               "array.layers = 4: unknown key; known here: cluster_cols, cols, dataflow, depth, "
               "kind, rows"}));

INSTANTIATE_TEST_SUITE_P(
    Json, BrokenRule,
    ::testing::Values(Broken{R"({"weight_bits": 8, "weight_bits": 8})",
                             "weight_bits: the key stands twice in one object"},
                      Broken{R"([1, 2])", "must hold one JSON object"}));

TEST(ConfigTest, AllProblemsAtOnce) {
  EXPECT_EQ(problems_of(R"({"colour": 1, "weight_bits": "x", "format": {"placements": "9opt"},
                            "array": {"rows": 0, "cols": -1}})"),
            "c.json: weight_bits = \"x\": must be an integer\n"
            "c.json: colour = 1: unknown key; known here: accumulator_bits, array, clock_enable, "
            "encoder, format, name, pipeline, reset, schema_version, weight_bits, zero_gating\n"
            "c.json: format.placements = 9opt: must be one of 5opt, 3opt, 2opt, 6opt, 7opt or an "
            "ascending list of shifts such as 0,2,4\n"
            "c.json: array.rows = 0: must be 1..1024\n"
            "c.json: array.cols = -1: must be 1..1024\n");
}

TEST(ConfigTest, MalformedJsonHasLineAndColumn) {
  const std::string text = problems_of("{\n  \"name\": \"a\",\n  \"weight_bits\" 8\n}");
  EXPECT_TRUE(text.starts_with("c.json: malformed JSON at line 3, column 17: ")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_NE(problems_of("").find("malformed JSON"), std::string::npos);
}

TEST(ConfigTest, AKeyMayStandInTwoObjectsAndCommentsAreAllowed) {
  EXPECT_EQ(problems_of(R"({ // what
    "format": {"kind": "sparq"}, /* and
    where */ "array": {"kind": "systolic"}})"),
            "");
}

TEST(ConfigTest, AnEmptyObjectIsTheDefault) {
  const Config config = config_of("{}");
  EXPECT_EQ(config, Config{});
  EXPECT_EQ(config.name, "sa16_5opt");
  EXPECT_EQ(config_of(R"({"format": {"kind": "int8"}, "array": {"rows": 8, "cols": 4}})").name,
            "sa8x4_int8");
  EXPECT_EQ(config_of(R"({"format": {"placements": "6opt"}})").format.window_bits, 3);
}

TEST(ConfigTest, DefaultTensorCoresHaveFourMultipliersAUnit) {
  const auto depth = [](const char* json) { return config_of(json).array.depth; };
  EXPECT_EQ(depth(R"({"array": {"kind": "tensor_core"}})"), 8);
  EXPECT_EQ(depth(R"({"array": {"kind": "tensor_core"}, "format": {"kind": "int8"}})"), 4);
  EXPECT_EQ(depth(R"({"array": {"kind": "sparse_tensor_core"}})"), 16);
  EXPECT_EQ(depth(R"({"array": {"kind": "sparse_tensor_core"}, "format": {"kind": "int8"}})"), 8);
  EXPECT_EQ(config_of(R"({"array": {"kind": "tensor_core"}})").name, "tc4x4x8_5opt");
  EXPECT_EQ(config_of(R"({"array": {"dataflow": "weight_stationary", "rows": 2, "cols": 2},
                          "format": {"signed_activations": true}})")
                .name,
            "ws2_5opt_signed");
}

TEST(ConfigTest, CanonicalJsonParsesBackToTheSameConfig) {
  for (const char* json :
       {"{}", R"({"format": {"kind": "int8"}})", R"({"format": {"kind": "int4x8"}})",
        R"({"format": {"activation_bits": 10, "window_bits": 4, "placements": "0,3,6",
            "rounding": "trim", "vsparq": false}, "weight_bits": 5, "accumulator_bits": 40,
            "name": "own", "encoder": "none", "zero_gating": true, "array": {"rows": 3, "cols": 5}})",
        R"({"array": {"dataflow": "weight_stationary"}, "reset": "asynchronous",
            "pipeline": {"after_multiply": true}, "clock_enable": true})",
        R"({"array": {"kind": "tensor_core", "depth": 6},
            "format": {"signed_activations": true}, "pipeline": {"after_reduce": true},
            "zero_gating": true})",
        R"({"array": {"kind": "sparse_tensor_core"}, "format": {"kind": "int8"},
            "pipeline": {"after_multiply": true}, "zero_gating": true})",
        R"({"array": {"kind": "sparse_tensor_core"}, "format": {"kind": "int8"}})"}) {
    const Config config = config_of(json);
    EXPECT_EQ(config_of(canonical_json(config)), config) << json;
    EXPECT_EQ(canonical_json(config_of(canonical_json(config))), canonical_json(config));
  }
}

TEST(ConfigTest, TheDigestIsKnown) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      canonical_json(Config{}),
      R"({"accumulator_bits":32,"array":{"cluster_cols":4,"cols":16,"dataflow":"output_stationary",)"
      R"("kind":"systolic","rows":16},"clock_enable":false,"encoder":"edge",)"
      R"("format":{"activation_bits":8,"kind":"sparq","placements":[0,1,2,3,4],)"
      R"("rounding":"nearest","signed_activations":false,"vsparq":true,"window_bits":4},)"
      R"("name":"sa16_5opt","pipeline":{"after_multiply":false,"after_reduce":false},)"
      R"("reset":"synchronous","schema_version":1,"weight_bits":8,"zero_gating":false})");
  EXPECT_EQ(digest(Config{}), "8b64c76579fa97b6c6da61ee48fb1aba6a6fe95d54d44a34efa13914b5b0c39d");
  Config other;
  other.array.rows = 17;
  EXPECT_NE(digest(other), digest(Config{}));
}

TEST(ConfigTest, SafeKIsTheLargestThatCannotOverflow) {
  EXPECT_EQ(safe_k(Config{}), 65793);  // floor((2^31 - 1) / (255 * 128))
  Config config;
  config.accumulator_bits = 18;
  EXPECT_EQ(safe_k(config), 4);
  config.accumulator_bits = 64;
  EXPECT_EQ(safe_k(config), INT64_MAX / (255 * 128));
  config = {};
  config.format.signed_activations = true;
  EXPECT_EQ(safe_k(config), 131071);  // floor((2^31 - 1) / (128 * 128))
}

TEST(ConfigTest, FilesAreReadAndMissingOnesNamed) {
  const std::string path = std::filesystem::temp_directory_path() / "sparq_config_test.json";
  std::ofstream(path) << R"({"array": {"rows": 2, "cols": 2}})";
  EXPECT_TRUE(load_config(path));
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_NE(to_text(load_config(path).error()[0]).find("malformed JSON"), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_EQ(to_text(load_config(path).error()[0]), path + ": cannot be read");
  EXPECT_EQ(to_text(load_config("/tmp").error()[0]), "/tmp: cannot be read");
}

TEST(FormatTest, AFormatFileIsTheObjectByItself) {
  const auto format = parse_format(R"({"placements": "3opt", "rounding": "trim"})", "f.json");
  ASSERT_TRUE(format);
  EXPECT_EQ(full_name(*format), "3opt-trim");
  EXPECT_EQ(to_text(parse_format(R"({"bits": 1})", "f.json").error()[0]),
            "f.json: bits = 1: unknown key; known here: activation_bits, kind, placements, "
            "rounding, "
            "signed_activations, vsparq, window_bits");
}

TEST(FormatTest, FlagsAreSpelledWithDashes) {
  const auto format =
      resolve(FormatFields{.window_bits = 2, .placements = "5opt"}, "command line", "--");
  ASSERT_FALSE(format);
  EXPECT_EQ(to_text(format.error()[0]),
            "command line: --window-bits = 2: 5opt implies a window of 4 bits");
}

TEST(FormatTest, Names) {
  EXPECT_EQ(full_name(Format{}), "5opt-nearest");
  EXPECT_EQ(full_name(config_of(R"({"format": {"placements": "0,4", "vsparq": false}})").format),
            "2opt-nearest-novsparq");
  EXPECT_EQ(
      short_name(
          config_of(R"({"format": {"activation_bits": 10, "placements": "0,2,4,6"}})").format),
      "a10n4s0_2_4_6");
  EXPECT_EQ(short_name(config_of(R"({"format": {"kind": "int8", "activation_bits": 6}})").format),
            "int8_a6");
}

TEST(FormatTest, PairPlacements) {
  EXPECT_EQ(pair_placements(config_of(R"({"format": {"placements": "6opt"}})").format),
            (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(pair_placements(config_of(R"({"format": {"placements": "7opt"}})").format),
            (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(SignatureTest, WidthsOfTheThreeKinds) {
  const Signature sparq = signature(Config{});
  EXPECT_EQ(sparq.k_per_step, 2);
  EXPECT_EQ(sparq.raw_activation_bits, 16);
  EXPECT_EQ(sparq.activation_bits, 16);
  EXPECT_EQ(sparq.weight_bits, 16);
  const Signature int8 = signature(config_of(R"({"format": {"kind": "int8"}})"));
  EXPECT_EQ(int8.k_per_step, 1);
  EXPECT_EQ(int8.activation_bits, 8);
  EXPECT_EQ(int8.weight_bits, 8);
  const Signature int4x8 = signature(config_of(R"({"format": {"kind": "int4x8"}})"));
  EXPECT_EQ(int4x8.k_per_step, 2);
  EXPECT_EQ(int4x8.activation_bits, 8);
}

TEST(SignatureTest, TensorCoresTakeWholeVectors) {
  const Signature dense =
      signature(config_of(R"({"array": {"kind": "tensor_core"}, "weight_bits": 6})"));
  EXPECT_EQ(dense.k_per_step, 8);
  EXPECT_EQ(dense.raw_activation_bits, 64);
  EXPECT_EQ(dense.activation_bits, 4 * 16);  // four words of 5opt
  EXPECT_EQ(dense.weight_bits, 8 * 6);
  EXPECT_EQ(dense.pe_latency, 2);
  const Signature sparse = signature(config_of(
      R"({"array": {"kind": "sparse_tensor_core"}, "pipeline": {"after_multiply": true}})"));
  EXPECT_EQ(sparse.k_per_step, 16);
  EXPECT_EQ(sparse.activation_bits, 128);  // raw until the selection
  EXPECT_EQ(sparse.weight_bits, 4 * 2 * (8 + 2));
  EXPECT_EQ(sparse.pe_latency, 4);
}

TEST(SignatureTest, SignedDigitsAreOneBitWider) {
  EXPECT_EQ(signature(config_of(R"({"format": {"signed_activations": true}})")).activation_bits,
            18);
}

TEST(ProblemTest, IsOneLineWhateverTheUserWrote) {
  EXPECT_EQ(to_text(Problem{"f", "k", "a\nb\x1b[31m\xc3\xa4", "must be x"}),
            "f: k = a\\x0ab\\x1b[31m\xc3\xa4: must be x");
  const std::string text = format_problems(R"("placements": "a\nb")");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST(ConfigTest, DeepNestingIsAProblemAndNotACrash) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_NE(problems_of("{\"x\": " + deep + "}"), "");
}

}  // namespace
}  // namespace sparq::spec
