// SPDX-License-Identifier: Apache-2.0
// Why a command could not do its work, and the exit status that says so.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <variant>

#include "golden/spec/problem.h"

namespace sparq::host {

enum class Exit : int {
  kDone = 0,         // done, and everything checked agrees
  kCheckFailed = 1,  // a mismatch, an unproven property, a missed target
  kBadInput = 2,     // the user's input is wrong, or the output cannot be written
  kToolFailed = 3,   // a tool is missing or failed
  kInterrupted = 130,
};

// A program this one depends on is missing or failed.
struct ToolError {
  std::string tool;     // "verilator"
  std::string package;  // the Debian package that brings it; empty when there is none to install
  std::string reason;   // "not found on PATH", "killed by signal 9 (out of memory?)"
  std::string lines;    // the last lines it printed; may be empty
};

using Failure = std::variant<spec::Problems, ToolError>;

template <class T>
using Result = tl::expected<T, Failure>;

// Several lines: "verilator: not found on PATH; install the Debian package verilator", then what
// the tool printed, indented.
std::string to_text(const ToolError& error);

// Writes "sparq: TEXT" on stderr; nothing is thrown when nobody reads it.
void print_error(const std::string& text);

// Prints every problem, or the tool's error, on stderr; gives kBadInput or kToolFailed.
Exit report(const Failure& failure);

}  // namespace sparq::host
