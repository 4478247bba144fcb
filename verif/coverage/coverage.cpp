// SPDX-License-Identifier: Apache-2.0
#include "verif/coverage/coverage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using gen::EmittedModule;
using gen::Role;

constexpr const char* kMonitors = "sparq_cover_monitors";

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// {8'd4, 8'd2, 8'd0}: the first in the low bits.
std::string packed(const std::vector<int>& shifts) {
  std::string text;
  for (const int s : shifts) text = fmt::format("8'd{}{}{}", s, text.empty() ? "" : ", ", text);
  return "{" + text + "}";
}

}  // namespace

Coverage::Coverage(const gen::Output& output) : instrumented_(output) {
  const auto data = host::data_directory();
  golden::require(data.has_value(), "harness sources");
  instrumented_.modules.insert(
      instrumented_.modules.begin(),
      EmittedModule{kMonitors,
                    Role::kLibrary,
                    "coverage monitors",
                    std::nullopt,
                    {},
                    {},
                    read_text(*data / "verif" / "coverage" / "monitors.sv")});
  instrument_array();
  instrument_elements();
}

void Coverage::add_to(Role role, const std::string& text) {
  const auto module = std::find_if(instrumented_.modules.begin(), instrumented_.modules.end(),
                                   [=](const EmittedModule& m) { return m.role == role; });
  golden::require(module != instrumented_.modules.end(), "a module to be monitored");
  const size_t end = module->text.rfind("\nendmodule");
  golden::require(end != std::string::npos, "the end of a module");
  module->text.insert(end, "\n" + text);
  // Monitors sample the reset, which registers may take asynchronously. The module itself is linted
  // without them.
  module->text.insert(0, "// verilator lint_off SYNCASYNCNET\n");
}

void Coverage::instrument_array() {
  const spec::Config& config = instrumented_.config;
  const std::string& top = instrumented_.top().name;
  const auto rows = static_cast<size_t>(config.array.rows);
  std::string text;
  for (const auto& [name, valid, ready] :
       {std::tuple{"u_cover_steps", "step_valid_i", "step_ready_o"},
        std::tuple{"u_cover_results", "row_valid_o", "row_ready_i"}}) {
    text += fmt::format(
        "  sparq_cover_stream {} (.clk_i(clk_i), .valid_i({} && rst_ni), .ready_i({}));\n", name,
        valid, ready);
    points_[name] = {fmt::format("handshake of {}", valid), top, 1, stream_bins()};
  }
  if (config.encoder == spec::Encoder::kEdge && config.format.kind == spec::Kind::kSparq) {
    points_["u_cover_pair"] = {"pairs at encoders", top, rows, pair_bins(config.format)};
    text += pair_monitor();
  }
  add_to(Role::kArray, text);
}

std::string Coverage::pair_monitor() {
  const spec::Format& format = instrumented_.config.format;
  const PairWindows lone = lone_windows(format);
  return fmt::format(
      "  genvar cover_row;\n"
      "  generate\n"
      "    for (cover_row = 0; cover_row < Rows; cover_row = cover_row + 1) begin : gen_cover\n"
      "      sparq_cover_pair #(.A({0}), .Signed({1}), .N({2}), .Codes({3}), .Shifts({4}),\n"
      "          .Nearest({5}), .Pairs({6}), .LoneN({7}), .LoneCodes({8}), .LoneShifts({9}),\n"
      "          .Reachable({10})) u_cover_pair (.clk_i(clk_i),\n"
      "          .accept_i(rst_ni && step_valid_i && step_ready_o),\n"
      "          .pair_i(step_activation_i[{11}*cover_row +: {11}]));\n"
      "    end\n"
      "  endgenerate\n",
      format.activation_bits, format.signed_activations ? 1 : 0, format.window_bits,
      format.placements.size(), packed(format.placements),
      format.rounding == spec::Rounding::kNearest ? 1 : 0, format.vsparq ? 1 : 0, lone.lone_bits,
      lone.lone_shifts.size(), packed(lone.lone_shifts), reachable_mask(pair_bins(format)),
      2 * format.activation_bits);
}

std::string Coverage::word_monitor(const std::string& name, const std::string& enable,
                                   const std::string& word, int width) {
  const spec::Format& format = instrumented_.config.format;
  const std::string ports =
      fmt::format("{} (.clk_i(clk_i), .enable_i({}), .word_i({}));\n", name, enable, word);
  if (format.kind != spec::Kind::kSparq) {
    return fmt::format("  sparq_cover_plain #(.Width({})) {}", width, ports);
  }
  const spec::PairLayout layout = spec::pair_layout(format);
  return fmt::format(
      "  sparq_cover_word #(.DigitBits({}), .CodeBits({}), .SelectBits({}), .Codes({}),\n"
      "      .Width({}), .Reachable({})) {}",
      layout.digit_bits, layout.code_bits, layout.select_bits, format.placements.size(), width,
      reachable_mask(word_bins(format)), ports);
}

