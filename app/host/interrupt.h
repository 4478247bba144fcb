// SPDX-License-Identifier: Apache-2.0
// What happens on SIGINT, SIGTERM and SIGHUP: children are ended and waited for, temporary paths
// removed, exit status 130. A thread waits for the signals, so that a long computation is
// interrupted as promptly as a long wait; signals belong to the whole process, and so does the
// small registry behind these functions.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>

namespace sparq::host {

// Called once, first thing in main, before any other thread starts.
void handle_interrupts();

// While this is held no interrupt is acted upon; once one is, nobody gets it any more. Everything
// that creates or publishes something (a child, a temporary path, a rename into place) does so and
// tells the registry within one hold.
using InterruptHold = std::unique_lock<std::mutex>;
InterruptHold hold_interrupts();

// `group` is a process group to be ended, its leader a child of this process.
void register_group(const InterruptHold& hold, pid_t group);
void forget_group(const InterruptHold& hold, pid_t group);

// A file or a directory with all it holds, to be removed.
void register_temporary(const InterruptHold& hold, const std::filesystem::path& path);
void forget_temporary(const InterruptHold& hold, const std::filesystem::path& path);

// Ends a process group: SIGTERM, and SIGKILL for what is still there half a second later.
void end_group(pid_t group);

}  // namespace sparq::host
