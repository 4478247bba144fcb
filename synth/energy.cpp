// SPDX-License-Identifier: Apache-2.0
#include "synth/energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "app/host/process.h"
#include "golden/spec/config_json.h"
#include "synth/activity.h"
#include "synth/scalar_netlist.h"
#include "synth/scratch.h"

namespace sparq::synth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResult = "energy.json";  // in a cache entry

tl::unexpected<host::Failure> failed(const char* tool, std::string reason, std::string lines = "") {
  return tl::unexpected<host::Failure>(
      host::ToolError{tool, "", std::move(reason), std::move(lines)});
}

host::Result<void> run(const fs::path& folder, std::vector<std::string> argv,
                       const std::string& log) {
  const std::string program = fs::path(argv.front()).filename();
  const host::Outcome outcome = host::run(
      {.argv = std::move(argv), .cwd = folder, .env = {}, .log = folder / log, .timeout = {}});
  if (outcome.ok()) return {};
  return failed(program.c_str(), host::describe(outcome), host::last_lines(outcome));
}

// One instance of a multiplying unit: the names of the instances down to it.
struct UnitInstance {
  std::vector<std::string> path;
  std::string key;  // of its module, with its parameters
};

void find_units(const Structures& structures, const std::string& key, const std::string& unit,
                const std::vector<std::string>& prefix, std::vector<UnitInstance>& found) {
  for (const Instance& instance : structures.at(key).instances) {
    if (!structures.contains(instance.type)) continue;
    std::vector<std::string> path = prefix;
    path.push_back(instance.name);
    if (plain_name(instance.type) == unit) {
      found.push_back({path, instance.type});
    } else {
      find_units(structures, instance.type, unit, path, found);
    }
  }
}

// The cells below `key`, by path, each with the pins that lead somewhere.
void cells_below(const Structures& structures, const std::string& key, const std::string& prefix,
                 std::map<std::string, const Instance*>& cells) {
  for (const Instance& instance : structures.at(key).instances) {
    const std::string path = prefix + instance.name;
    if (structures.contains(instance.type)) {
      cells_below(structures, instance.type, path + "/", cells);
    } else {
      cells[path] = &instance;
    }
  }
}

size_t width_of(const Structure& module, const std::string& port) {
  const auto found = std::find_if(module.ports.begin(), module.ports.end(),
                                  [&](const Pin& candidate) { return candidate.name == port; });
  return found == module.ports.end() ? 0 : found->nets.size();
}

std::string testbench(const Structure& array, const std::string& name,
                      const std::vector<UnitInstance>& units, const Operands& operands) {
  std::string signals;
  std::string pins;
  for (const Pin& port : array.ports) {
    signals += fmt::format("  {} [{}:0] {};\n", port.output ? "wire" : "reg", port.nets.size() - 1,
                           port.name);
    for (size_t bit = 0; bit < port.nets.size(); ++bit) {
      pins += fmt::format("{}.{}({}[{}])", pins.empty() ? "" : ", ", port_name(port, bit),
                          port.name, bit);
    }
  }
  const bool has_enable = width_of(array, "clk_en_i") > 0;
  std::string paths;
  for (const UnitInstance& unit : units) {
    paths += ", testbench.u_array";
    for (const std::string& instance : unit.path) paths += fmt::format(".\\{} ", instance);
  }
  constexpr std::string_view kValid = "_valid_i";
  std::string idle;
  std::string stalled;
  for (const std::string& port : operands.ports) {
    if (!port.ends_with(kValid)) continue;
    const std::string stream = port.substr(0, port.size() - kValid.size());
    idle += fmt::format("    {} = 0;\n", port);
    stalled +=
        fmt::format("      if ({} && {}_ready_o !== 1'b1) $display(\"STALLED\");\n", port, stream);
  }
  return fmt::format(R"(`timescale 1ns/1ns
module testbench;
{signals}
  {name} u_array ({pins});

  reg [{bits}-1:0] steps [0:{count}-1];
  integer i;
  initial begin
    clk_i = 0;
    forever #5 clk_i = ~clk_i;
  end
  initial begin
    $readmemh("steps.hex", steps);
    rst_ni = 0;
{idle}    {result}_ready_i = 1;
{enable}    repeat (4) @(negedge clk_i);
    rst_ni = 1;
    repeat (2) @(negedge clk_i);
    for (i = 0; i < {count}; i = i + 1) begin
      if (i == {from}) begin
        $dumpfile("activity.vcd");
        $dumpvars(0{paths});
      end
      {{{ports}}} = steps[i];
{stalled}      @(negedge clk_i);
    end
    $dumpoff;
{idle}    repeat (64) @(negedge clk_i);
    $finish;
  end
  always @(posedge clk_i) if (rst_ni && {result}_valid_o) $display("RESULT %b", {result}_data_o);
endmodule
)",
                     fmt::arg("signals", signals), fmt::arg("name", name), fmt::arg("pins", pins),
                     fmt::arg("bits", operands.steps.front().size()),
                     fmt::arg("ports", fmt::join(operands.ports, ", ")),
                     fmt::arg("result", operands.result_stream), fmt::arg("idle", idle),
                     fmt::arg("stalled", stalled), fmt::arg("count", operands.steps.size()),
                     fmt::arg("from", operands.counted_from), fmt::arg("paths", paths),
                     fmt::arg("enable", has_enable ? "    clk_en_i = 1;\n" : ""));
}

