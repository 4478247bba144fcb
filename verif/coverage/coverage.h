// SPDX-License-Identifier: Apache-2.0
// Functional coverage of an emitted array: monitors in every instance, always on in its regression.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gen/generate.h"
#include "verif/coverage/instrument.h"
#include "verif/harness/check.h"
#include "verif/harness/dut.h"

namespace sparq::verif {

class Coverage {
 public:
  explicit Coverage(const gen::Output& output);

  // The design with monitors in it: the same ports, the same behaviour.
  const gen::Output& instrumented() const { return design_.output; }

  // Ends the simulation of an instance of the instrumented array and adds what it saw. May be
  // called from several threads.
  void collect(Dut& dut);

  // One check of kind "coverage" per kind of monitor: every instance has reached every bin that can
  // be reached. Its detail names those that were not, by instance; its title counts the rest.
  std::vector<Check> checks() const;

 private:
  Instrumented design_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> seen_;  // by monitor, by path: bits
};

}  // namespace sparq::verif
