// SPDX-License-Identifier: Apache-2.0
// Files for a tool to work on.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/host/cache.h"
#include "app/host/failure.h"
#include "app/host/output.h"

namespace sparq::synth {

struct SourceFile {
  std::string name;  // "sparq_sa16_5opt_pe.v"
  std::string text;
};

std::optional<std::string> read_text(const std::filesystem::path& file);
bool write_text(const std::filesystem::path& file, const std::string& text);
tl::unexpected<host::Failure> cannot_write(const std::filesystem::path& where);

std::string filled_in(std::string text, const std::string& placeholder, const std::string& value);

// Where directories for tools are made: ABC cannot read a file whose path holds a space.
std::filesystem::path scratch_parent();

// `files` in a new directory, which goes with the result.
host::Result<host::Temporary> scratch_directory(const std::vector<SourceFile>& files);

// Reads what `build` puts into a directory: one of the cache, when there is a cache.
template <class T>
host::Result<T> built_or_cached(
    host::Cache* cache, const std::string& key, const host::Cache::Builder& build,
    const std::function<host::Result<T>(const std::filesystem::path&)>& read) {
  if (cache != nullptr) {
    const auto entry = cache->get_or_build(key, build);
    if (!entry) return tl::unexpected<host::Failure>(entry.error());
    return read(entry->path());
  }
  const host::Temporary folder = host::Temporary::directory_in(scratch_parent());
  if (const auto built = build(folder.path()); !built) return tl::unexpected(built.error());
  return read(folder.path());
}

}  // namespace sparq::synth
