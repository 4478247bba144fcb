// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy files, versions 1 and 2, C order, little endian. Source: NumPy Enhancement
// Proposal 1, "A Simple File Format for NumPy Arrays".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "golden/spec/problem.h"

namespace sparq::golden {

enum class Dtype { kU8, kI8, kU16, kI16, kI32, kI64, kF32 };

std::string_view descr(Dtype dtype);  // "|u1", "|i1", "<u2", "<i2", "<i4", "<i8", "<f4"
size_t item_bytes(Dtype dtype);       // 1, 2, 4 or 8

template <class T>
constexpr Dtype dtype_of();
template <>
constexpr Dtype dtype_of<uint8_t>() {
  return Dtype::kU8;
}
template <>
constexpr Dtype dtype_of<int8_t>() {
  return Dtype::kI8;
}
template <>
constexpr Dtype dtype_of<uint16_t>() {
  return Dtype::kU16;
}
template <>
constexpr Dtype dtype_of<int16_t>() {
  return Dtype::kI16;
}
template <>
constexpr Dtype dtype_of<int32_t>() {
  return Dtype::kI32;
}
template <>
constexpr Dtype dtype_of<int64_t>() {
  return Dtype::kI64;
}
template <>
constexpr Dtype dtype_of<float>() {
  return Dtype::kF32;
}

struct NpyArray {
  Dtype dtype = Dtype::kU8;
  std::vector<size_t> shape;     // empty for a scalar
  std::vector<std::byte> bytes;  // the elements, the last axis fastest

  bool operator==(const NpyArray&) const = default;
};

// Problems name the path and the field at fault: the file itself, magic, version, header, descr,
// fortran_order, shape, or data (truncated, or followed by more bytes). Nothing of the claimed size
// is allocated before the file is known to be that large.
spec::Checked<NpyArray> read_npy(const std::string& path);

}  // namespace sparq::golden
