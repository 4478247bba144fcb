// SPDX-License-Identifier: Apache-2.0
#include "verif/coverage/instrument.h"

#include <fmt/format.h>

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

// An output-stationary array.
void instrument_tiles(Instrumented& design) {
  const spec::Config& config = design.output.config;
  const std::string& top = design.output.top().name;
  const auto rows = static_cast<size_t>(config.array.rows);
  const auto elements = rows * static_cast<size_t>(config.array.cols);
  std::string text;
  for (const auto& [name, valid, ready] :
       {std::tuple{"u_cover_steps", "step_valid_i", "step_ready_o"},
        std::tuple{"u_cover_results", "row_valid_o", "row_ready_i"}}) {
    text += stream_monitor(name, valid, ready);
    design.points[name] = {fmt::format("handshake of {}", valid), top, 1, stream_bins()};
  }
  const Bins situations = cross(places_in_tile(), moves());
  std::string row;
  const Bins pairs = encoders(config.format);
  if (config.encoder == spec::Encoder::kEdge && !pairs.empty()) {
    design.points["u_cover_pair"] = {"pairs at encoders", top, rows, cross(pairs, situations)};
    row = encoder_monitor(
        config.format,
        {running(config) + "rst_ni && step_valid_i",
         "{5'd0, !step_ready_o, step_last_i, step_first_i}", situations.size()},
        fmt::format("step_activation_i[{0}*cover_row +: {0}]", 2 * config.format.activation_bits));
  }
  design.points["u_cover_word"] = {"words at elements", top, elements,
                                   cross(words(config.format), situations)};
  design.points["u_cover_tile"] = {"tiles and stalls at elements", top, elements, tile_bins()};
  const std::string pe = "gen_row[cover_row].gen_col[cover_col].u_pe.";
  row += loop("col", "Cols",
              fmt::format("      wire busy;\n"
                          "      sparq_cover_tile u_cover_tile (.clk_i(clk_i), .sample_i(rst_ni),\n"
                          "          .enable_i(advance), .first_i({0}first_q1),\n"
                          "          .last_i({0}last_q1), .some_i(|{0}activation_q1), "
                          ".busy_o(busy));\n",
                          pe) +
                  word_monitor(config.format,
                               {running(config) + "busy",
                                fmt::format("{{5'd0, !advance, {0}last_q1, {0}first_q1}}", pe),
                                situations.size()},
                               pe + "activation_q1", design.output.signature.activation_bits));
  insert(design.output, text + "  generate\n" + loop("row", "Rows", row) + "  endgenerate\n");
}

}  // namespace

Instrumented instrument(const gen::Output& output) {
  Instrumented design = {output, {}};
  if (output.find(Role::kPe) == nullptr && output.find(Role::kDotUnit) == nullptr) return design;
  const auto data = host::data_directory();
  golden::require(data.has_value(), "harness sources");
  for (const char* file : {"operand_monitors", "monitors"}) {
    const fs::path path = *data / "verif" / "coverage" / fmt::format("{}.sv", file);
    design.output.modules.insert(design.output.modules.begin(),
                                 EmittedModule{fmt::format("sparq_cover_{}", file),
                                               Role::kLibrary,
                                               "coverage monitors",
                                               std::nullopt,
                                               {},
                                               {},
                                               read_text(path)});
  }
  if (is_stream(output.config)) {
    instrument_stream(design);
  } else {
    instrument_tiles(design);
  }
  return design;
}

void insert(gen::Output& output, const std::string& monitors) {
  std::string& array = output.modules.back().text;
  const size_t end = array.rfind("\nendmodule");
  golden::require(end != std::string::npos, "the end of a module");
  array.insert(end, "\n" + monitors);
  // Monitors sample the reset, which registers may take asynchronously. The array itself is linted
  // without them.
  array.insert(0, "// verilator lint_off SYNCASYNCNET\n");
}

std::string loop(const std::string& index, const std::string& count, const std::string& body) {
  return fmt::format(
      "    for (genvar cover_{0} = 0; cover_{0} < {1}; cover_{0} = cover_{0} + 1) begin : "
      "gen_cover_{0}\n{2}    end\n",
      index, count, body);
}

std::string stream_monitor(const std::string& name, const std::string& valid,
                           const std::string& ready) {
  return fmt::format(
      "  sparq_cover_stream {} (.clk_i(clk_i), .valid_i({} && rst_ni), .ready_i({}));\n", name,
      valid, ready);
}

std::string encoder_monitor(const spec::Format& wanted, const Sample& sample,
                            const std::string& pair) {
  const std::string ports =
      fmt::format("u_cover_pair ({},\n          .pair_i({}));\n", sample_ports(sample), pair);
  if (has_digits(wanted)) {
    return fmt::format("      sparq_cover_digits #(.A({}), .Situations({})) {}",
                       wanted.activation_bits, sample.situations, ports);
  }
  const auto windowed = windows(wanted);
  golden::require(windowed.has_value(), "an encoder");
  const spec::Format& format = *windowed;
  const PairWindows lone = lone_windows(format);
  return fmt::format(
      "      sparq_cover_pair #(.A({0}), .Signed({1}), .N({2}), .Codes({3}), .Shifts({4}),\n"
      "          .Nearest({5}), .Pairs({6}), .LoneN({7}), .LoneCodes({8}), .LoneShifts({9}),\n"
      "          .Situations({10})) {11}",
      format.activation_bits, format.signed_activations ? 1 : 0, format.window_bits,
      format.placements.size(), packed(format.placements),
      format.rounding == spec::Rounding::kNearest ? 1 : 0, format.vsparq ? 1 : 0, lone.lone_bits,
      lone.lone_shifts.size(), packed(lone.lone_shifts), sample.situations, ports);
}

std::string word_monitor(const spec::Format& format, const Sample& sample, const std::string& word,
                         int bits) {
  const std::string ports =
      fmt::format("u_cover_word ({},\n          .word_i({}));\n", sample_ports(sample), word);
  if (format.kind != spec::Kind::kSparq) {
    return fmt::format("      sparq_cover_plain #(.Width({}), .Situations({})) {}", bits,
                       sample.situations, ports);
  }
  const spec::PairLayout layout = spec::pair_layout(format);
  return fmt::format(
      "      sparq_cover_word #(.DigitBits({}), .CodeBits({}), .SelectBits({}), .Codes({}),\n"
      "          .Width({}), .Situations({})) {}",
      layout.digit_bits, layout.code_bits, layout.select_bits, format.placements.size(), bits,
      sample.situations, ports);
}

std::string sample_ports(const Sample& sample) {
  return fmt::format(".clk_i(clk_i), .sample_i({}),\n          .situation_i({})", sample.when,
                     sample.situation);
}

std::string running(const spec::Config& config) {
  return config.clock_enable ? "clk_en_i && " : "";
}

Bins encoders(const spec::Format& format) {
  if (has_digits(format)) return digit_bins(format);
  const auto windowed = windows(format);
  return windowed ? pair_bins(*windowed) : Bins{};
}

Bins words(const spec::Format& format) {
  return format.kind == spec::Kind::kSparq ? word_bins(format) : plain_bins();
}

}  // namespace sparq::verif
