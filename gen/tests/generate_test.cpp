// SPDX-License-Identifier: Apache-2.0
// What `generate` yields as a whole; that the RTL computes the right thing is verif's matter.
#include "gen/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "gen/datapath/datapath.h"
#include "golden/spec/config_json.h"

namespace sparq::gen {
namespace {

spec::Config config(const std::string& json) {
  auto parsed = spec::parse_config(json, "test");
  EXPECT_TRUE(parsed) << json;
  return parsed.value_or(spec::Config{});
}

Output generated(const std::string& json) {
  auto output = generate(config(json), SPARQ_LIBRARY_DIR);
  EXPECT_TRUE(output);
  return *output;
}

const std::string kWeightStationary =
    R"({"array": {"dataflow": "weight_stationary", "rows": 3, "cols": 5}})";

const std::vector<std::string> kConfigs = {
    kWeightStationary,
    R"({"format": {"kind": "int4x8"}, "array": {"dataflow": "weight_stationary"},
        "pipeline": {"after_reduce": true}, "zero_gating": true})",
    R"({"pipeline": {"after_multiply": true, "after_reduce": true}, "zero_gating": true})",
    R"({"reset": "asynchronous", "clock_enable": true})",
    R"({"format": {"placements": "6opt", "signed_activations": true}})",
    R"({"format": {"kind": "int4x8", "signed_activations": true}})",
    "{}",
    R"({"format": {"placements": "3opt", "rounding": "trim"}})",
    R"({"format": {"placements": "2opt", "vsparq": false}})",
    R"({"format": {"placements": "6opt"}, "array": {"rows": 3, "cols": 5}})",
    R"({"format": {"placements": "7opt"}, "encoder": "none"})",
    R"({"format": {"activation_bits": 10, "window_bits": 4, "placements": [0, 3, 6], "vsparq": false}})",
    R"({"format": {"kind": "int8"}})",
    R"({"format": {"kind": "int4x8"}, "array": {"rows": 1, "cols": 1}})",
    R"({"array": {"kind": "tensor_core"}})",
    R"({"array": {"kind": "tensor_core"}, "reset": "asynchronous", "clock_enable": true})",
    R"({"array": {"kind": "tensor_core", "depth": 2}, "encoder": "none"})",
    R"({"array": {"kind": "tensor_core", "depth": 14}, "format": {"placements": "6opt"}})",
    R"({"array": {"kind": "tensor_core", "depth": 5}, "format": {"kind": "int8"}})",
    R"({"array": {"kind": "tensor_core"}, "format": {"kind": "int4x8"}})",
    R"({"array": {"kind": "tensor_core", "depth": 64}, "format": {"kind": "int8"},
        "pipeline": {"after_multiply": true, "after_reduce": true}, "zero_gating": true})",
    R"({"array": {"kind": "sparse_tensor_core"}})",
    R"({"array": {"kind": "sparse_tensor_core", "depth": 4},
        "pipeline": {"after_multiply": true, "after_reduce": true}, "zero_gating": true})",
    R"({"array": {"kind": "sparse_tensor_core", "depth": 12}, "format": {"kind": "int8"}})",
    R"({"array": {"kind": "sparse_tensor_core", "depth": 4}, "format": {"kind": "int4x8"}})"};

TEST(Generate, SameConfigSameBytes) {
  for (const std::string& json : kConfigs) {
    const Output once = generated(json);
    const Output again = generated(json);
    ASSERT_EQ(once.modules.size(), again.modules.size());
    for (size_t i = 0; i < once.modules.size(); ++i) {
      EXPECT_EQ(once.modules[i].text, again.modules[i].text);
    }
    EXPECT_EQ(manifest_json(once), manifest_json(again));
    EXPECT_EQ(file_list(once), file_list(again));
  }
}

TEST(Generate, ModulesAreNamedAfterTheConfigAndComeChildrenFirst) {
  for (const std::string& json : kConfigs) {
    const Output output = generated(json);
    std::set<std::string> seen;
    for (const EmittedModule& m : output.modules) {
      EXPECT_TRUE(seen.insert(m.name).second) << m.name;
      if (m.role != Role::kLibrary) {
        EXPECT_EQ(m.name.rfind("sparq_" + output.config.name + "_", 0), 0U) << m.name;
        EXPECT_NE(m.text.find(spec::digest(output.config)), std::string::npos) << m.name;
      }
      EXPECT_NE(m.text.find("SPDX-License-Identifier: Apache-2.0"), std::string::npos);
      EXPECT_NE(m.text.find("module " + m.name + " "), std::string::npos);
      EXPECT_EQ(m.text.find("/work/"), std::string::npos);
    }
    EXPECT_EQ(output.top().role, Role::kArray);
  }
}