// For $readmemh, which is faster than $readmemb.
std::string steps_text(const Operands& operands) {
  std::string text;
  for (std::string bits : operands.steps) {
    bits.insert(0, (4 - bits.size() % 4) % 4, '0');
    for (size_t at = 0; at < bits.size(); at += 4) {
      text += fmt::format("{:x}", std::stoi(bits.substr(at, 4), nullptr, 2));
    }
    text += '\n';
  }
  return text;
}

// What is wrong with what the simulated array said.
std::optional<std::string> check_results(const std::string& log, const Operands& operands) {
  if (log.find("STALLED") != std::string::npos) return "the array did not take a step";
  std::istringstream lines(log);
  size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("RESULT ")) continue;
    const size_t row = rows++;
    if (row >= operands.results.size()) break;
    if (line.substr(7) != operands.results[row]) {
      return fmt::format("result {}: the netlist gives {}, not {}", row, line.substr(7),
                         operands.results[row]);
    }
  }
  if (rows == operands.results.size()) return std::nullopt;
  return fmt::format("the netlist gives {} results, not {}", rows, operands.results.size());
}

struct Power {
  double registers_w = 0;
  double logic_w = 0;
};

class Measurement {
 public:
  Measurement(const PowerMeter& meter, const Flow& flow, const std::string& array,
              const Mapped& mapped, const Operands& operands)
      : meter_(meter),
        flow_(flow),
        array_(array),
        operands_(operands),
        structures_(structures_from(nlohmann::json::parse(mapped.structures))) {}

  host::Result<Energy> measure(const std::string& unit) const {
    std::vector<UnitInstance> units;
    find_units(structures_, array_, unit, {}, units);
    if (units.empty()) return failed("sparq", fmt::format("{} holds no {}", array_, unit));
    const auto dump = simulate(units);
    if (!dump) return tl::unexpected(dump.error());
    const auto cycles = static_cast<double>(operands_.steps.size() - operands_.counted_from);
    const double macs = cycles * operands_.macs_per_step;
    const double pj_per_watt = flow_.clock_ns * cycles / macs * 1000;
    Energy energy{0, 0, static_cast<int64_t>(macs)};
    for (const UnitInstance& each : units) {
      const auto power = power_of(each, *dump, cycles);
      if (!power) return tl::unexpected(power.error());
      energy.registers_pj += power->registers_w * pj_per_watt;
      energy.logic_pj += power->logic_w * pj_per_watt;
    }
    return energy;
  }

 private:
  // The value change dump of the units.
  host::Result<std::string> simulate(const std::vector<UnitInstance>& units) const {
    const Structure& array = structures_.at(array_);
    const auto folder = scratch_directory(
        {{"cells.ys", meter_.cells},
         {"library.lib", flow_.library.text},
         {"netlist.v", scalar_netlist(structures_, array_, flow_.library).verilog},
         {"testbench.v", testbench(array, plain_name(array_), units, operands_)},
         {"steps.hex", steps_text(operands_)}});
    if (!folder) return tl::unexpected(folder.error());
    const fs::path vvp = meter_.iverilog.path.parent_path() / "vvp";
    const fs::path& where = folder->path();
    const auto ran = run(where, {flow_.yosys.path.string(), "-q", "-s", "cells.ys"}, "cells.log")
                         .and_then([&] {
                           return run(where,
                                      {meter_.iverilog.path.string(), "-g2005", "-s", "testbench",
                                       "-o", "sim", "cells.v", "netlist.v", "testbench.v"},
                                      "iverilog.log");
                         })
                         .and_then([&] {
                           return run(where, {vvp.string(), "-n", "sim"}, "vvp.log");
                         });
    if (!ran) return tl::unexpected(ran.error());
    const std::string log = read_text(where / "vvp.log").value_or("");
    if (const auto fault = check_results(log, operands_)) return failed("vvp", *fault);
    return read_text(where / "activity.vcd").value_or("");
  }

