// SPDX-License-Identifier: Apache-2.0
#include "app/host/paths.h"

namespace sparq::host {

namespace fs = std::filesystem;

Result<fs::path> data_directory() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = program.parent_path().parent_path() / "share" / "sparq";
  if (program.parent_path().filename() == "bin" && fs::is_directory(installed, error)) {
    return installed;
  }
  const fs::path inside = program.lexically_relative(SPARQ_BINARY_DIR);
  if (!inside.empty() && *inside.begin() != "..") return fs::path(SPARQ_SOURCE_DIR);
  return tl::unexpected<Failure>(
      ToolError{"sparq", "", "its data files are missing: no directory " + installed.string(), ""});
}

}  // namespace sparq::host
