// SPDX-License-Identifier: Apache-2.0
#include "golden/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace sparq::golden {
namespace {

namespace fs = std::filesystem;

// A new file beside `target`; removed again unless it was renamed.
class Beside {
 public:
  explicit Beside(const fs::path& target) : target_(target) {
    static std::atomic<unsigned> counter = 0;
    do {
      name_ = fmt::format("{}.{}.{}.tmp", target.string(), ::getpid(), counter++);
      descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    created_ = descriptor_ >= 0;
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (created_) ::unlink(name_.c_str());
  }

  // Each of these returns false with errno set.
  bool created() const { return created_; }
  bool write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      constexpr size_t kMost = size_t{1} << 30;  // one call's limit is a little below 2 GiB
      const ssize_t done = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kMost));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(done));
    }
    return true;
  }
  bool rename() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0) return false;
    if (::rename(name_.c_str(), target_.c_str()) != 0) return false;
    created_ = false;
    return true;
  }

 private:
  fs::path target_;
  std::string name_;
  int descriptor_ = -1;
  bool created_ = false;
};

tl::unexpected<spec::Problems> cannot_write(const std::string& path, int error) {
  return spec::fail(path, "", "", "cannot be written: " + std::generic_category().message(error));
}

}  // namespace

spec::Checked<void> write_atomically(const std::string& path,
                                     std::initializer_list<std::span<const std::byte>> parts) {
  std::error_code error;
  fs::path target = path;
  const fs::file_status status = fs::status(target, error);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) {
      return spec::fail(path, "", "", "cannot be written: it exists and is not a regular file");
    }
    target = fs::canonical(target, error);  // through links
    if (error) return cannot_write(path, error.value());
  }
  Beside file(target);
  if (!file.created()) return cannot_write(path, errno);
  for (const auto part : parts) {
    if (!file.write(part)) return cannot_write(path, errno);
  }
  if (!file.rename()) return cannot_write(path, errno);
  return {};
}

}  // namespace sparq::golden
