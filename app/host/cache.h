// SPDX-License-Identifier: Apache-2.0
// Built things kept between runs, found by the content they were built from. Any number of runs
// may share one cache; one that dies leaves nothing that counts as an entry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "app/host/failure.h"

namespace sparq::host {

// An open file whose lock goes with it.
class Lock {
 public:
  explicit Lock(int fd) : fd_(fd) {}
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Lock& operator=(Lock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Lock();
  int fd() const { return fd_; }

 private:
  int fd_;
};

// An entry in use: it stays where it is for as long as this lives.
class Entry {
 public:
  Entry(std::filesystem::path path, Lock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Lock lock_;
};

class Cache {
 public:
  // Fills the directory it is given.
  using Builder = std::function<Result<void>(const std::filesystem::path&)>;

  static constexpr uintmax_t kDefaultLimit = uintmax_t{2} << 30;  // bytes

  // $SPARQ_CACHE, else $XDG_CACHE_HOME/sparq, else ~/.cache/sparq; created when missing.
  static Result<Cache> open_default();
  static Result<Cache> open(const std::filesystem::path& root, uintmax_t limit = kDefaultLimit);

  // The entry of `key` (letters and digits, such as a SHA-256), built when there is none. While
  // one run builds it, others wait for that. Beyond the limit the entries not used for the longest
  // time are dropped, never one in use.
  Result<Entry> get_or_build(const std::string& key, const Builder& build);

  // The answer of `ask`, or of the earlier run that had one for the same key; what it leaves open
  // is asked again each time.
  using Answer = std::optional<std::string>;
  Result<Answer> ask_once(const std::string& key, const std::function<Answer()>& ask);

 private:
  Cache(std::filesystem::path root, uintmax_t limit) : root_(std::move(root)), limit_(limit) {}
  std::filesystem::path entry_path(const std::string& key) const;
  Result<void> build_entry(const std::string& key, const Builder& build);
  void sweep_unfinished();
  void drop_oldest();

  std::filesystem::path root_;
  uintmax_t limit_;
};

}  // namespace sparq::host
