// SPDX-License-Identifier: Apache-2.0
#include "synth/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "app/host/output.h"
#include "app/host/process.h"
#include "golden/spec/config_json.h"
#include "synth/adder_cells.h"
#include "synth/isolate.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCounts = "counts.json";  // beside netlist.v and yosys.log in a cache entry

tl::unexpected<host::Failure> yosys_failed(std::string reason, std::string lines = "") {
  return tl::unexpected<host::Failure>(
      host::ToolError{"yosys", "", std::move(reason), std::move(lines)});
}

std::optional<std::string> read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

bool write_text(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  return stream.good();
}

std::string filled_in(std::string text, const std::string& placeholder, const std::string& value) {
  for (size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder)) {
    text.replace(at, placeholder.size(), value);
  }
  return text;
}

std::string with_clock(const Flow& flow) {
  const auto picoseconds = static_cast<int64_t>(std::llround(flow.clock_ns * 1000));
  return filled_in(flow.script, "@CLOCK_PS@", fmt::format("{}", picoseconds));
}

// ABC cannot read a file in a directory whose path holds a space.
fs::path scratch_parent() {
  std::error_code error;
  const fs::path usual = fs::temp_directory_path(error);
  const bool usable = !error && usual.string().find_first_of(" \t\"'") == std::string::npos;
  return usable ? usual : fs::path("/tmp");
}

tl::unexpected<host::Failure> cannot_write(const fs::path& where) {
  return tl::unexpected<host::Failure>(
      spec::fail("", "", where.string(),
                 fmt::format("cannot write there: {}", std::strerror(errno)))
          .value());
}

// Runs a Yosys script on files in a directory of its own, which the result is read from.
struct YosysRun {
  host::Temporary folder = host::Temporary::directory_in(scratch_parent());

  fs::path log() const { return folder.path() / "yosys.log"; }

  host::Result<void> run(const Flow& flow, const std::vector<SourceFile>& files) {
    std::error_code error;
    bool written = !folder.path().empty() && fs::create_directory(folder.path() / "rtl", error);
    for (const SourceFile& file : files) {
      written = written && write_text(folder.path() / file.name, file.text);
    }
    if (!written) return cannot_write(scratch_parent());
    const host::Outcome outcome = host::run({.argv = {flow.yosys.path.string(), "-Q", "script.ys"},
                                             .cwd = folder.path(),
                                             .env = {},
                                             .log = log(),
                                             .timeout = {}});
    if (outcome.ok()) return {};
    return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
  }
};

host::Result<OrderedJson> elaborate(const Flow& flow, const std::string& script,
                                    const std::vector<SourceFile>& sources) {
  std::vector<SourceFile> files = {{"script.ys", script}};
  for (const SourceFile& source : sources) files.push_back({"rtl/" + source.name, source.text});
  YosysRun yosys;
  if (const auto run = yosys.run(flow, files); !run) return tl::unexpected(run.error());
  std::ifstream stream(yosys.folder.path() / "elaborated.json");
  OrderedJson json = OrderedJson::parse(stream, nullptr, false);
  if (json.is_discarded() || !json.contains("modules")) {
    return yosys_failed("wrote no usable elaborated.json");
  }
  return json;
}

// A module's mapped form, in the files of a cache entry: counts.json, netlist.v and yosys.log.
host::Result<void> map_module(const Flow& flow, const std::string& script, const std::string& key,
                              const OrderedJson& elaborated, const std::string& module,
                              const fs::path& out) {
  YosysRun yosys;
  const auto run = yosys.run(flow, {{"script.ys", filled_in(script, "@TOP@", key)},
                                    {"module.json", module},
                                    {"library.lib", flow.library.text},
                                    {"adders.v", flow.adders},
                                    {"adder_cells.v", adder_cells(flow.library)},
                                    {"map.abc", flow.mapping}});
  if (!run) return tl::unexpected(run.error());
  const auto mapped = load_yosys_json(yosys.folder.path() / "mapped.json");
  if (!mapped) return yosys_failed(mapped.error());
  const auto read = read_module(key, nlohmann::json(elaborated.at("modules").at(key)), *mapped,
                                read_text(yosys.log()).value_or(""));
  if (!read) return yosys_failed(read.error());
  bool written = write_text(out / kCounts, to_json({{key, *read}}).dump());
  std::error_code error;
  fs::copy_file(yosys.folder.path() / "netlist.v", out / "netlist.v", error);
  if (!error) fs::copy_file(yosys.log(), out / "yosys.log", error);
  if (!written || error) return cannot_write(out);
  return {};
}

