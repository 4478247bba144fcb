// SPDX-License-Identifier: Apache-2.0
// Outputs that appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "golden/spec/problem.h"

namespace sparq::host {

// A path that is removed again, with all it holds, unless it is kept; also on an interrupt.
class Temporary {
 public:
  Temporary() = default;
  Temporary(Temporary&& other) noexcept;
  Temporary& operator=(Temporary&& other) noexcept;
  ~Temporary();

  // Creates a directory or an empty file of a new name inside `parent`; when that fails, path() is
  // empty and errno says why.
  static Temporary directory_in(const std::filesystem::path& parent);
  static Temporary file_in(const std::filesystem::path& parent);

  const std::filesystem::path& path() const { return path_; }

  // Renames it to `target`, replacing a file or an empty directory there. True on success; it is
  // then no longer temporary. Otherwise errno says why.
  bool move_to(const std::filesystem::path& target);

  // Swaps it with `target`, and is the old one from then on.
  bool exchange_with(const std::filesystem::path& target);

 private:
  std::filesystem::path path_;
};

// A file, written beside its name and renamed. Devices and pipes are written directly.
class OutputFile {
 public:
  // Fails early when nothing can be written there: missing or read-only directory, a directory of
  // that name. `field` is the flag that named the file.
  static spec::Checked<OutputFile> open(const std::filesystem::path& path, std::string field);

  // Where to write until commit().
  const std::filesystem::path& path() const { return direct_ ? target_ : temporary_.path(); }

  spec::Checked<void> write(std::string_view bytes);
  spec::Checked<void> commit();

 private:
  std::filesystem::path target_;
  std::string field_;
  Temporary temporary_;
  bool direct_ = false;
};

// open, write, commit.
spec::Checked<void> write_file(const std::filesystem::path& path, std::string field,
                               std::string_view bytes);

enum class Parents {
  kThere,   // a missing parent directory is a problem
  kCreate,  // it is created when the output is committed
};

// A directory, built beside its name and renamed. It must hold manifest.json, a JSON object whose
// "tool" is an object with the key "sparq", before commit(): that is what makes it ours to replace.
class OutputDirectory {
 public:
  // Fails early: missing or read-only parent; a target that is not a directory, or is neither
  // empty nor ours, or is the current directory.
  static spec::Checked<OutputDirectory> open(const std::filesystem::path& path,
                                             Parents parents = Parents::kThere);

  // Where to write until commit().
  const std::filesystem::path& path() const { return temporary_.path(); }

  // Writes path()/name, creating directories; name may hold slashes.
  spec::Checked<void> write(const std::filesystem::path& name, std::string_view bytes);

  spec::Checked<void> commit();

 private:
  std::filesystem::path target_;
  Temporary temporary_;
};

// An output that the user named by `field`; an empty path is none.
struct Target {
  std::string field;
  std::filesystem::path path;
};

// One problem for every target that is the same as an earlier one, or lies in one (a directory is
// replaced as a whole). Anything may be written to /dev/null.
spec::Problems clashes(const std::vector<Target>& targets);

// True when `directory` holds a manifest.json of ours.
bool holds_our_manifest(const std::filesystem::path& directory);

}  // namespace sparq::host
