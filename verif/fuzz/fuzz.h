// SPDX-License-Identifier: Apache-2.0
// Random configurations, generated and checked for as long as wanted.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "verif/harness/check.h"

namespace sparq::verif {

using Generate = std::function<spec::Checked<gen::Output>(const spec::Config&)>;

struct FuzzFailure {
  std::string drawn;    // the configuration as it was drawn, JSON
  std::string minimal;  // without what the failure does not need
  uint64_t seed = 0;    // of the checks, for `sparq verify --seed`
  Check check;          // of the minimal configuration
};

struct FuzzReport {
  uint64_t configs = 0;                      // checked
  uint64_t cases = 0;                        // of all checks
  std::map<std::string, uint64_t> features;  // "format.kind sparq" -> configurations with it
  std::optional<FuzzFailure> failure;        // nothing is drawn after it
};

// Configuration i and the seed of its checks follow from `options.seed` and i. Of each the array
// and two other checks drawn at random run; options.jobs configurations at a time. Ends with the
// first failure, which is then minimised, or with what runs when `time` is over; checks at least
// one.
host::Result<FuzzReport> run_fuzz(const CheckOptions& options, std::chrono::seconds time,
                                  const Generate& generate,
                                  const std::function<void(size_t seconds)>& on_progress);

// Configurations by feature, a line each.
std::string feature_summary(const FuzzReport& report);

}  // namespace sparq::verif
