// SPDX-License-Identifier: Apache-2.0
// sparq verify --fuzz
#pragma once

#include <string>

#include "app/result.h"
#include "verif/harness/check.h"

namespace sparq::app {

struct FuzzOptions {
  CommonFlags common;
  std::string minutes;  // as the user wrote them
  std::string output;   // empty: out/fuzz
  verif::CheckOptions checks;
};

// `problems`: what is wrong already.
host::Exit fuzz(const FuzzOptions& options, spec::Problems problems);

}  // namespace sparq::app