TEST(Generate, LinesFitAReadersScreen) {
  for (const std::string& json : kConfigs) {
    for (const EmittedModule& m : generated(json).modules) {
      std::istringstream lines(m.text);
      for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
    }
  }
}

TEST(Generate, PortsFollowTheSignature) {
  const Output output =
      generated(R"({"format": {"placements": "3opt"}, "array": {"rows": 3, "cols": 5}})");
  const auto width = [](const EmittedModule& m, const std::string& port) {
    for (const Port& p : m.ports) {
      if (p.name == port) return p.width;
    }
    return -1;
  };
  EXPECT_EQ(width(output.top(), "step_activation_i"), 3 * 16);
  EXPECT_EQ(width(output.top(), "step_weight_i"), 5 * 16);
  EXPECT_EQ(width(output.top(), "row_data_o"), 5 * 32);
  EXPECT_EQ(width(*output.find(Role::kPe), "activation_i"), 14);
  EXPECT_EQ(array_timing(output).first_row_latency, 2 + 2 + 1);
  EXPECT_EQ(array_timing(output).shortest_full_rate_tile, 3);
}

TEST(Generate, TensorCorePortsFollowTheSignature) {
  for (const char* kind : {"tensor_core", "sparse_tensor_core"}) {
    const Output output =
        generated(std::string(R"({"array": {"rows": 3, "cols": 5, "depth": 16, "kind": ")") + kind +
                  R"("}, "weight_bits": 6})");
    std::map<std::string, int> width;
    for (const Port& p : output.top().ports) width[p.name] = p.width;
    EXPECT_EQ(width["step_activation_i"], 3 * 16 * 8);
    EXPECT_EQ(width["step_weight_i"], 5 * (kind[0] == 't' ? 16 * 6 : 4 * 2 * (6 + 2)));
    EXPECT_EQ(width["step_addend_i"], 3 * 5 * 32);
    EXPECT_EQ(width["result_data_o"], 3 * 5 * 32);
    EXPECT_EQ(output.top().latency, kind[0] == 't' ? 2 : 3);
    const auto manifest = nlohmann::json::parse(manifest_json(output));
    EXPECT_EQ(manifest["timing_cycles"]["result_latency"], output.signature.pe_latency);
    EXPECT_EQ(manifest["macs_per_cycle"], 3 * 5 * 16);
    EXPECT_FALSE(manifest["timing_cycles"].contains("first_row_latency"));
  }
}

// What stands where: SPARQ's encoder follows the selection, static digits are selected as digits.
TEST(Generate, EncodersStandWhereTheirPairsForm) {
  const auto instantiates = [](const EmittedModule& m, const Output& output, const char* stem) {
    return m.text.find("sparq_" + output.config.name + "_" + stem + " ") != std::string::npos;
  };
  const Output dense = generated(R"({"array": {"kind": "tensor_core"}})");
  EXPECT_TRUE(instantiates(dense.top(), dense, "pair_encoder"));
  EXPECT_FALSE(instantiates(*dense.find(Role::kDotUnit), dense, "pair_encoder"));
  EXPECT_EQ(dense.find(Role::kSelection), nullptr);
  const Output sparse = generated(R"({"array": {"kind": "sparse_tensor_core"}})");
  EXPECT_FALSE(instantiates(sparse.top(), sparse, "pair_encoder"));
  EXPECT_TRUE(instantiates(*sparse.find(Role::kDotUnit), sparse, "pair_encoder"));
  const Output digits =
      generated(R"({"array": {"kind": "sparse_tensor_core"}, "format": {"kind": "int4x8"}})");
  EXPECT_TRUE(instantiates(digits.top(), digits, "static4_encoder"));
  EXPECT_EQ(digits.find(Role::kSelection)->ports.front().width, 16);
}

