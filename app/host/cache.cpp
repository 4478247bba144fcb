// SPDX-License-Identifier: Apache-2.0
#include "app/host/cache.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "app/host/output.h"

namespace sparq::host {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Failure> unusable(const fs::path& path, const std::string& reason) {
  return tl::unexpected<Failure>(spec::Problems{
      {"build cache", "", path.string(),
       "cannot be used: " + reason + "; set SPARQ_CACHE to a directory that can be written"}});
}

fs::path default_root() {
  if (const char* chosen = std::getenv("SPARQ_CACHE"); chosen != nullptr && *chosen != '\0') {
    return chosen;
  }
  // A relative XDG_CACHE_HOME is to be ignored, says its specification.
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg == '/') {
    return fs::path(xdg) / "sparq";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    const passwd* user = getpwuid(getuid());
    home = user == nullptr ? "/" : user->pw_dir;
  }
  return fs::path(home) / ".cache" / "sparq";
}

Lock open_lock(const fs::path& path) {
  return Lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
}

bool take(const Lock& lock, int how) {
  int result = 0;
  do {
    result = flock(lock.fd(), how);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

uintmax_t size_of(const fs::path& directory) {
  uintmax_t bytes = 0;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(directory, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) bytes += it->file_size(ignored);
  }
  return bytes;
}

std::vector<fs::path> children(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (auto it = fs::directory_iterator(directory, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    paths.push_back(it->path());
  }
  return paths;
}

}  // namespace

Lock::~Lock() {
  if (fd_ >= 0) close(fd_);
}

Result<Cache> Cache::open_default() { return open(default_root()); }

Result<Cache> Cache::open(const fs::path& root, uintmax_t limit) {
  std::error_code error;
  Cache cache(fs::absolute(root, error), limit);
  for (const char* part : {"entries", "locks", "unfinished"}) {
    fs::create_directories(cache.root_ / part, error);
    if (error) return unusable(root, error.message());
  }
  cache.sweep_unfinished();
  return cache;
}

fs::path Cache::entry_path(const std::string& key) const { return root_ / "entries" / key; }

Result<Entry> Cache::get_or_build(const std::string& key, const Builder& build) {
  Lock lock = open_lock(root_ / "locks" / key);
  if (lock.fd() < 0) return unusable(root_, std::strerror(errno));
  const fs::path path = entry_path(key);
  std::error_code error;
  while (true) {
    // Shared: others may use the entry, nobody may drop it.
    if (!take(lock, LOCK_SH)) return unusable(root_, std::strerror(errno));
    if (fs::is_directory(path, error)) {
      utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // used now
      return Entry(path, std::move(lock));
    }
    if (!take(lock, LOCK_EX)) return unusable(root_, std::strerror(errno));
    if (fs::is_directory(path, error)) continue;  // somebody else was faster
    if (auto built = build_entry(key, build); !built) return tl::unexpected(built.error());
    drop_oldest();
    // Between the two locks another run may drop the entry; then it is built again.
  }
}

Result<Cache::Answer> Cache::ask_once(const std::string& key, const std::function<Answer()>& ask) {
  constexpr const char* kAnswer = "answer";
  bool asked = false;
  Answer answer;
  const auto entry = get_or_build(key, [&](const fs::path& directory) -> Result<void> {
    asked = true;
    answer = ask();
    if (answer && write_file(directory / kAnswer, "", *answer)) return {};
    return tl::unexpected<Failure>(spec::Problems{});
  });
  if (asked) return answer;
  if (!entry) return tl::unexpected(entry.error());
  std::ifstream in(entry->path() / kAnswer, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<void> Cache::build_entry(const std::string& key, const Builder& build) {
  // The directory's name tells the sweep whose lock says that it is still being built.
  const fs::path parent = root_ / "unfinished" / key;
  std::error_code error;
  fs::create_directory(parent, error);
  Temporary building = Temporary::directory_in(parent);
  if (building.path().empty()) return unusable(root_, std::strerror(errno));
  if (auto built = build(building.path()); !built) return built;
  if (!building.move_to(entry_path(key))) return unusable(root_, std::strerror(errno));
  fs::remove(parent, error);
  return {};
}

void Cache::sweep_unfinished() {
  for (const fs::path& parent : children(root_ / "unfinished")) {
    const Lock lock = open_lock(root_ / "locks" / parent.filename());
    std::error_code ignored;
    if (lock.fd() >= 0 && take(lock, LOCK_EX | LOCK_NB)) fs::remove_all(parent, ignored);
  }
}

void Cache::drop_oldest() {
  struct Kept {
    fs::path path;
    fs::file_time_type used;
    uintmax_t bytes;
  };
  std::vector<Kept> all;
  uintmax_t total = 0;
  for (const fs::path& path : children(root_ / "entries")) {
    std::error_code error;
    const auto used = fs::last_write_time(path, error);
    if (error) continue;  // just dropped by another run
    all.push_back({path, used, size_of(path)});
    total += all.back().bytes;
  }
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& kept : all) {
    if (total <= limit_) return;
    const Lock lock = open_lock(root_ / "locks" / kept.path.filename());
    if (lock.fd() < 0 || !take(lock, LOCK_EX | LOCK_NB)) continue;  // in use
    std::error_code ignored;
    // Renamed first: an entry is there whole or not at all.
    const fs::path parent = root_ / "unfinished" / kept.path.filename();
    fs::create_directory(parent, ignored);
    fs::rename(kept.path, parent / "dropped", ignored);
    fs::remove_all(parent, ignored);
    total -= kept.bytes;
  }
}

}  // namespace sparq::host
