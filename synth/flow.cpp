// SPDX-License-Identifier: Apache-2.0
#include "synth/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "app/host/process.h"
#include "golden/spec/config_json.h"
#include "synth/adder_cells.h"
#include "synth/isolate.h"
#include "synth/scratch.h"
#include "synth/structure.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;

// The files of a cache entry.
constexpr const char* kNetlist = "netlist.v";
constexpr const char* kLog = "yosys.log";
constexpr const char* kCounts = "counts.json";
constexpr const char* kStructures = "structures.json";

tl::unexpected<host::Failure> yosys_failed(std::string reason, std::string lines = "") {
  return tl::unexpected<host::Failure>(
      host::ToolError{"yosys", "", std::move(reason), std::move(lines)});
}

// Runs files["script.ys"] in a directory that holds `files`, and gives that directory, which then
// also holds yosys.log.
host::Result<host::Temporary> run_yosys(const Flow& flow, const std::vector<SourceFile>& files) {
  auto folder = scratch_directory(files);
  if (!folder) return folder;
  const host::Outcome outcome = host::run({.argv = {flow.yosys.path.string(), "-Q", "script.ys"},
                                           .cwd = folder->path(),
                                           .env = {},
                                           .log = folder->path() / kLog,
                                           .timeout = {}});
  if (outcome.ok()) return folder;
  return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
}

host::Result<OrderedJson> elaborate(const Flow& flow, const std::string& script,
                                    const std::vector<SourceFile>& sources) {
  std::vector<SourceFile> files = {{"script.ys", script}};
  for (const SourceFile& source : sources) files.push_back({"rtl/" + source.name, source.text});
  const auto folder = run_yosys(flow, files);
  if (!folder) return tl::unexpected(folder.error());
  std::ifstream stream(folder->path() / "elaborated.json");
  OrderedJson json = OrderedJson::parse(stream, nullptr, false);
  if (json.is_discarded() || !json.contains("modules")) {
    return yosys_failed("wrote no usable elaborated.json");
  }
  return json;
}

// One run of map.ys.
struct Mapping {
  std::string key;  // of the module
  std::set<std::string> inlined;
  bool used = true;  // the design holds it; otherwise its figures are for comparison
};

// map.abc ends with ABC's own proof, where it ran: not in a module without gates.
bool mapped_right(const std::string& log) {
  return log.find("/map.abc") == std::string::npos ||
         log.find("ABC: Networks are equivalent") != std::string::npos;
}

// A module's mapped form, in the files of a cache entry.
host::Result<void> map_module(const Flow& flow, const Mapping& mapping,
                              const OrderedJson& elaborated, const std::string& module,
                              const fs::path& out) {
  const std::string& key = mapping.key;
  const auto folder = run_yosys(flow, {{"script.ys", filled_in(flow.script, "@TOP@", key)},
                                       {"module.json", module},
                                       {"library.lib", flow.library.mapper_text},
                                       {"operators.v", flow.operators},
                                       {"adder_cells.v", adder_cells(flow.library)},
                                       {"barriers.v", flow.barriers},
                                       {"map.abc", flow.mapping}});
  if (!folder) return tl::unexpected(folder.error());
  const auto mapped = load_yosys_json(folder->path() / "mapped.json");
  if (!mapped) return yosys_failed(mapped.error());
  const std::string log = read_text(folder->path() / kLog).value_or("");
  if (!mapped_right(log)) {
    return yosys_failed(fmt::format("ABC could not show that its mapping of {} is right", key));
  }
  auto read = read_module(key, nlohmann::json(elaborated.at("modules").at(key)), *mapped, log,
                          mapping.inlined);
  if (!read) return yosys_failed(read.error());
  read->parts = parts_of(key, nlohmann::json::parse(module), *mapped, flow.library);
  const auto structure = read_structure(key, *mapped);
  if (!structure) return yosys_failed(structure.error());
  const bool written = write_text(out / kCounts, to_json(Netlist{{key, *read}}).dump()) &&
                       write_text(out / kStructures, to_json(Structures{{key, *structure}}).dump());
  std::error_code error;
  fs::copy_file(folder->path() / kNetlist, out / kNetlist, error);
  if (!error) fs::copy_file(folder->path() / kLog, out / kLog, error);
  if (!written || error) return cannot_write(out);
  return {};
}

host::Result<Mapped> read_result(const fs::path& folder) {
  const auto counts = read_text(folder / kCounts);
  auto verilog = read_text(folder / kNetlist);
  auto log = read_text(folder / kLog);
  auto structures = read_text(folder / kStructures);
  const auto json = nlohmann::json::parse(counts.value_or(""), nullptr, false);
  if (json.is_discarded() || !verilog || !log || !structures) {
    return yosys_failed("its results cannot be read back from " + folder.string());
  }
  return Mapped{
      {}, netlist_from(json), *std::move(verilog), *std::move(log), *std::move(structures)};
}

std::string cache_key(const Flow& flow, const std::string& script, const std::string& text) {
  return spec::sha256("synth 9\n" + flow.yosys.version + '\n' + spec::sha256(script) +
                      spec::sha256(flow.mapping) + spec::sha256(flow.operators) +
                      spec::sha256(flow.barriers) + spec::sha256(adder_cells(flow.library)) +
                      spec::sha256(flow.library.mapper_text) + spec::sha256(text));
}

