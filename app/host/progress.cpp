// SPDX-License-Identifier: Apache-2.0
#include "app/host/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace sparq::host {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kShowAfter(2000);
constexpr milliseconds kRedrawTerminal(200);
constexpr milliseconds kRepeatLine(10000);
constexpr size_t kBarWidth = 30;

}  // namespace

Step::Step(Verbosity verbosity, std::string label)
    : label_(std::move(label)),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()) {
  if (verbosity == Verbosity::kNormal) watcher_ = std::thread([this] { watch(); });
}

Step::~Step() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_cv_.notify_one();
  watcher_.join();
  if (shown_) {
    fmt::print(stderr, "{}{}: {:.1f} s\n", terminal_ ? "\r\033[K" : "", label_, seconds());
  }
}

void Step::update(size_t done, size_t total) {
  done_ = done;
  total_ = total;
}

double Step::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Step::watch() {
  std::unique_lock lock(mutex_);
  milliseconds wait = kShowAfter;
  while (!ended_cv_.wait_for(lock, wait, [this] { return ended_; })) {
    draw();
    shown_ = true;
    wait = terminal_ ? kRedrawTerminal : kRepeatLine;
  }
}

void Step::draw() {
  const size_t total = total_;
  const double part = total == 0 ? 0 : static_cast<double>(done_) / static_cast<double>(total);
  const std::string left =
      part > 0 ? fmt::format(", {:.0f} s left", seconds() * (1 - part) / part) : "";
  if (!terminal_) {
    fmt::print(stderr, "{} ...{}{}\n", label_,
               total == 0 ? "" : fmt::format(" {:.0f} %", 100 * part), left);
    return;
  }
  std::string bar;
  if (total > 0) {
    const auto full = static_cast<size_t>(part * static_cast<double>(kBarWidth));
    bar = fmt::format("[{:<{}}] ", std::string(full, '#'), kBarWidth);
  }
  fmt::print(stderr, "\r\033[K{}{} {:.0f} s{}", bar, label_, seconds(), left);
}

}  // namespace sparq::host
