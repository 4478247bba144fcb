// SPDX-License-Identifier: Apache-2.0
// Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet. Only a step
// that takes longer than two seconds is shown.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace sparq::host {

enum class Verbosity { kNormal, kQuiet };

// One step of the work, from construction to destruction. One at a time.
class Step {
 public:
  Step(Verbosity verbosity, std::string label);
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step();

  // How far it is; may be called from any thread.
  void update(size_t done, size_t total);

 private:
  void watch();
  void draw();
  double seconds() const;

  const std::string label_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<size_t> done_ = 0;
  std::atomic<size_t> total_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_cv_;
  bool ended_ = false;
  bool shown_ = false;
  std::thread watcher_;
};

}  // namespace sparq::host
