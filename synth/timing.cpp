// SPDX-License-Identifier: Apache-2.0
#include "synth/timing.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "app/host/process.h"
#include "golden/spec/config_json.h"
#include "synth/scalar_netlist.h"
#include "synth/scratch.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog = "sta.log";          // in a cache entry, beside
constexpr const char* kBuffers = "buffers.txt";  // their number

tl::unexpected<host::Failure> sta_failed(std::string reason, std::string lines) {
  return tl::unexpected<host::Failure>(
      host::ToolError{"sta", "", std::move(reason), std::move(lines)});
}

// What stands behind `keyword` at the beginning of a line; empty when there is none.
std::string said(const std::string& log, const std::string& keyword) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(keyword + " ")) return line.substr(keyword.size() + 1);
  }
  return "";
}

// "u_unit/u_lane/sum_q[3]/D" is the register u_lane/sum_q[3], "a_i[3]/D" the one at a port.
std::string register_of(std::string pin) {
  pin.erase(pin.rfind('/'));
  constexpr std::string_view kUnit = "u_unit/";
  return pin.starts_with(kUnit) ? pin.substr(kUnit.size()) : pin;
}

// OpenSTA ends with status 0 even when it could not read its script.
host::Result<Timing> read_result(const fs::path& folder) {
  const std::string log = read_text(folder / kLog).value_or("");
  Timing timing{0, said(log, "FROM"), said(log, "TO"), "", 0};
  const std::string slack = said(log, "SLACK");
  const auto [end, error] =
      std::from_chars(slack.data(), slack.data() + slack.size(), timing.slack_ns);
  const size_t path = log.find("Startpoint:");
  const std::string buffers = read_text(folder / kBuffers).value_or("");
  std::from_chars(buffers.data(), buffers.data() + buffers.size(), timing.buffers);
  const bool whole = error == std::errc() && end == slack.data() + slack.size() &&
                     timing.from.find('/') != std::string::npos &&
                     timing.to.find('/') != std::string::npos && path != std::string::npos;
  const size_t complaint = log.find("Error:");
  if (!whole || complaint != std::string::npos || buffers.empty()) {
    const size_t begin = complaint == std::string::npos ? 0 : complaint;
    return sta_failed("did not find the longest path", log.substr(begin, 2000));
  }
  timing.from = register_of(timing.from);
  timing.to = register_of(timing.to);
  timing.path = log.substr(path);
  return timing;
}

}  // namespace

host::Result<Timer> prepare_timer(const fs::path& data_directory, const Library& library) {
  spec::Problems problems;
  if (library.buffer() == library.cells.end()) {
    problems.push_back({library.name, "--liberty", "", "has no buffer, which timing needs"});
  }
  if (library.flip_flop() == library.cells.end()) {
    problems.push_back({library.name, "--liberty", "",
                        "has no plain D flip-flop with a rising clock, which timing needs"});
  }
  if (!problems.empty()) return tl::unexpected<host::Failure>(std::move(problems));
  auto sta = host::find_tool(host::ToolName::kSta);
  if (!sta) return tl::unexpected<host::Failure>(sta.error());
  const fs::path file = data_directory / "synth" / "flow" / "timing.tcl";
  auto script = read_text(file);
  if (!script) {
    return tl::unexpected<host::Failure>(
        host::ToolError{"sparq", "", "its flow script is missing: " + file.string(), ""});
  }
  return Timer{*std::move(sta), *std::move(script), library.flip_flop()->first,
               library.buffer()->first};
}

double fmax_mhz(double clock_ns, double slack_ns) { return 1000 / (clock_ns - slack_ns); }

host::Result<Timing> time_module(const Timer& timer, const Flow& flow, const Mapped& mapped,
                                 const std::string& key, host::Cache* cache) {
  const std::string script =
      filled_in(timer.script, "@CLOCK_NS@", fmt::format("{:.3f}", flow.clock_ns));
  const auto build = [&](const fs::path& out) -> host::Result<void> {
    const ScalarNetlist netlist =
        timed_netlist(structures_from(nlohmann::json::parse(mapped.structures)), key, flow.library);
    const auto folder = scratch_directory(
        {{"script.tcl", script}, {"library.lib", flow.library.text}, {"timed.v", netlist.verilog}});
    if (!folder) return tl::unexpected(folder.error());
    const host::Outcome outcome =
        host::run({.argv = {timer.sta.path.string(), "-no_splash", "-exit", "script.tcl"},
                   .cwd = folder->path(),
                   .env = {},
                   .log = out / kLog,
                   .timeout = {}});
    if (!outcome.ok()) {
      return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kSta, outcome));
    }
    if (!write_text(out / kBuffers, fmt::format("{}", netlist.buffers))) return cannot_write(out);
    // A failure is not kept.
    return read_result(out).map([](const Timing&) {});
  };
  const std::string inputs = "timing 2\n" + timer.sta.version + '\n' + key + '\n' +
                             spec::sha256(script) + spec::sha256(flow.library.text) +
                             spec::sha256(mapped.structures);
  return built_or_cached<Timing>(cache, spec::sha256(inputs), build, read_result);
}

}  // namespace sparq::synth
