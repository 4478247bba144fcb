// SPDX-License-Identifier: Apache-2.0
#include "verif/gate/product_proof.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "app/host/cache.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "gen/datapath/datapath.h"
#include "golden/spec/config_json.h"
#include "golden/spec/pair_layout.h"
#include "synth/scratch.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using host::Result;
using nlohmann::json;

// The flow's rule for products, and its full adders.
constexpr const char* kProductRule =
    "techmap -map operators.v t:$mul\ntechmap -map full_adder.v\nsimplemap\n";

constexpr const char* kFullAdder =
    "module sparq_fa (input a, b, c, output sum, carry);\n"
    "  assign sum = a ^ b ^ c;\n"
    "  assign carry = a & b | c & (a ^ b);\n"
    "endmodule\n";

// Logic alone: a register's output becomes an input, its input and clock become outputs, named
// after the wire that was written. The names of the cells' own pins are out of the way, and those
// that repeat some bits of a weight (gen/datapath/int8.cpp) or of a product (above a first sum).
// What nobody drives becomes a cell that ABC does not read.
std::string write_logic(const std::string& file) {
  return fmt::format(
      "setundef -undriven -anyseq\nasync2sync\ndffunmap\nrename -hide w:*first w:*second %u "
      "w:gen_sum_of_2* %d\nrename -hide w:_*_.* w:*carry_0 %u "
      "w:*weight_changes %u\nsimplemap\n"
      "opt_clean -purge\n"
      "expose -evert-dff t:$_DFF_P_\nopt_clean -purge\ntechmap\nopt -fast\nsplitnets -ports\n"
      "aigmap\nopt_clean -purge\nwrite_blif {}\n",
      file);
}

// A multiplication by itself, as Verilog with Yosys' cell: bits that are constant or repeat another
// are so here, too.
std::string product_module(const json& cell) {
  std::map<json, size_t> nets;
  const auto operand = [&](const char* port) {
    std::string bits;
    for (const json& bit : cell.at("connections").at(port)) {
      const std::string text =
          bit.is_string() ? fmt::format("1'b{}", bit.get<std::string>())
                          : fmt::format("n[{}]", nets.try_emplace(bit, nets.size()).first->second);
      bits = text + (bits.empty() ? "" : ", ") + bits;
    }
    return "{" + bits + "}";
  };
  const std::string a = operand("A");
  const std::string b = operand("B");
  std::string parameters;
  for (const auto& [name, value] : cell.at("parameters").items()) {
    parameters += fmt::format("{}.{}({})", parameters.empty() ? "" : ", ", name,
                              std::stoi(value.get<std::string>(), nullptr, 2));
  }
  return fmt::format(
      "module product (input [{}:0] n, output [{}:0] y);\n"
      "  \\$mul #({}) u_product (.A({}), .B({}), .Y(y));\nendmodule\n",
      nets.size() - 1, cell.at("connections").at("Y").size() - 1, parameters, a, b);
}

// Whether two files of logic are equal, by name; why not.
Result<std::string> differences(const fs::path& directory, const std::string& left,
                                const std::string& right) {
  const auto abc = host::find_abc();
  if (!abc) return tl::unexpected(abc.error());
  const host::Outcome outcome =
      host::run({.argv = {abc->string(), "-c", fmt::format("cec {} {}", left, right)},
                 .cwd = directory,
                 .env = {},
                 .log = {},
                 .timeout = std::chrono::minutes(5)});
  if (outcome.ok() && outcome.out.find("Networks are equivalent") != std::string::npos) return "";
  return fmt::format("yosys-abc {}\n{}\n", host::describe(outcome), host::last_lines(outcome, 5));
}

