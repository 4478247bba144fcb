// SPDX-License-Identifier: Apache-2.0
#include "verif/coverage/instrument.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "app/host/paths.h"
#include "golden/require.h"
#include "golden/spec/pair_layout.h"
#include "verif/harness/stream_shape.h"

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

void instrument_rows(Instrumented& design) {
  const spec::Config& config = design.output.config;
  const std::string& top = design.output.top().name;
  const auto rows = static_cast<size_t>(config.array.rows);
  std::string text;
  for (const auto& [name, valid, ready] :
       {std::tuple{"u_cover_steps", "step_valid_i", "step_ready_o"},
        std::tuple{"u_cover_results", "row_valid_o", "row_ready_i"}}) {
    text += stream_monitor(name, valid, ready);
    design.points[name] = {fmt::format("handshake of {}", valid), top, 1, stream_bins()};
  }
  const auto format = windows(config.format);
  if (config.encoder == spec::Encoder::kEdge && format) {
    design.points["u_cover_pair"] = {"pairs at encoders", top, rows, pair_bins(*format)};
    text +=
        "  genvar cover_row;\n  generate\n"
        "    for (cover_row = 0; cover_row < Rows; cover_row = cover_row + 1) begin : "
        "gen_cover\n" +
        pair_monitor(*format, "rst_ni && step_valid_i && step_ready_o",
                     fmt::format("step_activation_i[{0}*cover_row +: {0}]",
                                 2 * config.format.activation_bits)) +
        "    end\n  endgenerate\n";
  }
  add_to(design.output, Role::kArray, text);
}

void instrument_elements(Instrumented& design) {
  const spec::Config& config = design.output.config;
  const EmittedModule& pe = *design.output.find(Role::kPe);
  const auto elements =
      static_cast<size_t>(config.array.rows) * static_cast<size_t>(config.array.cols);
  design.points["u_cover_word"] = {"words at elements", pe.name, elements, words(config.format)};
  design.points["u_cover_tile"] = {"tiles and stalls at elements", pe.name, elements, tile_bins()};
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
  add_to(design.output, Role::kPe,
         busy +
             word_monitor(config.format, "enable_i && cover_busy", "activation_i",
                          design.output.signature.activation_bits) +
             fmt::format("  sparq_cover_tile #(.Reachable({})) u_cover_tile (.clk_i(clk_i), "
                         ".enable_i(enable_i), .first_i(first_i), .last_i(last_i), "
                         ".busy_i(cover_busy && |activation_i));\n",
                         reachable_mask(tile_bins())));
}

}  // namespace

Instrumented instrument(const gen::Output& output) {
  Instrumented design = {output, {}};
  if (output.find(Role::kPe) == nullptr && output.find(Role::kDotUnit) == nullptr) return design;
  const auto data = host::data_directory();
  golden::require(data.has_value(), "harness sources");
  design.output.modules.insert(
      design.output.modules.begin(),
      EmittedModule{kMonitors,
                    Role::kLibrary,
                    "coverage monitors",
                    std::nullopt,
                    {},
                    {},
                    read_text(*data / "verif" / "coverage" / "monitors.sv")});
  if (is_stream(output.config)) {
    instrument_stream(design);
  } else {
    instrument_rows(design);
    instrument_elements(design);
  }
  return design;
}

void add_to(gen::Output& output, Role role, const std::string& text) {
  const auto module = std::find_if(output.modules.begin(), output.modules.end(),
                                   [=](const EmittedModule& m) { return m.role == role; });
  golden::require(module != output.modules.end(), "a module to be monitored");
  const size_t end = module->text.rfind("\nendmodule");
  golden::require(end != std::string::npos, "the end of a module");
  module->text.insert(end, "\n" + text);
  // Monitors sample the reset, which registers may take asynchronously. The module itself is linted
  // without them.
  module->text.insert(0, "// verilator lint_off SYNCASYNCNET\n");
}

std::string stream_monitor(const std::string& name, const std::string& valid,
                           const std::string& ready) {
  return fmt::format(
      "  sparq_cover_stream {} (.clk_i(clk_i), .valid_i({} && rst_ni), .ready_i({}));\n", name,
      valid, ready);
}

std::string pair_monitor(const spec::Format& format, const std::string& enable,
                         const std::string& pair) {
  const PairWindows lone = lone_windows(format);
  return fmt::format(
      "      sparq_cover_pair #(.A({0}), .Signed({1}), .N({2}), .Codes({3}), .Shifts({4}),\n"
      "          .Nearest({5}), .Pairs({6}), .LoneN({7}), .LoneCodes({8}), .LoneShifts({9}),\n"
      "          .Reachable({10})) u_cover_pair (.clk_i(clk_i), .accept_i({11}),\n"
      "          .pair_i({12}));\n",
      format.activation_bits, format.signed_activations ? 1 : 0, format.window_bits,
      format.placements.size(), packed(format.placements),
      format.rounding == spec::Rounding::kNearest ? 1 : 0, format.vsparq ? 1 : 0, lone.lone_bits,
      lone.lone_shifts.size(), packed(lone.lone_shifts), reachable_mask(pair_bins(format)), enable,
      pair);
}

std::string word_monitor(const spec::Format& format, const std::string& enable,
                         const std::string& word, int bits) {
  const std::string ports =
      fmt::format("u_cover_word (.clk_i(clk_i), .enable_i({}), .word_i({}));\n", enable, word);
  if (format.kind != spec::Kind::kSparq) {
    return fmt::format("  sparq_cover_plain #(.Width({})) {}", bits, ports);
  }
  const spec::PairLayout layout = spec::pair_layout(format);
  return fmt::format(
      "  sparq_cover_word #(.DigitBits({}), .CodeBits({}), .SelectBits({}), .Codes({}),\n"
      "      .Width({}), .Reachable({})) {}",
      layout.digit_bits, layout.code_bits, layout.select_bits, format.placements.size(), bits,
      reachable_mask(word_bins(format)), ports);
}

Bins words(const spec::Format& format) {
  return format.kind == spec::Kind::kSparq ? word_bins(format) : plain_bins();
}

}  // namespace sparq::verif
