// SPDX-License-Identifier: Apache-2.0
#include "verif/icarus/testbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/tool.h"
#include "golden/spec/config_json.h"
#include "verif/harness/dut.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using host::Result;

constexpr const char* kParts[] = {"sparq_bench_source.v", "sparq_bench_sink.v"};

// One line per beat: {pause, bits}, in two digits more than the bits need. Results without flags
// get one that is 0, as sink_text has it.
std::string hex_text(const BeatStream& stream) {
  const int bits = stream.bits() + (!stream.input && stream.fields.size() == 1 ? 1 : 0);
  const int digits = (bits + 3) / 4;
  std::string text;
  for (const Beat& beat : stream.beats) {
    std::vector<unsigned char> line(static_cast<size_t>(bits / 8 + 4));
    for (int bit = 0; bit < stream.bits(); bit += 32) {
      const int count = std::min(32, stream.bits() - bit);
      set_bits(line.data(), bit, count, get_bits(beat.bits.data(), bit, count));
    }
    set_bits(line.data(), bits, 8, static_cast<uint64_t>(beat.pause));
    for (int digit = digits + 1; digit >= 0; --digit) {
      text += "0123456789abcdef"[get_bits(line.data(), 4 * digit, 4)];
    }
    text += '\n';
  }
  return text;
}

// "  .name_i (signal),\n" for a port of the design.
std::string connection(const std::string& port, const std::string& signal) {
  return fmt::format("      .{:<20} ({}),\n", port, signal);
}

// Declarations, instances and connections of one stream.
struct StreamText {
  std::string body;
  std::string connections;
};

StreamText source_text(const BeatStream& stream) {
  const std::string& p = stream.prefix;
  StreamText text;
  text.body = fmt::format(
      "  // ---- {0}: {2} beats into the design\n"
      "  wire {0}_valid, {0}_ready, {0}_done;\n"
      "  wire [{3}:0] {0}_beat;\n"
      "  sparq_bench_source #(\n"
      "      .Bits({1}), .Beats({2}), .File(\"{0}.hex\")\n"
      "  ) u_{0} (\n"
      "      .clk_i(beat_clk), .rst_ni(rst_n), .valid_o({0}_valid), .ready_i({0}_ready),\n"
      "      .data_o({0}_beat), .done_o({0}_done)\n"
      "  );\n\n",
      p, stream.bits(), stream.beats.size(), stream.bits() - 1);
  text.connections =
      connection(p + "_valid_i", p + "_valid") + connection(p + "_ready_o", p + "_ready");
  int at = 0;
  for (const gen::Port& field : stream.fields) {
    text.connections +=
        connection(field.name, fmt::format("{}_beat[{} +: {}]", p, at, field.width));
    at += field.width;
  }
  return text;
}

StreamText sink_text(const BenchVectors& vectors) {
  const BeatStream& stream = vectors.streams.back();
  const std::string& p = stream.prefix;
  const int elements = vectors.columns * vectors.rows_per_beat;
  const int data = stream.fields[0].width;
  // A stream without flags is given one that is always 0.
  const int flags = std::max(1, stream.bits() - data);
  StreamText text;
  text.body = fmt::format(
      "  // ---- {0}: {1} beats out of the design\n"
      "  wire {0}_valid, {0}_ready, {0}_done;\n"
      "  wire [{2}:0] {0}_data;\n"
      "  wire [{3}:0] {0}_flags;\n"
      "  sparq_bench_sink #(\n"
      "      .ElementBits({4}), .Columns({5}), .RowsPerBeat({6}), .RowsPerTile({7}),\n"
      "      .FlagBits({8}), .Beats({1}), .File(\"{0}.hex\")\n"
      "  ) u_{0} (\n"
      "      .clk_i(beat_clk), .rst_ni(rst_n), .valid_i({0}_valid), .ready_o({0}_ready),\n"
      "      .data_i({{{0}_flags, {0}_data}}), .done_o({0}_done)\n"
      "  );\n",
      p, stream.beats.size(), data - 1, flags - 1, data / elements, vectors.columns,
      vectors.rows_per_beat, vectors.rows_per_tile, flags);
  if (stream.fields.size() == 1) text.body += fmt::format("  assign {}_flags = 1'b0;\n", p);
  text.connections = connection(p + "_valid_o", p + "_valid") +
                     connection(p + "_ready_i", p + "_ready") +
                     connection(stream.fields[0].name, p + "_data");
  for (size_t i = 1; i < stream.fields.size(); ++i) {
    text.connections += connection(stream.fields[i].name, fmt::format("{}_flags[{}]", p, i - 1));
  }
  return text;
}

