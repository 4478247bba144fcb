// SPDX-License-Identifier: Apache-2.0
#include "verif/wiring/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <regex>
#include <sstream>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "golden/require.h"
#include "golden/spec/signature.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using gen::EmittedModule;
using gen::Role;
using host::Result;
using host::ToolName;

int width_of(const EmittedModule& module, std::string_view port) {
  const auto it = std::find_if(module.ports.begin(), module.ports.end(),
                               [=](const gen::Port& p) { return p.name == port; });
  golden::require(it != module.ports.end(), "a port that a stub needs");
  return it->width;
}

bool complemented(const EmittedModule& unit) {
  return std::ranges::find(unit.ports, "activation_ni", &gen::Port::name) != unit.ports.end();
}

using Constants = std::vector<std::pair<std::string, int>>;

// What the benches and stubs are told.
struct Plan {
  const char* bench;
  const char* stub;  // of the multiplying unit
  const EmittedModule* unit;
  int tag_bits;  // a tag fits every field, and a result holds what the stub tells and a verdict
  Constants stub_constants;
  Constants bench_parameters;
};

// More would only make fields of one tag each.
constexpr int kWidestTag = 10;

Plan output_stationary(const gen::Output& output) {
  const EmittedModule& top = output.top();
  const EmittedModule& pe = *output.find(Role::kPe);
  const spec::Array& array = output.config.array;
  const int a = width_of(pe, "activation_i");
  const int w = width_of(pe, "weight_i");
  const int p = width_of(pe, "result_o");
  return {"output_stationary_bench.sv",
          "output_stationary_pe.svh",
          &pe,
          std::min({kWidestTag, a, w, (p - 1) / 3}),
          {{"A", a}, {"W", w}},
          {{"ActivationBits", width_of(top, "step_activation_i") / array.rows},
           {"WeightBits", width_of(top, "step_weight_i") / array.cols},
           {"ResultBits", p}}};
}

Plan weight_stationary(const gen::Output& output) {
  const EmittedModule& top = output.top();
  const EmittedModule& pe = *output.find(Role::kPe);
  const spec::Array& array = output.config.array;
  const int a = width_of(pe, "activation_i");
  const int w = width_of(pe, "weight_i");
  const int p = width_of(pe, "sum_o");
  return {"weight_stationary_bench.sv",
          "weight_stationary_pe.svh",
          &pe,
          std::min({kWidestTag, a, w, (p - 1) / 2}),
          {{"A", a}, {"W", w}},
          {{"ActivationBits", width_of(top, "step_activation_i") / array.rows},
           {"WeightBits", width_of(top, "load_weight_i") / array.cols},
           {"ResultBits", p}}};
}

Plan tensor_core(const gen::Output& output) {
  const spec::Config& config = output.config;
  const EmittedModule& top = output.top();
  const EmittedModule& unit = *output.find(Role::kDotUnit);
  const spec::Array& array = config.array;
  const bool sparse = array.kind == spec::ArrayKind::kSparseTensorCore;
  const int latency = output.signature.pe_latency;
  // A field is what is encoded as one; SPARQ's pairs form behind the selection.
  const bool raw = sparse && config.format.kind == spec::Kind::kSparq;
  const int fields = raw ? array.depth : array.depth / spec::k_per_word(config.format);
  const int weight_fields = sparse ? array.depth / 2 : fields;
  const int a = width_of(unit, complemented(unit) ? "activation_ni" : "activation_i");
  const int w = width_of(unit, "weight_i");
  const int p = width_of(unit, "result_o");
  const int port_field = width_of(top, "step_activation_i") / array.rows / fields;
  return {"tensor_core_bench.sv",
          "dot_unit.svh",
          &unit,
          std::min({kWidestTag, a / fields, port_field, w / weight_fields, (p - 1) / 3}),
          {{"A", a},
           {"W", w},
           {"Fields", fields},
           {"WeightFields", weight_fields},
           {"WeightLatency", sparse ? latency - 2 : latency - 1},
           {"SelectBits", sparse ? width_of(unit, "select_i") : 0}},
          {{"Fields", fields},
           {"ActivationField", port_field},
           {"WeightFields", weight_fields},
           {"WeightField", w / weight_fields},
           {"IndexBits", sparse ? spec::kSparseIndexBits : 0},
           {"ResultBits", p}}};
}

Plan plan_of(const gen::Output& output) {
  const spec::Array& array = output.config.array;
  if (array.kind != spec::ArrayKind::kSystolic) return tensor_core(output);
  return array.dataflow == spec::Dataflow::kWeightStationary ? weight_stationary(output)
                                                             : output_stationary(output);
}

