// SPDX-License-Identifier: Apache-2.0
#include "synth/flow.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/host/output.h"
#include "app/host/process.h"
#include "golden/spec/config_json.h"

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

// ABC cannot read a file in a directory whose path holds a space.
fs::path scratch_parent() {
  std::error_code error;
  const fs::path usual = fs::temp_directory_path(error);
  const bool usable = !error && usual.string().find_first_of(" \t\"'") == std::string::npos;
  return usable ? usual : fs::path("/tmp");
}

// Runs Yosys in a directory of its own and leaves counts.json, netlist.v and yosys.log in `out`.
host::Result<void> run_yosys(const Flow& flow, const std::string& script,
                             const std::vector<SourceFile>& sources, const fs::path& out) {
  const host::Temporary scratch = host::Temporary::directory_in(scratch_parent());
  const fs::path& folder = scratch.path();
  std::error_code error;
  bool written = !folder.empty() && fs::create_directory(folder / "rtl", error);
  for (const SourceFile& source : sources) {
    written = written && write_text(folder / "rtl" / source.name, source.text);
  }
  written = written && write_text(folder / "library.lib", flow.library.text) &&
            write_text(folder / "map.abc", flow.mapping) && write_text(folder / "synth.ys", script);
  if (!written) {
    return tl::unexpected<host::Failure>(
        spec::fail("", "", scratch_parent().string(),
                   fmt::format("cannot write there: {}", std::strerror(errno)))
            .value());
  }
  const fs::path log = folder / "yosys.log";
  const host::Outcome outcome = host::run({.argv = {flow.yosys.path.string(), "-Q", "synth.ys"},
                                           .cwd = folder,
                                           .env = {},
                                           .log = log,
                                           .timeout = {}});
  if (!outcome.ok()) {
    return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kYosys, outcome));
  }
  const auto elaborated = load_yosys_json(folder / "elaborated.json");
  if (!elaborated) return yosys_failed(elaborated.error(), host::last_lines(outcome));
  const auto mapped = load_yosys_json(folder / "mapped.json");
  if (!mapped) return yosys_failed(mapped.error(), host::last_lines(outcome));
  const auto netlist = read_netlist(*elaborated, *mapped, read_text(log).value_or(""));
  if (!netlist) return yosys_failed(netlist.error());
  written = write_text(out / kCounts, to_json(*netlist).dump());
  fs::copy_file(folder / "netlist.v", out / "netlist.v", error);
  if (!error) fs::copy_file(log, out / "yosys.log", error);
  if (!written || error) {
    return tl::unexpected<host::Failure>(
        spec::fail("", "", out.string(), "cannot write there").value());
  }
  return {};
}

host::Result<Mapped> read_result(const std::string& script, const fs::path& folder) {
  const auto counts = read_text(folder / kCounts);
  auto verilog = read_text(folder / "netlist.v");
  auto log = read_text(folder / "yosys.log");
  const auto json = nlohmann::json::parse(counts.value_or(""), nullptr, false);
  if (json.is_discarded() || !verilog || !log) {
    return yosys_failed("its results cannot be read back from " + folder.string());
  }
  return Mapped{script, netlist_from(json), *std::move(verilog), *std::move(log)};
}

std::string cache_key(const Flow& flow, const std::string& script,
                      const std::vector<SourceFile>& sources) {
  std::string text = "synth 1\n" + flow.yosys.version + '\n' + spec::sha256(script) +
                     spec::sha256(flow.mapping) + spec::sha256(flow.library.text);
  for (const SourceFile& source : sources) text += source.name + '\n' + spec::sha256(source.text);
  return spec::sha256(text);
}

}  // namespace

host::Result<Flow> prepare_flow(const fs::path& data_directory, Library library, double clock_ns) {
  auto yosys = host::find_tool(host::ToolName::kYosys);
  if (!yosys) return tl::unexpected<host::Failure>(yosys.error());
  const fs::path folder = data_directory / "synth" / "flow";
  auto script = read_text(folder / "synth.ys");
  auto mapping = read_text(folder / "map.abc");
  if (!script || !mapping) {
    return tl::unexpected<host::Failure>(
        host::ToolError{"sparq", "", "its flow scripts are missing from " + folder.string(), ""});
  }
  return Flow{*std::move(yosys), *std::move(script), *std::move(mapping), std::move(library),
              clock_ns};
}

host::Result<Mapped> map_design(const Flow& flow, const std::string& top,
                                const std::vector<SourceFile>& sources, host::Cache* cache) {
  const auto picoseconds = static_cast<int64_t>(std::llround(flow.clock_ns * 1000));
  const std::string script =
      filled_in(filled_in(flow.script, "@TOP@", top), "@CLOCK_PS@", fmt::format("{}", picoseconds));
  const auto build = [&](const fs::path& out) { return run_yosys(flow, script, sources, out); };
  if (cache != nullptr) {
    const auto entry = cache->get_or_build(cache_key(flow, script, sources), build);
    if (!entry) return tl::unexpected<host::Failure>(entry.error());
    return read_result(script, entry->path());
  }
  const host::Temporary folder = host::Temporary::directory_in(scratch_parent());
  if (const auto built = build(folder.path()); !built) {
    return tl::unexpected<host::Failure>(built.error());
  }
  return read_result(script, folder.path());
}

}  // namespace sparq::synth
