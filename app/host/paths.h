// SPDX-License-Identifier: Apache-2.0
// Where the files are that this program needs at run time: hand-written Verilog, harness sources,
// flow scripts, example configs.
#pragma once

#include <filesystem>

#include "app/host/failure.h"

namespace sparq::host {

// PREFIX/share/sparq for PREFIX/bin/sparq; the source tree for a program inside the build tree.
// Both have the same layout below: rtl/lib, verif, synth, configs. A ToolError when neither is
// there.
Result<std::filesystem::path> data_directory();

}  // namespace sparq::host