constexpr const char* kSteadyClock =
    "  wire beat_clk = clk;  // of what feeds the design and reads from it\n";

// A clock enable that is low in a quarter of the cycles, for one to five at a time. In these
// nothing may happen: the bench's own parts rest, and the design offers and takes nothing.
std::string paused_clock(const BenchVectors& vectors) {
  std::string handshakes;
  for (const BeatStream& stream : vectors.streams) {
    handshakes += fmt::format("{}{}_{}", handshakes.empty() ? "" : ", ", stream.prefix,
                              stream.input ? "ready" : "valid");
  }
  return fmt::format(
      R"(  // ---- clk_en_i pauses the design; the bench's streams rest with it
  reg  [6:0] pauses = 7'd1;
  wire clk_en   = |pauses[1:0];
  wire beat_clk = clk && clk_en;  // of what feeds the design and reads from it
  always @(negedge clk) pauses <= {{pauses[5:0], pauses[6] ^ pauses[5]}};
  always @(posedge clk) begin
    if (rst_n && !clk_en && {{{0}}} !== {1}'d0) begin
      $display("FAIL: time %0t: a handshake while clk_en_i is low", $time);
      $finish;
    end
  end
)",
      handshakes, vectors.streams.size());
}

std::string testbench_text(const gen::Output& output, const BenchVectors& vectors) {
  const std::string& top = output.top().name;
  const BeatStream& results = vectors.streams.back();
  std::string body;
  std::string connections;
  std::string done;
  size_t patience = 1000;
  for (const BeatStream& stream : vectors.streams) {
    const StreamText text = stream.input ? source_text(stream) : sink_text(vectors);
    body += text.body;
    connections += text.connections;
    done += (done.empty() ? "" : " && ") + stream.prefix + "_done";
    for (const Beat& beat : stream.beats) patience += 2 + static_cast<size_t>(beat.pause);
  }
  // More than any way through the design takes.
  const int silence = 64 + 4 * (output.config.array.rows + output.config.array.cols);
  const auto& ports = output.top().ports;
  const bool pauses = std::ranges::find(ports, "clk_en_i", &gen::Port::name) != ports.end();
  if (pauses) connections = connection("clk_en_i", "clk_en") + connections;
  const std::string clock = pauses ? paused_clock(vectors) : kSteadyClock;
  if (pauses) patience *= 2;
  connections.erase(connections.rfind(','), 1);
  return fmt::format(
      R"(// SPDX-License-Identifier: Apache-2.0
//
// {top}_tb: self-checking bench of {top}
//
//   Feeds the beats of *.hex and compares what comes back; every stream pauses now and then. Prints
//   one line: PASS with what was compared, or FAIL with time, row, column, expected and got.
//
// Config digest: {digest}

`timescale 1ns / 1ps
`default_nettype none

module {top}_tb;

  reg clk   = 1'b0;
  reg rst_n = 1'b0;
  always #5 clk = !clk;
  initial begin
    repeat (2) @(posedge clk);
    rst_n <= 1'b1;
  end

{clock}
{body}
  {top} u_dut (
      .clk_i                (clk),
      .rst_ni               (rst_n),
{connections}  );

  // After the last beat nothing may follow: the sink watches for as long as anything takes.
  integer cycles = 0;
  integer quiet  = 0;
  always @(posedge clk) begin
    cycles <= cycles + 1;
    if ({done}) quiet <= quiet + 1;
    if (quiet == {silence}) begin
      $display("PASS: {values} values in {beats} beats compared, %0d cycles", cycles - {silence});
      $finish;
    end else if (cycles == {patience}) begin
      $display("FAIL: time %0t: no progress after %0d of {beats} beats of results", $time,
               u_{results}.at);
      $finish;
    end
  end

endmodule

`default_nettype wire
)",
      fmt::arg("top", top), fmt::arg("digest", spec::digest(output.config)),
      fmt::arg("clock", clock), fmt::arg("body", body), fmt::arg("connections", connections),
      fmt::arg("done", done),
      fmt::arg("values",
               results.beats.size() * static_cast<size_t>(vectors.columns * vectors.rows_per_beat)),
      fmt::arg("beats", results.beats.size()),
      fmt::arg("patience", patience + static_cast<size_t>(2 * silence)),
      fmt::arg("silence", silence), fmt::arg("results", results.prefix));
}

std::string run_script(const std::string& top) {
  return fmt::format(
      R"(#!/bin/sh
# Compiles and runs the bench under Icarus Verilog; exit status 0 when it prints PASS.
cd "$(dirname "$0")/.." && iverilog -g2005 -s {0}_tb -o bench/{0}_tb.vvp -f files.f bench/*.v || exit
cd bench && vvp -n {0}_tb.vvp | tee result.txt && grep -q '^PASS' result.txt
)",
      top);
}

}  // namespace

Result<std::vector<BenchFile>> bench_files(const gen::Output& output, const BenchVectors& vectors) {
  const auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  const std::string& top = output.top().name;
  std::vector<BenchFile> files = {{top + "_tb.v", testbench_text(output, vectors)},
                                  {"run.sh", run_script(top)}};
  for (const char* part : kParts) {
    std::ifstream in(*data / "verif" / "icarus" / part, std::ios::binary);
    files.push_back({part, {std::istreambuf_iterator<char>(in), {}}});
    if (files.back().text.empty()) {
      return tl::unexpected<host::Failure>(host::ToolError{
          "sparq", "", fmt::format("{} is missing from its data directory", part), ""});
    }
  }
  for (const BeatStream& stream : vectors.streams) {
    files.push_back({stream.prefix + ".hex", hex_text(stream)});
  }
  return files;
}

Result<Check> run_icarus(const gen::Output& output, const BenchVectors& vectors) {
  const auto start = std::chrono::steady_clock::now();
  const auto icarus = host::find_tool(host::ToolName::kIverilog);
  if (!icarus) return tl::unexpected(icarus.error());
  const auto files = bench_files(output, vectors);
  if (!files) return tl::unexpected(files.error());
  const host::Temporary directory = host::Temporary::directory_in(fs::temp_directory_path());
  bool written = true;
  const auto write = [&](const fs::path& name, const std::string& text) {
    std::error_code error;
    fs::create_directories((directory.path() / name).parent_path(), error);
    std::ofstream file(directory.path() / name, std::ios::binary);
    file << text;
    written = written && file.flush();
  };
  for (const gen::EmittedModule& module : output.modules) {
    write(fs::path("rtl") / (module.name + ".v"), module.text);
  }
  write("files.f", gen::file_list(output));
  for (const BenchFile& file : *files) write(fs::path("bench") / file.name, file.text);
  if (!written) {
    return tl::unexpected<host::Failure>(spec::Problems{
        {"temporary files", "", fs::temp_directory_path().string(), "cannot be written"}});
  }
  const host::Outcome outcome = host::run({.argv = {"/bin/sh", "bench/run.sh"},
                                           .cwd = directory.path(),
                                           .env = {},
                                           .log = {},
                                           .timeout = std::chrono::minutes(10)});
  static const std::regex pass(R"((^|\n)PASS: (\d+) values in .*)");
  std::smatch match;
  Check check = {.module = output.top().name,
                 .kind = "icarus",
                 .title = "the emitted bench of `sparq gen --bench`, all streams stalling"};
  if (outcome.ok() && std::regex_search(outcome.out, match, pass)) {
    check.cases = std::stoull(match[2]);
    check.passed = check.cases > 0;
  } else if (outcome.out.find("FAIL: ") != std::string::npos) {
    check.detail = outcome.out;
  } else {
    return tl::unexpected<host::Failure>(host::tool_error(host::ToolName::kIverilog, outcome));
  }
  check.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return check;
}

Result<std::vector<Check>> check_icarus(const gen::Output& output, const CheckOptions& options) {
  auto check = run_icarus(output, bench_vectors(output, options.seed));
  if (!check) return tl::unexpected(check.error());
  return std::vector{*std::move(check)};
}

}  // namespace sparq::verif