// The emitted module with another body: its interface stays as it is.
std::string with_body(const EmittedModule& module, const std::string& body) {
  const size_t end = module.text.find("\n);\n");
  golden::require(end != std::string::npos, "a module with a port list");
  return module.text.substr(0, end + 4) + body + "\nendmodule\n\n`default_nettype wire\n";
}

// Every word is one tag, over and over: a raw operand's tag becomes an encoded word's.
std::string encoder_stub(const EmittedModule& encoder, int tag_bits) {
  const int in = width_of(encoder, "activation_i");
  const int out = width_of(encoder, "activation_o");
  return with_body(
      encoder,
      fmt::format("  wire [{0}:0] tag = activation_i[{0}:0];\n"
                  "  wire [{1}:0] whole = {{{2} {{tag}}}};\n"
                  "  assign activation_o = activation_i == whole ? {{{3} {{tag}}}} : {4}'d0;\n",
                  tag_bits - 1, in - 1, in / tag_bits + 1, out / tag_bits + 1, out));
}

std::string text_of(const EmittedModule& module, const Plan& plan, const gen::Output& output,
                    const std::string& unit_body) {
  if (&module == plan.unit) {
    // Icarus 11 cannot take $bits of a port in a constant.
    std::string constants = fmt::format("  localparam TagBits = {};\n  localparam Latency = {};\n",
                                        plan.tag_bits, output.signature.pe_latency);
    for (const auto& [name, value] : plan.stub_constants) {
      constants += fmt::format("  localparam {} = {};\n", name, value);
    }
    return with_body(module, constants + unit_body);
  }
  if (module.role == Role::kActivationEncoder) return encoder_stub(module, plan.tag_bits);
  if (module.role == Role::kFinish) {
    return with_body(module, "  assign result_o = accumulator_i;\n");
  }
  return module.text;
}

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// "WIRED 123" -> 123; 0 when it is not there.
uint64_t wired(const std::string& log) {
  std::smatch match;
  return std::regex_search(log, match, std::regex(R"(^WIRED (\d+)\n$)")) ? std::stoull(match.str(1))
                                                                         : 0;
}

}  // namespace

Result<Check> check_wiring(const gen::Output& output, const Size& size) {
  const auto start = std::chrono::steady_clock::now();
  const auto iverilog = host::find_tool(ToolName::kIverilog);
  if (!iverilog) return tl::unexpected(iverilog.error());
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const fs::path sources = *data / "verif" / "wiring";
  const Plan plan = plan_of(output);
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  const std::string body = read_text(sources / plan.stub);
  std::string text = read_text(sources / plan.bench);
  for (const EmittedModule& module : output.modules) {
    text += text_of(module, plan, output, body);
  }
  if (!host::write_file(directory.path() / "bench.sv", "", text)) {
    return tl::unexpected<host::Failure>(spec::Problems{
        {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
  }
  const EmittedModule& top = output.top();
  const auto& config = output.config;
  std::vector<std::string> argv = {
      iverilog->path.string(), "-g2012", "-DARRAY=" + top.name, "-s",
      "sparq_wiring_bench",    "-o",     "bench.vvp",           "bench.sv"};
  if (config.clock_enable) argv.emplace_back("-DCLOCK_ENABLE");
  if (config.array.kind == spec::ArrayKind::kSparseTensorCore) argv.emplace_back("-DSPARSE");
  if (complemented(*plan.unit)) argv.emplace_back("-DCOMPLEMENTED");
  const auto set = [&](const std::string& name, int value) {
    argv.push_back(fmt::format("-Psparq_wiring_bench.{}={}", name, value));
  };
  set("Rows", size.rows);
  set("Cols", size.cols);
  set("TagBits", plan.tag_bits);
  for (const auto& [name, value] : plan.bench_parameters) set(name, value);

  const auto run = [&](std::vector<std::string> command) {
    return host::run({.argv = std::move(command),
                      .cwd = directory.path(),
                      .env = {},
                      .log = {},
                      .timeout = std::chrono::minutes(10)});
  };
  host::Outcome outcome = run(argv);
  if (outcome.ok()) outcome = run({"vvp", "-n", "bench.vvp"});
  Check check = {.module = top.name, .kind = "wiring"};
  check.title = fmt::format("every (row, column, k) of {} x {} meets exactly its operands",
                            size.rows, size.cols);
  check.cases = wired(outcome.out);
  check.passed = outcome.ok() && check.cases > 0;
  if (!check.passed) check.detail = outcome.out + outcome.err;
  check.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return check;
}

std::vector<Task> wiring_tasks(const gen::Output& output) {
  const auto& array = output.config.array;
  return {{"wiring " + output.top().name, [&output, &array] {
             return check_wiring(output, {array.rows, array.cols}).map([](const Check& check) {
               return std::vector<Check>{check};
             });
           }}};
}

}  // namespace sparq::verif
