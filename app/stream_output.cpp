// SPDX-License-Identifier: Apache-2.0
#include "app/stream_output.h"

namespace sparq::app {
namespace {

std::optional<host::OutputFile> open_wanted(const std::string& path, const char* flag,
                                            spec::Problems& problems) {
  if (path.empty()) return std::nullopt;
  auto file = host::OutputFile::open(path, flag);
  if (!collect(file, problems)) return std::nullopt;
  return *std::move(file);
}

}  // namespace

ValuesAndStream::ValuesAndStream(const std::string& values_path, const std::string& stream_path,
                                 const CommonFlags& flags, spec::Problems& problems)
    : values(open_wanted(values_path, "-o", problems)),
      stream(open_wanted(stream_path, "--stream", problems)),
      result_file(flags, problems) {
  if (values_path.empty() && stream_path.empty()) {
    problems.push_back({"command line", "-o", "", "is required, or --stream, or both"});
  }
  const auto clashes =
      host::clashes({{"-o", values_path}, {"--stream", stream_path}, {"--json", flags.json}});
  problems.insert(problems.end(), clashes.begin(), clashes.end());
}

spec::Checked<void> ValuesAndStream::publish(const nlohmann::json& result) {
  auto written = result_file.write(result);
  if (written && values) written = values->commit();
  if (written && stream) written = stream->commit();
  if (written) written = result_file.commit();
  return written;
}

spec::Checked<void> write_stream(host::OutputFile& file, const golden::Matrix<uint64_t>& words,
                                 const golden::StreamLayout& layout, nlohmann::json& result) {
  result["stream"] = {{"word_bits", layout.word_bits},
                      {"memory_bits", layout.memory_bits},
                      {"rows", words.rows},
                      {"row_bytes", golden::row_bytes(words.cols, layout)}};
  const auto bytes = golden::pack_stream(words, layout);
  return file.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace sparq::app
