// SPDX-License-Identifier: Apache-2.0
#include "app/host/interrupt.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <thread>

#include "app/host/failure.h"

namespace sparq::host {
namespace {

struct Registry {
  std::mutex mutex;
  std::set<pid_t> groups;
  std::set<std::filesystem::path> temporaries;
};

// Never destroyed: the waiting thread outlives main's locals.
Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

bool group_is_gone(pid_t group) {
  int status = 0;
  while (waitpid(-group, &status, WNOHANG) > 0) {
  }
  return kill(-group, 0) != 0 && errno == ESRCH;
}

bool wait_for_group(pid_t group, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!group_is_gone(group)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

[[noreturn]] void wait_for_interrupt(sigset_t signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  Registry& r = registry();
  r.mutex.lock();  // for good: the process ends here
  for (const pid_t group : r.groups) kill(-group, SIGTERM);
  for (const pid_t group : r.groups) end_group(group);
  for (const std::filesystem::path& path : r.temporaries) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  constexpr char text[] = "\nsparq: interrupted\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
  _exit(static_cast<int>(Exit::kInterrupted));
}

}  // namespace

void handle_interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Under nohup a hang-up is ignored, and stays so.
  struct sigaction hangup;
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
    sigaddset(&signals, SIGHUP);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A closed pipe is an error of the write that meets it.
  signal(SIGPIPE, SIG_IGN);
  registry();
  std::thread(wait_for_interrupt, signals).detach();
}

InterruptHold hold_interrupts() { return InterruptHold(registry().mutex); }

void register_group(const InterruptHold& /*hold*/, pid_t group) { registry().groups.insert(group); }

void forget_group(const InterruptHold& /*hold*/, pid_t group) { registry().groups.erase(group); }

void register_temporary(const InterruptHold& /*hold*/, const std::filesystem::path& path) {
  registry().temporaries.insert(path);
}

void forget_temporary(const InterruptHold& /*hold*/, const std::filesystem::path& path) {
  registry().temporaries.erase(path);
}

void end_group(pid_t group) {
  kill(-group, SIGTERM);
  if (wait_for_group(group, std::chrono::milliseconds(500))) return;
  kill(-group, SIGKILL);
  wait_for_group(group, std::chrono::milliseconds(2000));
}

}  // namespace sparq::host
