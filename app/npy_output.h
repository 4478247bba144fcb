// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "app/host/output.h"
#include "golden/npy_header.h"
#include "golden/spec/format.h"

namespace sparq::app {

// Writes an .npy file of that shape; the caller commits it.
template <class T>
spec::Checked<void> write_npy(host::OutputFile& file, const std::vector<size_t>& shape,
                              const std::vector<T>& values) {
  return file.write(golden::format_npy_head(golden::dtype_of<T>(), shape)).and_then([&] {
    return file.write({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  });
}

// x^ of activations in the type that holds them: u8 (A <= 8) or u16; with signed activations i16 or
// i32, because rounding may give +2^(A-1).
spec::Checked<void> write_encoded(host::OutputFile& file, const std::vector<size_t>& shape,
                                  const std::vector<int32_t>& values, const spec::Format& format);

}  // namespace sparq::app
