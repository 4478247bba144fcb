// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "app/host/output.h"
#include "golden/npy_header.h"

namespace sparq::app {

// Writes an .npy file of that shape; the caller commits it.
template <class T>
spec::Checked<void> write_npy(host::OutputFile& file, const std::vector<size_t>& shape,
                              const std::vector<T>& values) {
  return file.write(golden::format_npy_head(golden::dtype_of<T>(), shape)).and_then([&] {
    return file.write({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  });
}

}  // namespace sparq::app
