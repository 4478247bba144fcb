// SPDX-License-Identifier: Apache-2.0
#include "synth/scratch.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace sparq::synth {

namespace fs = std::filesystem;

std::optional<std::string> read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

bool write_text(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  return stream.good();
}

tl::unexpected<host::Failure> cannot_write(const fs::path& where) {
  return tl::unexpected<host::Failure>(
      spec::fail("", "", where.string(),
                 fmt::format("cannot write there: {}", std::strerror(errno)))
          .value());
}

std::string filled_in(std::string text, const std::string& placeholder, const std::string& value) {
  for (size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder)) {
    text.replace(at, placeholder.size(), value);
  }
  return text;
}

fs::path scratch_parent() {
  std::error_code error;
  const fs::path usual = fs::temp_directory_path(error);
  const bool usable = !error && usual.string().find_first_of(" \t\"'") == std::string::npos;
  return usable ? usual : fs::path("/tmp");
}

host::Result<host::Temporary> scratch_directory(const std::vector<SourceFile>& files) {
  host::Temporary folder = host::Temporary::directory_in(scratch_parent());
  bool written = !folder.path().empty();
  for (const SourceFile& file : files) {
    std::error_code error;
    const fs::path path = folder.path() / file.name;
    if (written) fs::create_directories(path.parent_path(), error);
    written = written && !error && write_text(path, file.text);
  }
  if (!written) return cannot_write(scratch_parent());
  return folder;
}

}  // namespace sparq::synth
