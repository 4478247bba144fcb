// SPDX-License-Identifier: Apache-2.0
// What `sparq eval` is given: its flags, and the files they name, checked against each other.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/format_flags.h"
#include "app/result.h"
#include "golden/spec/config.h"
#include "net/calibration.h"
#include "net/graph.h"
#include "net/images.h"

namespace sparq::app {

struct EvalOptions {
  CommonFlags common;
  FormatFlags format;
  std::optional<std::string> config;
  std::string model;
  std::string images;
  std::string labels;
  std::string calibration;
  std::string method;
  std::string preprocess;
  std::optional<std::vector<std::string>> skip;
  std::string layer_formats;
  std::string engine;
  std::optional<std::vector<std::string>> rtl_layers;
  std::optional<std::string> limit;
  std::string output;
  bool sweep = false;
  bool recalibrate = false;
  bool sparse24 = false;

  bool on_rtl() const { return engine == "rtl"; }
};

struct EvalInputs {
  spec::Config config;
  net::CalibrationMethod method = net::CalibrationMethod::kMeanOfMaxima;
  net::Graph graph;
  std::optional<net::Images> images;
  std::optional<net::Images> calibration;
  std::vector<int64_t> labels;  // one per image
  net::Preprocess preprocess;
  std::set<net::NodeId> skip;
  std::set<net::NodeId> rtl_layers;  // for --engine rtl
  bool sparse24 = false;             // asked for, or what the config's array takes
  std::map<net::NodeId, spec::Format> layer_formats;
};

// Everything that is wrong with the flags and the files, at once.
spec::Checked<EvalInputs> load_inputs(const EvalOptions& options);

}  // namespace sparq::app