// What holds saves power and changes no result: only the text tells that it does.
TEST(Generate, ZeroGatingHoldsEveryRegisterItNames) {
  struct Kind {
    const char* array;
    Role role;
    std::vector<std::string> held;
  };
  const std::vector<Kind> kinds = {
      {R"({"rows": 2, "cols": 2})",
       Role::kPe,
       {"product_0_q2", "product_1_q2", "step_sum_q3", "accumulator_q4"}},
      {R"({"dataflow": "weight_stationary", "rows": 2, "cols": 2})",
       Role::kPe,
       {"product_0_q2", "product_1_q2", "step_sum_q3"}},
      {R"({"kind": "tensor_core"})", Role::kDotUnit, {"product_0_q2", "product_1_q2", "sum_q3"}},
      {R"({"kind": "sparse_tensor_core"})",
       Role::kDotUnit,
       {"product_0_q3", "product_1_q3", "sum_q4"}}};
  for (const Kind& kind : kinds) {
    const Output output =
        generated(std::string(R"({"zero_gating": true, "array": )") + kind.array +
                  R"(, "pipeline": {"after_multiply": true, "after_reduce": true}})");
    const std::string& text = output.find(kind.role)->text;
    std::vector<std::string> held;
    const std::regex gated(R"(if \(enable && counts_\w+\) begin\n((?: +\w+ +<= \w+;\n)+))");
    for (std::sregex_iterator it(text.begin(), text.end(), gated), end; it != end; ++it) {
      std::istringstream lines((*it)[1]);
      for (std::string name, arrow, value; lines >> name >> arrow >> value;) held.push_back(name);
    }
    EXPECT_EQ(held, kind.held) << kind.array;
  }
}

TEST(Generate, OnlyLibraryModulesThatAreUsedAreCopied) {
  std::vector<std::string> names;
  for (const EmittedModule& m : generated(R"({"array": {"kind": "sparse_tensor_core"}})").modules) {
    if (m.role == Role::kLibrary) names.push_back(m.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"sparq_clock_gate", "sparq_control_register",
                                             "sparq_skid_buffer", "sparq_stream_packer",
                                             "sparq_stream_unpacker"}));
}

TEST(Generate, StreamsOfASparseTensorCoreHoldPackedWeights) {
  const Output output = generated(R"({"array": {"kind": "sparse_tensor_core"}, "weight_bits": 6})");
  const EmittedModule* packer = output.find(Role::kStreamPacker);
  ASSERT_NE(packer, nullptr);
  EXPECT_NE(packer->text.find("parameter WeightBits = 6,"), std::string::npos);
  EXPECT_NE(packer->text.find("[2*WeightBits+3:0] word_data_i"), std::string::npos);
}

TEST(Generate, ManifestNamesEveryFileWithItsHash) {
  const Output output = generated("{}");
  const auto manifest = nlohmann::json::parse(manifest_json(output));
  EXPECT_EQ(manifest["schema_version"], 1);
  EXPECT_EQ(manifest["top"], "sparq_sa16_5opt_array");
  EXPECT_EQ(manifest["config_digest"], spec::digest(output.config));
  EXPECT_EQ(manifest["macs_per_cycle"], 512);
  EXPECT_EQ(manifest["k_per_step"], 2);
  EXPECT_EQ(manifest["safe_k"], 65793);
  EXPECT_EQ(manifest["timing_cycles"]["first_row_latency"], 7);
  EXPECT_EQ(manifest["timing_cycles"]["shortest_full_rate_tile"], 16);
  EXPECT_EQ(spec::parse_config(manifest["config"].dump(), "manifest").value(), output.config);
  ASSERT_EQ(manifest["modules"].size(), output.modules.size());
  for (size_t i = 0; i < output.modules.size(); ++i) {
    EXPECT_EQ(manifest["modules"][i]["sha256"], spec::sha256(output.modules[i].text));
  }
}

// Every module is in one of the lists, after what it instantiates; what the array does not need is
// not in its.
TEST(Generate, FileListsAreWhatTheirTopsNeed) {
  const Output output = generated("{}");
  EXPECT_EQ(stream_file_list(output),
            "rtl/sparq_control_register.v\nrtl/sparq_stream_packer.v\n"
            "rtl/sparq_stream_unpacker.v\nrtl/sparq_sa16_5opt_stream_packer.v\n"
            "rtl/sparq_sa16_5opt_stream_unpacker.v\n");
  std::string array_files;
  for (const EmittedModule& m : output.modules) {
    if (m.name.find("_stream_") == std::string::npos) array_files += "rtl/" + m.name + ".v\n";
  }
  EXPECT_EQ(file_list(output), array_files);
}