void Coverage::instrument_elements() {
  const spec::Config& config = instrumented_.config;
  const EmittedModule& pe = *instrumented_.find(Role::kPe);
  const auto elements =
      static_cast<size_t>(config.array.rows) * static_cast<size_t>(config.array.cols);
  points_["u_cover_word"] = {
      "words at elements", pe.name, elements,
      config.format.kind == spec::Kind::kSparq ? word_bins(config.format) : plain_bins()};
  points_["u_cover_tile"] = {"tiles and stalls at elements", pe.name, elements, tile_bins()};
  // Outside of tiles an element may see what data registers held before the first one.
  // A register resets as the design does, or Verilator warns of both styles.
  const std::string busy = fmt::format(
      "  reg cover_tile_q = 0;\n"
      "  wire cover_busy = rst_ni && (first_i || cover_tile_q);\n"
      "  always @(posedge clk_i{}) begin\n"
      "    if (!rst_ni) cover_tile_q <= 1'b0;\n"
      "    else if (enable_i) cover_tile_q <= cover_busy && !last_i;\n"
      "  end\n",
      config.reset == spec::Reset::kAsynchronous ? " or negedge rst_ni" : "");
  add_to(Role::kPe,
         busy +
             word_monitor("u_cover_word", "enable_i && cover_busy", "activation_i",
                          instrumented_.signature.activation_bits) +
             fmt::format("  sparq_cover_tile #(.Reachable({})) u_cover_tile (.clk_i(clk_i), "
                         ".enable_i(enable_i), .first_i(first_i), .last_i(last_i), "
                         ".busy_i(cover_busy && |activation_i));\n",
                         reachable_mask(tile_bins())));
}

void Coverage::collect(Dut& dut) {
  const host::Temporary file = host::Temporary::file_in(fs::temp_directory_path());
  dut.finish(file.path());
  std::ifstream in(file.path());
  const std::lock_guard lock(mutex_);
  // "TOP.array.gen_row[1].gen_col[0].u_pe.u_cover_word.u_word 0101"
  for (std::string path, bits; in >> path >> bits;) {
    const size_t inner = path.rfind('.');
    const size_t outer = path.rfind('.', inner - 1);
    std::string& sum = seen_[path.substr(outer + 1, inner - outer - 1)][path.substr(0, outer)];
    if (sum.empty()) sum.assign(bits.size(), '0');
    for (size_t i = 0; i < bits.size(); ++i) {
      if (bits[i] == '1') sum[i] = '1';
    }
  }
}

std::vector<Check> Coverage::checks() const {
  std::vector<Check> checks;
  for (const auto& [name, point] : points_) {
    Check check = {.module = point.module, .kind = "coverage"};
    const auto found = seen_.find(name);
    const size_t instances = found == seen_.end() ? 0 : found->second.size();
    if (instances != point.instances) {
      check.detail = fmt::format("{} instances reported, not {}\n", instances, point.instances);
    }
    std::map<std::string, size_t> unreachable;
    size_t reachable = 0;
    for (const Bin& bin : point.bins) {
      bin.unreachable.empty() ? ++reachable : ++unreachable[bin.unreachable];
    }
    constexpr size_t kShown = 20;
    size_t missing = 0;
    if (instances > 0) {
      for (const auto& [path, bits] : found->second) {
        golden::require(bits.size() == point.bins.size(), "a bit for each bin");
        for (size_t i = 0; i < point.bins.size(); ++i) {
          const bool seen = bits[bits.size() - 1 - i] == '1';
          const bool possible = point.bins[i].unreachable.empty();
          if (seen && possible) ++check.cases;
          if (seen == possible) continue;
          if (++missing > kShown) continue;
          check.detail +=
              fmt::format("{} {}: {}\n", possible ? "unreached" : "impossible, but seen", path,
                          point.bins[i].name);
        }
      }
    }
    if (missing > kShown) check.detail += fmt::format("... {} in all\n", missing);
    check.title = fmt::format("{}: {} of {} bins, {} each in {} instances", point.what, check.cases,
                              reachable * point.instances, reachable, point.instances);
    for (const auto& [why, count] : unreachable) {
      check.title += fmt::format("; {} unreachable: {}", count, why);
    }
    check.passed = check.detail.empty() && check.cases > 0;
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace sparq::verif
