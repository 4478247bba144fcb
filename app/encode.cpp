// SPDX-License-Identifier: Apache-2.0
// sparq encode: the values that the hardware multiplies.
#include <fmt/format.h>

#include <memory>
#include <variant>

#include "app/format_flags.h"
#include "app/npy_output.h"
#include "app/subcommands.h"
#include "golden/encode_fast.h"
#include "golden/gemm.h"
#include "golden/load.h"
#include "golden/npy_file.h"

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

Example:
  sparq encode activations.npy -o encoded.npy --placements 3opt --rounding trim)";

struct Options {
  CommonFlags common;
  FormatFlags format;
  std::string input;
  std::string output;
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
  const std::vector<int32_t> values = golden::encode(x, format).data;
  if (format.signed_activations) return write_npy(file, shape, values);
  return write_npy(file, shape, std::vector<uint16_t>(values.begin(), values.end()));
}

host::Exit encode(const Options& options) {
  spec::Problems problems;
  const auto format = resolve(options.format);
  collect(format, problems);
  const auto tensor = golden::load_tensor(options.input, format.value_or(spec::Format{}));
  // Without a format only the file itself can be judged, not its dtype or its values.
  if (format || !golden::NpyFile::open(options.input)) collect(tensor, problems);
  auto file = host::OutputFile::open(options.output, "-o");
  collect(file, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", options.output, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  spec::Checked<void> written;
  std::visit(
      [&](const auto& x) {
        const host::Step step(options.common.verbosity(), "encoding");
        written = write_values(*file, tensor->shape, x, *format);
      },
      tensor->values);
  nlohmann::json result = new_result("encode");
  result["format"] = spec::full_name(*format);
  result["shape"] = tensor->shape;
  if (written) written = publish(*file, result_file, result);
  if (!written) return host::report(written.error());
  return host::Exit::kDone;
}

}  // namespace

void add_encode(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("encode", "Gives the values x^ that the hardware multiplies");
  const auto options = std::make_shared<Options>();
  sub->add_option("input", options->input, "Activations")->required()->type_name("X.npy");
  sub->add_option("-o,--output", options->output, "Encoded activations")
      ->required()
      ->type_name("Y.npy");
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return encode(*options); }; });
}

}  // namespace sparq::app
