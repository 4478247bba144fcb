// SPDX-License-Identifier: Apache-2.0
// An .npy file opened and found to be well formed, its elements still to be read: large arrays go
// straight to where they are needed.
#pragma once

#include <fstream>
#include <span>
#include <string>

#include "golden/npy_header.h"

namespace sparq::golden {

class NpyFile {
 public:
  // Checks everything but the elements: the file's size is exactly what its header says.
  static spec::Checked<NpyFile> open(const std::string& path);

  const NpyHeader& header() const { return header_; }

  // Reads the elements; `bytes` must have header().data_bytes. To be called once.
  spec::Checked<void> read(std::span<std::byte> bytes);

 private:
  NpyFile(std::string path, std::ifstream stream)
      : path_(std::move(path)), stream_(std::move(stream)) {}

  std::string path_;
  std::ifstream stream_;
  NpyHeader header_;
};

}  // namespace sparq::golden
