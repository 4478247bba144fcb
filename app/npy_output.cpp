// SPDX-License-Identifier: Apache-2.0
#include "app/npy_output.h"

namespace sparq::app {
namespace {

template <class T>
spec::Checked<void> write_as(host::OutputFile& file, const std::vector<size_t>& shape,
                             const std::vector<int32_t>& values) {
  return write_npy(file, shape, std::vector<T>(values.begin(), values.end()));
}

}  // namespace

spec::Checked<void> write_encoded(host::OutputFile& file, const std::vector<size_t>& shape,
                                  const std::vector<int32_t>& values, const spec::Format& format) {
  const bool is_wide = format.activation_bits > 8;
  if (format.signed_activations) {
    return is_wide ? write_npy(file, shape, values) : write_as<int16_t>(file, shape, values);
  }
  return is_wide ? write_as<uint16_t>(file, shape, values) : write_as<uint8_t>(file, shape, values);
}

}  // namespace sparq::app
