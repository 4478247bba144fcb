// SPDX-License-Identifier: Apache-2.0
// sparq encode: the values that the hardware multiplies.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <variant>

#include "app/format_flags.h"
#include "app/npy_output.h"
#include "app/stream_flags.h"
#include "app/stream_output.h"
#include "app/subcommands.h"
#include "golden/encode_fast.h"
#include "golden/gemm.h"
#include "golden/load.h"
#include "golden/npy_file.h"
#include "golden/stream.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(One activation x has its window at the smallest shift s in S with x < 2^(n+s):
  trim:    q = floor(x / 2^s)
  nearest: q = min(RNE(x / 2^s), 2^n - 1)
  x^ = q * 2^s
A pair of neighbours along the last axis with one zero: the other one gets 2n bits (--vsparq).
X and Y: u8 for A <= 8, u16 above, shape (..., K). With --signed-activations, which applies the rules to
magnitudes, X is i8 or i16 and Y is i16 or i32: rounding may give +2^(A-1), which X cannot hold.
--stream writes the words of the hardware instead, or too: rows without a gap, each padded with zero bits
to a whole number of memory words (docs/encoded-stream.md); `sparq decode` reads them.

Examples:
  sparq encode activations.npy -o encoded.npy --placements 3opt --rounding trim
  sparq encode activations.npy --stream encoded.bin --placements 3opt)";

struct Options {
  CommonFlags common;
  FormatFlags format;
  std::string input;
  std::string output;  // empty: not wanted
  std::string stream;  // the same
  std::string memory_bits;
};

// Writes x^ of 8-bit activations.
spec::Checked<void> write_values(host::OutputFile& file, const std::vector<size_t>& shape,
                                 const golden::Matrix<uint8_t>& x, const spec::Format& format) {
  return format.signed_activations
             ? write_npy(file, shape, golden::encode_signed_fast(x, format).data)
             : write_npy(file, shape, golden::encode_fast(x, format).data);
}

// The same of wider ones.
spec::Checked<void> write_values(host::OutputFile& file, const std::vector<size_t>& shape,
                                 const golden::Matrix<uint16_t>& x, const spec::Format& format) {
  return write_encoded(file, shape, golden::encode(x, format).data, format);
}

host::Exit encode(const Options& options) {
  spec::Problems problems;
  const auto format = resolve(options.format);
  collect(format, problems);
  const auto tensor = golden::load_tensor(options.input, format.value_or(spec::Format{}));
  // Without a format only the file itself can be judged, not its dtype or its values.
  if (format || !golden::NpyFile::open(options.input)) collect(tensor, problems);
  const auto memory_bits = parse_memory_bits(options.memory_bits);
  collect(memory_bits, problems);
  ValuesAndStream files(options.output, options.stream, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  nlohmann::json result = new_result("encode");
  result["format"] = spec::full_name(*format);
  result["shape"] = tensor->shape;
  spec::Checked<void> written;
  std::visit(
      [&](const auto& x) {
        const host::Step step(options.common.verbosity(), "encoding");
        if (files.values) written = write_values(*files.values, tensor->shape, x, *format);
        if (!files.stream || !written) return;
        const golden::StreamLayout layout{golden::step_bits(*format), *memory_bits};
        written = write_stream(*files.stream, golden::encode_words(x, *format), layout, result);
      },
      tensor->values);
  if (written) written = files.publish(result);
  if (!written) return host::report(written.error());
  return host::Exit::kDone;
}

}  // namespace

void add_encode(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("encode", "Gives the values x^ that the hardware multiplies");
  const auto options = std::make_shared<Options>();
  sub->add_option("input", options->input, "Activations")->required()->type_name("X.npy");
  sub->add_option("-o,--output", options->output, "Encoded activations, as their values")
      ->type_name("Y.npy");
  sub->add_option("--stream", options->stream,
                  "Encoded activations, as the words that hardware reads")
      ->type_name("OUT.bin");
  add_memory_bits_flag(*sub, options->memory_bits);
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return encode(*options); }; });
}

}  // namespace sparq::app
