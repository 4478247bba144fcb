// SPDX-License-Identifier: Apache-2.0
#include "golden/npy.h"

#include <fmt/format.h>

#include <bit>
#include <filesystem>

#include "golden/npy_file.h"
#include "golden/npy_header.h"
#include "golden/require.h"

namespace sparq::golden {

static_assert(std::endian::native == std::endian::little, "elements are copied as they stand");

using spec::fail;

spec::Checked<NpyFile> NpyFile::open(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return fail(path, "", "", "no such file");
  if (!std::filesystem::is_regular_file(status))
    return fail(path, "", "", "must be a regular file");
  const size_t size = std::filesystem::file_size(path, error);
  NpyFile file(path, std::ifstream(path, std::ios::binary));
  if (error || !file.stream_) return fail(path, "", "", "cannot be read");

  const auto take = [&](size_t most) {
    std::string bytes(most, '\0');
    file.stream_.read(bytes.data(), static_cast<std::streamsize>(most));
    bytes.resize(static_cast<size_t>(file.stream_.gcount()));
    return bytes;
  };
  const auto preamble = parse_npy_preamble(take(std::min(size, kNpyPreambleBytes)), path);
  if (!preamble) return tl::unexpected(preamble.error());
  if (preamble->header_bytes > size - preamble->header_at) {
    return fail(path, "header", fmt::format("{} bytes", preamble->header_bytes),
                fmt::format("the file is truncated: it has {} bytes in all", size));
  }
  file.stream_.seekg(static_cast<std::streamoff>(preamble->header_at));
  auto header = parse_npy_header(take(preamble->header_bytes), path);
  if (!header) return tl::unexpected(header.error());
  const size_t present = size - preamble->header_at - preamble->header_bytes;
  if (present != header->data_bytes) {
    return fail(path, "data", fmt::format("{} bytes", present),
                fmt::format("must be {} bytes for its shape and dtype ({})", header->data_bytes,
                            present < header->data_bytes ? "the file is truncated"
                                                         : "more follows the array"));
  }
  file.header_ = *std::move(header);
  return file;
}

spec::Checked<void> NpyFile::read(std::span<std::byte> bytes) {
  require(bytes.size() == header_.data_bytes, "room for exactly the elements");
  const auto count = static_cast<std::streamsize>(bytes.size());
  stream_.read(reinterpret_cast<char*>(bytes.data()), count);
  if (stream_.gcount() != count) return fail(path_, "data", "", "cannot be read to its end");
  return {};
}

spec::Checked<NpyArray> read_npy(const std::string& path) {
  auto file = NpyFile::open(path);
  if (!file) return tl::unexpected(file.error());
  NpyArray array{file->header().dtype, file->header().shape, {}};
  array.bytes.resize(file->header().data_bytes);
  if (auto done = file->read(array.bytes); !done) return tl::unexpected(done.error());
  return array;
}

}  // namespace sparq::golden