// rtl/lib is written by hand; what the emitters believe of it must be what stands there.
TEST(Generate, LibraryInterfacesAreThoseOfTheFiles) {
  std::set<std::string> modules;
  std::vector<EmittedModule> all = generated("{}").modules;
  std::ranges::move(generated(kWeightStationary).modules, std::back_inserter(all));
  for (const EmittedModule& m : all) {
    if (m.role != Role::kLibrary || !modules.insert(m.name).second) continue;
    const std::string head = m.text.substr(0, m.text.find(");\n"));
    for (const Parameter& p : m.parameters) {
      const std::regex declared("parameter " + p.name + " *= " + std::to_string(p.value) + "\\b");
      EXPECT_TRUE(std::regex_search(head, declared)) << m.name << " " << p.name;
    }
    for (const Port& p : m.ports) {
      const std::regex declared(std::string(p.input ? "input" : "output") +
                                " +wire +(\\[[^\\]]*\\] )? *" + p.name + "\\b");
      EXPECT_TRUE(std::regex_search(head, declared)) << m.name << " " << p.name;
    }
    const std::regex any_port("(input|output) ");
    EXPECT_EQ(std::distance(std::sregex_iterator(head.begin(), head.end(), any_port), {}),
              static_cast<long>(m.ports.size()));
  }
  EXPECT_EQ(modules.size(), 8U);
}

TEST(Generate, WeightStationaryArraysStateTheirLatency) {
  const Output output = generated(kWeightStationary);
  const auto manifest = nlohmann::json::parse(manifest_json(output));
  EXPECT_EQ(manifest["timing_cycles"]["result_latency"], 3 + 5 + 2 - 1);
  EXPECT_FALSE(manifest["timing_cycles"].contains("first_row_latency"));
  EXPECT_EQ(output.find(Role::kPe)->name, "sparq_ws3x5_5opt_ws_pe");
  EXPECT_EQ(std::ranges::count(output.modules, "sparq_tile_gate", &EmittedModule::name), 0);
}

// Whether the multiplying element recodes its weights by default. It can leave the product to
// synthesis, and all others do.
bool recodes(const std::string& more) {
  const Output output =
      generated(R"({"schema_version": 1, "format": {"kind": "int8"}, )" + more + "}");
  const EmittedModule& element = *output.find(Role::kPe);
  EXPECT_NE(element.text.find(") * $signed("), std::string::npos);
  const bool rows = element.text.find("weight_changes") != std::string::npos;
  for (const EmittedModule* module : {&element, &output.top()}) {
    const auto at = std::ranges::find(module->parameters, kRecodesWeights, &Parameter::name);
    EXPECT_EQ(rows, at != module->parameters.end() && at->value == 1) << module->name;
  }
  return rows;
}

TEST(Generate, WeightsThatStayAreRecodedWhereThereAreTwoDigits) {
  const std::string stays = R"("array": {"dataflow": "weight_stationary"})";
  EXPECT_TRUE(recodes(stays));
  EXPECT_TRUE(recodes(stays + R"(, "weight_bits": 3)"));
  EXPECT_FALSE(recodes(stays + R"(, "weight_bits": 2)"));
  EXPECT_FALSE(recodes(R"("array": {"dataflow": "output_stationary"})"));
}

TEST(Generate, ManifestWidthsAreThoseOfThePorts) {
  for (const std::string& json : kConfigs) {
    const Output output = generated(json);
    const auto manifest = nlohmann::json::parse(manifest_json(output));
    for (const Port& p : output.top().ports) {
      if (p.name == "step_activation_i") {
        EXPECT_EQ(p.width,
                  manifest["bus_bits"]["raw_activation"].get<int>() * output.config.array.rows);
      }
      if (p.name == "step_weight_i") {
        EXPECT_EQ(p.width,
                  manifest["bus_bits"]["raw_weight"].get<int>() * output.config.array.cols);
      }
    }
  }
}

TEST(Generate, AMissingLibraryIsAProblemNotACrash) {
  const auto output = generate(spec::Config{}, "/nonexistent");
  ASSERT_FALSE(output);
  EXPECT_NE(output.error().front().where.find("/nonexistent/sparq_"), std::string::npos);
}

}  // namespace
}  // namespace sparq::gen
