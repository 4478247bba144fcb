// SPDX-License-Identifier: Apache-2.0
#include "app/host/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>

#include "app/host/interrupt.h"

namespace sparq::host {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// The last `limit` bytes of a file.
std::string read_tail(int fd, off_t limit) {
  const off_t size = lseek(fd, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - limit);
  std::string text;
  std::array<char, 65536> block;
  for (off_t at = from; at < size;) {
    const ssize_t got = pread(fd, block.data(), block.size(), at);
    if (got <= 0) break;
    text.append(block.data(), static_cast<size_t>(got));
    at += got;
  }
  return text;
}

constexpr off_t kEverything = off_t{1} << 40;

std::vector<std::string> environment(const Command& command) {
  std::vector<std::string> all;
  for (const auto& [name, value] : command.env) all.push_back(fmt::format("{}={}", name, value));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const bool replaced = std::any_of(command.env.begin(), command.env.end(), [&](const auto& e) {
      return text.size() > e.first.size() && text.starts_with(e.first) &&
             text[e.first.size()] == '=';
    });
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

// Starts the command in a process group of its own; an errno when that fails.
int spawn(const Command& command, int out, int err, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  if (!command.cwd.empty()) posix_spawn_file_actions_addchdir_np(&actions, command.cwd.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env = environment(command);
  int error = 0;
  {
    const InterruptHold hold = hold_interrupts();
    error = posix_spawnp(&child, argv.front().c_str(), &actions, &attributes, pointers(argv).data(),
                         pointers(env).data());
    if (error == 0) register_group(hold, child);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Waits until the child has ended, without reaping it; false when the time is over.
bool wait_for(pid_t child, std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  const bool limited = timeout.count() > 0;
  while (true) {
    siginfo_t info = {};
    const int flags = WEXITED | WNOWAIT | (limited ? WNOHANG : 0);
    const int error = waitid(P_PID, static_cast<id_t>(child), &info, flags);
    if (error == 0 && info.si_pid == child) return true;
    if (error != 0 && errno != EINTR) return true;
    if (!limited) continue;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void finish(pid_t child, bool in_time, Outcome& outcome) {
  const InterruptHold hold = hold_interrupts();
  int status = 0;
  if (!in_time) {
    end_group(child);
    outcome.end = End::kTimedOut;
    forget_group(hold, child);
    return;
  }
  kill(-child, SIGKILL);  // whatever it left running; the child itself has ended
  if (waitpid(child, &status, 0) == child) {
    const bool signaled = WIFSIGNALED(status);
    outcome.end = signaled ? End::kSignaled : End::kExited;
    outcome.status = signaled ? WTERMSIG(status) : WEXITSTATUS(status);
  }
  forget_group(hold, child);
}

// Compilers and make report a killed child of theirs in words only.
bool speaks_of_memory(const std::string& text) {
  constexpr std::array signs = {"Killed signal terminated program",
                                "virtual memory exhausted",
                                "out of memory",
                                "Out of memory",
                                "Cannot allocate memory",
                                "std::bad_alloc",
                                "Error 137"};
  return std::any_of(signs.begin(), signs.end(),
                     [&](const char* sign) { return text.find(sign) != std::string::npos; });
}

}  // namespace

Outcome run(const Command& command) {
  Outcome outcome;
  outcome.log = command.log;
  const bool logged = !command.log.empty();
  const Descriptor out(
      logged ? open(command.log.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0666)
             : memfd_create("stdout", MFD_CLOEXEC));
  const Descriptor err(logged ? -1 : memfd_create("stderr", MFD_CLOEXEC));
  if (out.get() < 0 || (!logged && err.get() < 0)) {
    outcome.status = errno;
    return outcome;
  }
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  outcome.status = spawn(command, out.get(), logged ? out.get() : err.get(), child);
  if (outcome.status != 0) return outcome;
  finish(child, wait_for(child, command.timeout), outcome);
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!logged) {
    outcome.out = read_tail(out.get(), kEverything);
    outcome.err = read_tail(err.get(), kEverything);
  }
  return outcome;
}

std::vector<Outcome> run_all(const std::vector<Command>& commands, int jobs,
                             const std::function<void(size_t, const Outcome&)>& on_end) {
  std::vector<Outcome> outcomes(commands.size());
  std::atomic<size_t> next = 0;
  std::mutex one_call;
  const auto work = [&] {
    for (size_t i = next++; i < commands.size(); i = next++) {
      outcomes[i] = run(commands[i]);
      const std::lock_guard lock(one_call);
      if (on_end) on_end(i, outcomes[i]);
    }
  };
  std::vector<std::jthread> workers;
  const size_t count = std::min(commands.size(), static_cast<size_t>(std::max(jobs, 1)));
  for (size_t i = 0; i < count; ++i) workers.emplace_back(work);
  workers.clear();  // joins
  return outcomes;
}

std::string describe(const Outcome& outcome) {
  switch (outcome.end) {
    case End::kExited: {
      const bool memory = outcome.status != 0 && speaks_of_memory(last_lines(outcome));
      return fmt::format("exited with status {}{}", outcome.status,
                         memory ? " (out of memory?)" : "");
    }
    case End::kSignaled:
      if (outcome.status == SIGKILL) return "killed by signal 9 (out of memory?)";
      return fmt::format("killed by signal {} ({})", outcome.status, strsignal(outcome.status));
    case End::kTimedOut:
      return "took too long and was ended";
    case End::kNotStarted:
      return fmt::format("cannot be started: {}", std::strerror(outcome.status));
  }
  return "";
}

std::string last_lines(const Outcome& outcome, int count) {
  std::string text = !outcome.err.empty() ? outcome.err : outcome.out;
  if (!outcome.log.empty()) {
    const Descriptor log(open(outcome.log.c_str(), O_RDONLY | O_CLOEXEC));
    if (log.get() >= 0) text = read_tail(log.get(), 65536);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t from = text.size();
  for (int i = 0; i < count && from != std::string::npos; ++i) {
    from = from == 0 ? std::string::npos : text.rfind('\n', from - 1);
  }
  return from == std::string::npos ? text : text.substr(from + 1);
}

}  // namespace sparq::host