host::Result<Mapped> read_result(const fs::path& folder) {
  const auto counts = read_text(folder / kCounts);
  auto verilog = read_text(folder / "netlist.v");
  auto log = read_text(folder / "yosys.log");
  const auto json = nlohmann::json::parse(counts.value_or(""), nullptr, false);
  if (json.is_discarded() || !verilog || !log) {
    return yosys_failed("its results cannot be read back from " + folder.string());
  }
  return Mapped{{}, netlist_from(json), *std::move(verilog), *std::move(log)};
}

std::string cache_key(const Flow& flow, const std::string& script, const std::string& text) {
  return spec::sha256("synth 2\n" + flow.yosys.version + '\n' + spec::sha256(script) +
                      spec::sha256(flow.mapping) + spec::sha256(flow.adders) +
                      spec::sha256(adder_cells(flow.library)) + spec::sha256(flow.library.text) +
                      spec::sha256(text));
}

// What `build` puts into a directory: one of the cache, when there is a cache.
host::Result<Mapped> built_or_cached(host::Cache* cache, const std::string& key,
                                     const host::Cache::Builder& build) {
  if (cache != nullptr) {
    const auto entry = cache->get_or_build(key, build);
    if (!entry) return tl::unexpected<host::Failure>(entry.error());
    return read_result(entry->path());
  }
  const host::Temporary folder = host::Temporary::directory_in(scratch_parent());
  if (const auto built = build(folder.path()); !built) return tl::unexpected(built.error());
  return read_result(folder.path());
}

// Every module below `top`, the top one first.
std::vector<std::string> modules_below(const OrderedJson& elaborated, const std::string& top) {
  std::vector<std::string> keys = {top};
  for (size_t i = 0; i < keys.size(); ++i) {
    for (const std::string& key : submodules(elaborated, keys[i])) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

host::Result<void> map_modules(const Flow& flow, const std::string& top,
                               const OrderedJson& elaborated, int jobs, host::Cache* cache,
                               const fs::path& out) {
  const std::string script = with_clock(flow);
  const std::vector<std::string> keys = modules_below(elaborated, top);
  std::vector<std::optional<host::Result<Mapped>>> results(keys.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < keys.size(); i = next++) {
      const std::string module = isolated(elaborated, keys[i]).dump();
      results[i] = built_or_cached(
          cache, cache_key(flow, script, keys[i] + module), [&](const fs::path& folder) {
            return map_module(flow, script, keys[i], elaborated, module, folder);
          });
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < std::max(jobs, 1); ++i) workers.emplace_back(work);
  }
  Mapped whole;
  for (auto& result : results) {
    if (!*result) return tl::unexpected(result->error());
    whole.netlist.merge((*result)->netlist);
    whole.verilog += (*result)->verilog;
    whole.log += (*result)->log;
  }
  const bool written = write_text(out / kCounts, to_json(whole.netlist).dump()) &&
                       write_text(out / "netlist.v", whole.verilog) &&
                       write_text(out / "yosys.log", whole.log);
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
  auto adders = read_text(folder / "adders.v");
  if (!elaborate || !script || !mapping || !adders) {
    return tl::unexpected<host::Failure>(
        host::ToolError{"sparq", "", "its flow scripts are missing from " + folder.string(), ""});
  }
  return Flow{*std::move(yosys),
              *std::move(elaborate),
              *std::move(script),
              *std::move(mapping),
              *std::move(adders),
              std::move(library),
              clock_ns};
}

host::Result<Mapped> map_design(const Flow& flow, const std::string& top,
                                const std::vector<SourceFile>& sources, int jobs,
                                host::Cache* cache) {
  const std::string script = filled_in(flow.elaborate, "@TOP@", top);
  std::string text = script;
  for (const SourceFile& source : sources) text += source.name + '\n' + spec::sha256(source.text);
  auto mapped = built_or_cached(cache, cache_key(flow, with_clock(flow), text),
                                [&](const fs::path& out) -> host::Result<void> {
                                  const auto elaborated = elaborate(flow, script, sources);
                                  if (!elaborated) return tl::unexpected(elaborated.error());
                                  return map_modules(flow, top, *elaborated, jobs, cache, out);
                                });
  if (mapped) mapped->scripts = {{"elaborate.ys", script}, {"map.ys", with_clock(flow)}};
  return mapped;
}

}  // namespace sparq::synth