// `top` and the modules below it, each once; without those that became part of another, unless
// they stand elsewhere as well, when `inlined` names them.
std::vector<std::string> modules_below(
    const OrderedJson& elaborated, const std::string& top,
    const std::map<std::string, std::set<std::string>>& inlined = {}) {
  std::vector<std::string> keys = {top};
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto part = inlined.find(keys[i]);
    for (const std::string& key : submodules(elaborated, keys[i])) {
      const bool inside = part != inlined.end() && part->second.contains(key);
      if (!inside && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

// Every module below `top`, the top one first. What is inlined is mapped by itself as well, and
// what it is inlined in once more without it.
std::vector<Mapping> mappings_below(const Flow& flow, const OrderedJson& elaborated,
                                    const std::string& top) {
  const std::vector<std::string> keys = modules_below(elaborated, top);
  std::map<std::string, std::set<std::string>> inlined;
  for (const std::string& key : keys) {
    if (flow.flatten) inlined[key] = inlined_in(elaborated, key);
  }
  const std::vector<std::string> used = modules_below(elaborated, top, inlined);
  std::vector<Mapping> all;
  for (const std::string& key : keys) {
    all.push_back({key, inlined[key], std::ranges::find(used, key) != used.end()});
  }
  for (const std::string& key : keys) {
    if (!inlined[key].empty()) all.push_back({key, {}, false});
  }
  return all;
}

host::Result<void> map_modules(const Flow& flow, const std::string& top,
                               const OrderedJson& elaborated, int jobs, host::Cache* cache,
                               const fs::path& out) {
  const std::vector<Mapping> mappings = mappings_below(flow, elaborated, top);
  std::vector<std::optional<host::Result<Mapped>>> results(mappings.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < mappings.size(); i = next++) {
      const Mapping& mapping = mappings[i];
      const std::string module = isolated(elaborated, mapping.key, mapping.inlined).dump();
      results[i] = built_or_cached<Mapped>(
          cache, cache_key(flow, flow.script, mapping.key + module),
          [&](const fs::path& folder) {
            return map_module(flow, mapping, elaborated, module, folder);
          },
          read_result);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < std::max(jobs, 1); ++i) workers.emplace_back(work);
  }
  Mapped whole;
  auto structures = nlohmann::json::object();
  for (size_t i = 0; i < mappings.size(); ++i) {
    host::Result<Mapped>& result = *results[i];
    if (!result) return tl::unexpected(result.error());
    whole.log += result->log;
    const std::string& key = mappings[i].key;
    if (const auto known = whole.netlist.find(key); known != whole.netlist.end()) {
      known->second.kept_cells = result->netlist.at(key).cells;
      known->second.parts = result->netlist.at(key).parts;
      continue;
    }
    whole.netlist.merge(result->netlist);
    structures.update(nlohmann::json::parse(result->structures));
    if (mappings[i].used) whole.verilog += result->verilog;
  }
  const bool written = write_text(out / kCounts, to_json(whole.netlist).dump()) &&
                       write_text(out / kStructures, structures.dump()) &&
                       write_text(out / kNetlist, whole.verilog) &&
                       write_text(out / kLog, whole.log);
  if (!written) return cannot_write(out);
  return {};
}

}  // namespace

host::Result<Flow> prepare_flow(const fs::path& data_directory, Library library, double clock_ns) {
  auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected<host::Failure>(yosys.error());
  const fs::path folder = data_directory / "synth" / "flow";
  auto elaborate = read_text(folder / "elaborate.ys");
  auto script = read_text(folder / "map.ys");
  auto mapping = read_text(folder / "map.abc");
  auto operators = read_text(folder / "operators.v");
  auto barriers = read_text(folder / "barriers.v");
  if (!elaborate || !script || !mapping || !operators || !barriers) {
    return tl::unexpected<host::Failure>(
        host::ToolError{"sparq", "", "its flow scripts are missing from " + folder.string(), ""});
  }
  return Flow{*std::move(yosys),     *std::move(elaborate), *std::move(script), *std::move(mapping),
              *std::move(operators), *std::move(barriers),  std::move(library), clock_ns};
}

host::Result<Mapped> map_design(const Flow& flow, const std::string& top,
                                const std::vector<SourceFile>& sources, int jobs,
                                host::Cache* cache) {
  const std::string script = filled_in(flow.elaborate, "@TOP@", top);
  std::string text = script + (flow.flatten ? "flattened\n" : "");
  for (const SourceFile& source : sources) text += source.name + '\n' + spec::sha256(source.text);
  auto mapped = built_or_cached<Mapped>(
      cache, cache_key(flow, flow.script, text),
      [&](const fs::path& out) -> host::Result<void> {
        const auto elaborated = elaborate(flow, script, sources);
        if (!elaborated) return tl::unexpected(elaborated.error());
        return map_modules(flow, top, *elaborated, jobs, cache, out);
      },
      read_result);
  if (mapped) mapped->scripts = {{"elaborate.ys", script}, {"map.ys", flow.script}};
  return mapped;
}

}  // namespace sparq::synth
