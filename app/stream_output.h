// SPDX-License-Identifier: Apache-2.0
// What a command writes as values, as a stream of words, or as both.
#pragma once

#include <optional>
#include <string>

#include "app/host/output.h"
#include "app/result.h"
#include "golden/stream.h"

namespace sparq::app {

struct ValuesAndStream {
  // Of -o and --stream, each where its path is not empty; one has to be.
  std::optional<host::OutputFile> values;
  std::optional<host::OutputFile> stream;
  ResultFile result_file;

  ValuesAndStream(const std::string& values_path, const std::string& stream_path,
                  const CommonFlags& flags, spec::Problems& problems);

  // When all is written. Should one then not get its name, those before it have theirs.
  spec::Checked<void> publish(const nlohmann::json& result);
};

// Rows of words, and in `result` what they look like in memory.
spec::Checked<void> write_stream(host::OutputFile& file, const golden::Matrix<uint64_t>& words,
                                 const golden::StreamLayout& layout, nlohmann::json& result);

}  // namespace sparq::app
