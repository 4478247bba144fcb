// SPDX-License-Identifier: Apache-2.0
// sparq decode: an encoded stream back to the values it stands for.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "app/format_flags.h"
#include "app/npy_output.h"
#include "app/stream_flags.h"
#include "app/subcommands.h"
#include "golden/stream.h"

namespace sparq::app {
namespace {

constexpr const char* kFooter =
    R"(IN.bin is what `sparq encode --stream` writes: rows of encoded words without a gap, each row padded with
zero bits to a whole number of memory words, no header (docs/encoded-stream.md). Format and K are those
it was written with. Y: M x K, the values x^ that `sparq encode` gives, of its type. A word that no
activations encode to, or padding that is not zero, is refused (exit status 2).

Example:
  sparq decode encoded.bin --k 576 -o encoded.npy --placements 3opt)";

struct Options {
  CommonFlags common;
  FormatFlags format;
  std::string memory_bits;
  std::string k;
  std::string input;
  std::string output;
};

spec::Checked<std::vector<uint8_t>> read_bytes(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return spec::fail(path, "", "", "must be a regular file");
  }
  std::vector<uint8_t> bytes(std::filesystem::file_size(path, error));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (error || !file) return spec::fail(path, "", "", "cannot be read");
  return bytes;
}

spec::Checked<size_t> parse_k(const std::string& text) {
  constexpr size_t kMost = size_t{1} << 30;
  const auto k = parse_integer<size_t>(text);
  if (k && *k >= 1 && *k <= kMost) return *k;
  return spec::fail("command line", "--k", text, fmt::format("must be 1..{}", kMost));
}

host::Exit decode(const Options& options) {
  spec::Problems problems;
  const auto format = resolve(options.format);
  collect(format, problems);
  const auto k = parse_k(options.k);
  collect(k, problems);
  const auto memory_bits = parse_memory_bits(options.memory_bits);
  collect(memory_bits, problems);
  const auto bytes = read_bytes(options.input);
  collect(bytes, problems);
  spec::Checked<golden::Matrix<int32_t>> values;
  if (problems.empty()) {
    const size_t steps = golden::steps_of(*k, *format);
    const golden::StreamLayout layout{golden::step_bits(*format), *memory_bits};
    values = golden::unpack_stream(*bytes, steps, layout, options.input)
                 .and_then([&](const golden::Matrix<uint64_t>& words) {
                   return golden::decode_words(words, *k, *format, options.input);
                 });
    collect(values, problems);
  }
  auto file = host::OutputFile::open(options.output, "-o");
  collect(file, problems);
  ResultFile result_file(options.common, problems);
  collect_clash("-o", options.output, options.common, problems);
  if (!problems.empty()) return host::report(problems);

  nlohmann::json result = new_result("decode");
  result["format"] = spec::full_name(*format);
  result["shape"] = {values->rows, values->cols};
  auto written = write_encoded(*file, {values->rows, values->cols}, values->data, *format);
  if (written) written = publish(*file, result_file, result);
  if (!written) return host::report(written.error());
  return host::Exit::kDone;
}

}  // namespace

void add_decode(CLI::App& app, Run& run) {
  CLI::App* sub = app.add_subcommand("decode", "Reads an encoded stream back, strictly");
  const auto options = std::make_shared<Options>();
  sub->add_option("input", options->input, "Encoded stream")->required()->type_name("IN.bin");
  sub->add_option("--k", options->k, "Activations in a row")->required()->type_name("K");
  sub->add_option("-o,--output", options->output, "Encoded activations, M x K")
      ->required()
      ->type_name("Y.npy");
  add_memory_bits_flag(*sub, options->memory_bits);
  add_format_flags(*sub, options->format);
  add_common_flags(*sub, options->common, kFooter);
  sub->callback([&run, options] { run = [options] { return decode(*options); }; });
}

}  // namespace sparq::app