  host::Result<Power> power_of(const UnitInstance& unit, const std::string& dump,
                               double cycles) const {
    const auto activities = read_activity(dump, unit.path.back());
    if (!activities) return failed("vvp", activities.error());
    std::map<std::string, const Instance*> cells;
    cells_below(structures_, unit.key, "", cells);
    std::string activity;
    for (const auto& [cell, instance] : cells) {
      activity += fmt::format("lappend cells {{u_unit/{}}}\n", cell);
      for (const Pin& pin : instance->pins) {
        if (pin.nets.front() == kUnconnected) continue;
        const auto found = activities->find(cell + "/" + pin.name);
        if (found == activities->end()) return failed("vvp", "did not dump " + cell);
        activity +=
            fmt::format("toggles {{u_unit/{}/{}}} {:.6f} {:.6f}\n", cell, pin.name,
                        static_cast<double>(found->second.toggles) / cycles, found->second.duty);
      }
    }
    const std::string clock = fmt::format("{:.3f}", flow_.clock_ns);
    const auto folder = scratch_directory(
        {{"script.tcl", filled_in(meter_.power, "@CLOCK_NS@", clock)},
         {"activity.tcl", activity},
         {"library.lib", flow_.library.text},
         {"timed.v", timed_netlist(structures_, unit.key, flow_.library).verilog}});
    if (!folder) return tl::unexpected(folder.error());
    const auto ran = run(
        folder->path(), {meter_.sta.path.string(), "-no_splash", "-exit", "script.tcl"}, "sta.log");
    if (!ran) return tl::unexpected(ran.error());
    return read_power(read_text(folder->path() / "sta.log").value_or(""), cells);
  }

  // What report_power -instances prints: internal, switching, leakage, total, name.
  host::Result<Power> read_power(const std::string& log,
                                 const std::map<std::string, const Instance*>& cells) const {
    constexpr std::string_view kUnit = "u_unit/";
    Power power;
    size_t count = 0;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream values(line);
      double total = 0;
      std::string name;
      if (!(values >> total >> total >> total >> total >> name)) continue;
      if (!name.starts_with(kUnit)) continue;
      const auto cell = cells.find(name.substr(kUnit.size()));
      if (cell == cells.end()) continue;
      const CellKind kind = flow_.library.cells.at(cell->second->type).kind;
      (kind == CellKind::kFlipFlop ? power.registers_w : power.logic_w) += total;
      ++count;
    }
    const bool complaint =
        log.find("Error:") != std::string::npos || log.find("not found") != std::string::npos;
    if (count != cells.size() || complaint) {
      return failed("sta", "did not report the power", log.substr(0, 2000));
    }
    return power;
  }

  const PowerMeter& meter_;
  const Flow& flow_;
  const std::string& array_;
  const Operands& operands_;
  Structures structures_;
};

host::Result<Energy> read_result(const fs::path& folder) {
  const auto json = nlohmann::json::parse(read_text(folder / kResult).value_or(""), nullptr, false);
  if (json.is_discarded()) return failed("sta", "its results cannot be read back");
  return Energy{json.at("registers_pj"), json.at("logic_pj"), json.at("macs")};
}

}  // namespace

host::Result<PowerMeter> prepare_power_meter(const fs::path& data_directory) {
  auto iverilog = host::find_tool(host::ToolName::kIverilog);
  if (!iverilog) return tl::unexpected(iverilog.error());
  auto sta = host::find_tool(host::ToolName::kSta);
  if (!sta) return tl::unexpected(sta.error());
  const fs::path folder = data_directory / "synth" / "flow";
  auto cells = read_text(folder / "cells.ys");
  auto power = read_text(folder / "power.tcl");
  if (!cells || !power)
    return failed("sparq", "its flow scripts are missing from " + folder.string());
  return PowerMeter{*std::move(iverilog), *std::move(sta), *std::move(cells), *std::move(power)};
}

host::Result<Energy> measure_energy(const PowerMeter& meter, const Flow& flow,
                                    const std::string& array, const std::string& unit,
                                    const Mapped& mapped, const Operands& operands,
                                    host::Cache* cache) {
  std::string inputs = fmt::format("energy 6\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", flow.yosys.version,
                                   meter.iverilog.version, meter.sta.version, flow.clock_ns, array,
                                   unit, operands.counted_from, operands.macs_per_step);
  inputs += fmt::format("{}\n{}\n{}\n", fmt::join(operands.ports, ","), operands.result_stream,
                        fmt::join(operands.steps, "\n"));
  inputs += fmt::format("{}\n", fmt::join(operands.results, "\n"));
  inputs += spec::sha256(meter.cells) + spec::sha256(meter.power) +
            spec::sha256(flow.library.text) + spec::sha256(mapped.structures);
  const auto build = [&](const fs::path& out) -> host::Result<void> {
    const auto energy = Measurement(meter, flow, array, mapped, operands).measure(unit);
    if (!energy) return tl::unexpected(energy.error());
    const nlohmann::json json = {{"registers_pj", energy->registers_pj},
                                 {"logic_pj", energy->logic_pj},
                                 {"macs", energy->macs}};
    if (!write_text(out / kResult, json.dump())) return cannot_write(out);
    return {};
  };
  return built_or_cached<Energy>(cache, spec::sha256(inputs), build, read_result);
}

}  // namespace sparq::synth