// The flow's rule makes the same product of these operands as Yosys' own. Found once.
Result<std::string> wrong_product(const fs::path& directory, const std::string& product) {
  const auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected(yosys.error());
  auto cache = host::Cache::open_default();
  if (!cache) return tl::unexpected(cache.error());
  std::string detail;
  const std::string script =
      "read_verilog -icells product.v\nhierarchy -top product\ndesign -save product\n" +
      write_logic("yosys.blif") + "design -load product\n" + kProductRule +
      write_logic("flow.blif");
  const auto decide = [&]() -> Result<std::string> {
    if (!synth::write_text(directory / "product.v", product)) return synth::cannot_write(directory);
    const host::Outcome outcome = host::run({.argv = {yosys->path.string(), "-qp", script},
                                             .cwd = directory,
                                             .env = {},
                                             .log = {},
                                             .timeout = std::chrono::minutes(1)});
    if (!outcome.ok()) {
      return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
    }
    return differences(directory, "yosys.blif", "flow.blif");
  };
  std::optional<host::Failure> failure;
  const auto proved = cache->ask_once(
      spec::sha256(fmt::format("product 1\n{}\n{}\n{}\n{}\n{}", yosys->version, script,
                               synth::read_text(directory / "operators.v").value_or(""), kFullAdder,
                               product)),
      [&]() -> host::Cache::Answer {
        auto found = decide();
        if (!found) failure = found.error();
        if (found) detail = *found;
        return found && found->empty() ? host::Cache::Answer("proved") : std::nullopt;
      });
  if (!proved) return tl::unexpected(proved.error());
  if (failure) return tl::unexpected(*failure);
  return detail;
}

// Names behind ".outputs", a line that goes on after a backslash.
uint64_t outputs_of(const fs::path& blif) {
  std::ifstream in(blif);
  std::string word;
  while (in >> word && word != ".outputs") {
  }
  uint64_t count = 0;
  while (in >> word && !word.starts_with('.')) count += word != "\\";
  return count;
}

}  // namespace

Multiplying multiplying(const gen::Output& output, const std::vector<std::string>& modules) {
  using gen::Role;
  const spec::Format& format = output.config.format;
  const int digit =
      format.kind == spec::Kind::kSparq ? spec::pair_layout(format).digit_bits : format.window_bits;
  // A cell of osu018 for asynchronous reset holds the complement of what was written.
  const bool complements = output.config.reset == spec::Reset::kAsynchronous;
  const bool has_lanes = output.find(Role::kLane) != nullptr;
  Multiplying found;
  for (const gen::EmittedModule& unit : output.modules) {
    const bool multiplies = has_lanes ? unit.role == Role::kLane
                                      : unit.role == Role::kPe || unit.role == Role::kDotUnit;
    for (size_t i = 0; multiplies && i < modules.size(); ++i) {
      if (modules[i] != unit.name) continue;
      // Rows that are written out are the same on both sides.
      if (!gen::recodes_weights(output.config) && beyond_proof(digit, output.config.weight_bits)) {
        found.beyond_proof.insert(i);
      } else if (!complements || unit.role != Role::kPe) {
        found.in_two_steps.insert(i);
      }
    }
  }
  return found;
}

std::string unit_script(size_t index) {
  return fmt::format("opt_clean\njson -o products_{}.json\n", index) + kProductRule +
         write_logic(fmt::format("gold_{}.blif", index));
}

std::string netlist_script(size_t index) { return write_logic(fmt::format("gate_{}.blif", index)); }

Result<void> write_product_rules(const fs::path& directory) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const auto rule = synth::read_text(*data / "synth" / "flow" / "operators.v");
  if (rule && synth::write_text(directory / "operators.v", *rule) &&
      synth::write_text(directory / "full_adder.v", kFullAdder)) {
    return {};
  }
  return synth::cannot_write(directory);
}

Result<Compared> compare_products(const fs::path& directory, size_t index) {
  Compared compared;
  const auto written = synth::read_text(directory / fmt::format("products_{}.json", index));
  const json design = json::parse(written.value_or(""), nullptr, false);
  const std::string gold = fmt::format("gold_{}.blif", index);
  const std::string gate = fmt::format("gate_{}.blif", index);
  compared.outputs = outputs_of(directory / gate);
  if (design.is_discarded() || compared.outputs == 0) {
    compared.detail = "Yosys has written no logic\n";
    return compared;
  }
  std::set<std::string> products;
  for (const json& module : design.at("modules")) {
    for (const json& cell : module.at("cells")) {
      if (cell.at("type") == "$mul") products.insert(product_module(cell));
    }
  }
  for (const std::string& product : products) {
    auto wrong = wrong_product(directory, product);
    if (!wrong) return tl::unexpected(wrong.error());
    if (wrong->empty()) continue;
    compared.detail = "a product of the flow is not proved to be Yosys' own: " + *wrong + product;
    return compared;
  }
  auto found = differences(directory, gold, gate);
  if (!found) return tl::unexpected(found.error());
  compared.detail = *std::move(found);
  return compared;
}

}  // namespace sparq::verif
