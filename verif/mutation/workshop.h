// SPDX-License-Identifier: Apache-2.0
// A directory with a design's files in which Yosys runs scripts.
#pragma once

#include <filesystem>
#include <string>

#include "app/host/failure.h"
#include "app/host/output.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "gen/generate.h"

namespace sparq::verif {

class Workshop {
 public:
  static host::Result<Workshop> open(const gen::Output& output);

  // From the design's text to gates, hierarchy kept.
  std::string gates(const std::string& top) const;

  host::Result<void> run(const std::string& script) const;

  // What Yosys prints, to its end or to the command that it could not do.
  std::string log_of(const std::string& script) const;

  // What another program of Yosys' prints when run here.
  std::string log_of(const std::filesystem::path& program, const std::string& commands) const;

  bool write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;

 private:
  explicit Workshop(host::Tool yosys);

  host::Outcome start(const std::string& script) const;

  host::Tool yosys_;
  host::Temporary directory_;
  std::string files_;
};

}  // namespace sparq::verif
