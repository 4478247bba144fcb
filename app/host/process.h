// SPDX-License-Identifier: Apache-2.0
// Child processes: no shell, each in a process group of its own, ended with this process.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sparq::host {

struct Command {
  std::vector<std::string> argv;  // argv[0] is an absolute path, or a name to be found on PATH
  std::filesystem::path cwd;      // empty: this process's
  std::vector<std::pair<std::string, std::string>> env;  // added to this process's
  std::filesystem::path log;  // receives stdout and stderr; empty: both are kept in memory
  std::chrono::milliseconds timeout{0};  // 0: none
};

enum class End {
  kExited,      // `status` is the exit status
  kSignaled,    // `status` is the signal
  kTimedOut,    // ended by us
  kNotStarted,  // `status` is the errno
};

struct Outcome {
  End end = End::kNotStarted;
  int status = 0;
  std::string out;  // stdout and stderr, when the command has no log
  std::string err;
  std::filesystem::path log;
  double seconds = 0;

  bool ok() const { return end == End::kExited && status == 0; }
};

// Runs the command to its end. stdin is /dev/null.
Outcome run(const Command& command);

// Runs all of them, at most `jobs` at a time, and returns their outcomes in order. `on_end`, when
// given, is called as each ends, one call at a time.
std::vector<Outcome> run_all(const std::vector<Command>& commands, int jobs,
                             const std::function<void(size_t, const Outcome&)>& on_end = {});

// "exited with status 1", "killed by signal 9 (out of memory?)", "took too long and was ended".
std::string describe(const Outcome& outcome);

// The last `count` lines of what it printed: of its log, else of stderr, else of stdout.
std::string last_lines(const Outcome& outcome, int count = 20);

}  // namespace sparq::host
