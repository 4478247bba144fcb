// SPDX-License-Identifier: Apache-2.0
#include "app/host/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "app/host/failure.h"
#include "app/host/interrupt.h"

namespace sparq::host {
namespace {

namespace fs = std::filesystem;
using spec::Checked;
using spec::fail;

std::string new_name() {
  std::random_device random;
  return fmt::format(".sparq-{:08x}{:08x}.tmp", random(), random());
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// Symbolic links followed, as far as the path exists; no slash at the end.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = path;
  return real.has_filename() ? real : real.parent_path();
}

tl::unexpected<spec::Problems> cannot_write(const std::string& field, const fs::path& path,
                                            const std::string& reason) {
  return fail("command line", field, path.string(), "cannot be written: " + reason);
}

tl::unexpected<spec::Problems> cannot_write(const std::string& field, const fs::path& path) {
  return cannot_write(field, path, std::strerror(errno));
}

// Writes to an existing file; errno when that fails.
bool put(const fs::path& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return false;
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    good = written > 0;
    if (good) bytes.remove_prefix(static_cast<size_t>(written));
  }
  const int saved = errno;
  // A full disk may show only here.
  const bool closed = ::close(fd) == 0;
  if (!good) errno = saved;
  return good && closed;
}

}  // namespace

Temporary::Temporary(Temporary&& other) noexcept : path_(std::exchange(other.path_, {})) {}

Temporary& Temporary::operator=(Temporary&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

Temporary::~Temporary() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  forget_temporary(hold_interrupts(), path_);
}

Temporary Temporary::directory_in(const fs::path& parent) {
  Temporary temporary;
  const fs::path path = parent / new_name();
  const InterruptHold hold = hold_interrupts();
  if (mkdir(path.c_str(), 0777) != 0) return temporary;
  temporary.path_ = path;
  register_temporary(hold, path);
  return temporary;
}

Temporary Temporary::file_in(const fs::path& parent) {
  Temporary temporary;
  const fs::path path = parent / new_name();
  const InterruptHold hold = hold_interrupts();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return temporary;
  ::close(fd);
  temporary.path_ = path;
  register_temporary(hold, path);
  return temporary;
}

bool Temporary::move_to(const fs::path& target) {
  const InterruptHold hold = hold_interrupts();
  if (std::rename(path_.c_str(), target.c_str()) != 0) return false;
  forget_temporary(hold, path_);
  path_.clear();
  return true;
}

bool Temporary::exchange_with(const fs::path& target) {
  const InterruptHold hold = hold_interrupts();
  if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) return false;
  // A file system that cannot exchange: the old one steps aside and comes back on failure.
  const fs::path aside = target.parent_path() / new_name();
  if (std::rename(target.c_str(), aside.c_str()) != 0) return false;
  if (std::rename(path_.c_str(), target.c_str()) != 0) {
    const int saved = errno;
    [[maybe_unused]] const int restored = std::rename(aside.c_str(), target.c_str());
    errno = saved;
    return false;
  }
  forget_temporary(hold, path_);
  path_ = aside;
  register_temporary(hold, path_);
  return true;
}

Checked<OutputFile> OutputFile::open(const fs::path& path, std::string field) {
  OutputFile file;
  file.field_ = std::move(field);
  file.target_ = resolved(path);
  struct stat status;
  if (path.empty()) return cannot_write(file.field_, path, "the name is empty");
  if (!path.has_filename()) return cannot_write(file.field_, path, std::strerror(EISDIR));
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return cannot_write(file.field_, path, std::strerror(EISDIR));
    }
    file.direct_ = !S_ISREG(status.st_mode);
    if (access(path.c_str(), W_OK) != 0) return cannot_write(file.field_, path);
    if (file.direct_) return file;
  }
  file.temporary_ = Temporary::file_in(parent_of(file.target_));
  if (file.temporary_.path().empty()) return cannot_write(file.field_, path);
  return file;
}

Checked<void> OutputFile::write(std::string_view bytes) {
  if (!put(path(), bytes)) return cannot_write(field_, target_);
  return {};
}

Checked<void> OutputFile::commit() {
  if (!direct_ && !temporary_.move_to(target_)) return cannot_write(field_, target_);
  return {};
}

Checked<void> write_file(const fs::path& path, std::string field, std::string_view bytes) {
  auto file = OutputFile::open(path, std::move(field));
  if (!file) return tl::unexpected(file.error());
  if (auto written = file->write(bytes); !written) return written;
  return file->commit();
}

bool holds_our_manifest(const fs::path& directory) {
  std::ifstream file(directory / "manifest.json");
  const auto json = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains("tool") && json["tool"].is_object() &&
         json["tool"].contains("sparq");
}

spec::Problems clashes(const std::vector<Target>& targets) {
  spec::Problems problems;
  // Of a relative path that does not exist, nothing would be resolved.
  const auto place = [](const Target& target) { return resolved(fs::absolute(target.path)); };
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].path.empty()) continue;
    const fs::path path = place(targets[i]);
    if (path == "/dev/null") continue;
    for (size_t j = 0; j < i; ++j) {
      if (targets[j].path.empty()) continue;
      const fs::path other = place(targets[j]);
      const auto [end, rest] = std::mismatch(other.begin(), other.end(), path.begin(), path.end());
      if (end != other.end()) continue;
      problems.push_back({"command line", targets[i].field, targets[i].path.string(),
                          fmt::format("{} {}, and would overwrite it",
                                      rest == path.end() ? "is the output of" : "lies in that of",
                                      targets[j].field)});
      break;
    }
  }
  return problems;
}

Checked<OutputDirectory> OutputDirectory::open(const fs::path& path, Parents parents) {
  if (path.empty()) return cannot_write("-o", path, "the name is empty");
  OutputDirectory directory;
  directory.target_ = resolved(path);
  const fs::path& target = directory.target_;
  std::error_code error;
  if (fs::exists(target, error)) {
    if (!fs::is_directory(target, error)) return cannot_write("-o", path, std::strerror(ENOTDIR));
    if (target == fs::current_path(error)) {
      return cannot_write("-o", path, "it is the current directory and would be replaced");
    }
    const bool empty = fs::is_empty(target, error);
    if (error) return cannot_write("-o", path, error.message());
    if (!empty && !holds_our_manifest(target)) {
      return cannot_write("-o", path,
                          "the directory is not empty and holds no manifest.json of sparq; name a "
                          "new or empty one");
    }
  }
  fs::path parent = parent_of(target);
  while (parents == Parents::kCreate && !fs::exists(parent, error) && parent.has_relative_path()) {
    parent = parent_of(parent);
  }
  directory.temporary_ = Temporary::directory_in(parent);
  if (directory.path().empty()) return cannot_write("-o", path);
  return directory;
}

Checked<void> OutputDirectory::write(const fs::path& name, std::string_view bytes) {
  const fs::path file = path() / name;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return cannot_write("-o", target_ / name, error.message());
  if (!put(file, bytes)) return cannot_write("-o", target_ / name);
  return {};
}

Checked<void> OutputDirectory::commit() {
  if (!holds_our_manifest(path())) {
    print_error("internal error: an output directory without a manifest");
    std::abort();
  }
  std::error_code error;
  fs::create_directories(parent_of(target_), error);
  const bool replace = fs::exists(target_, error) && !fs::is_empty(target_, error);
  const bool good = replace ? temporary_.exchange_with(target_) : temporary_.move_to(target_);
  if (!good) return cannot_write("-o", target_);
  return {};
}

}  // namespace sparq::host
