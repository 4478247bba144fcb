// SPDX-License-Identifier: Apache-2.0
// A network's layers on the emitted array.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "app/host/failure.h"
#include "app/host/progress.h"
#include "golden/spec/config.h"
#include "net/images.h"
#include "net/quantization.h"

namespace sparq::app {

struct RtlLayer {
  net::NodeId layer = 0;
  uint64_t cycles = 0;     // measured, all images
  uint64_t predicted = 0;  // by the interface's timing rules
  int64_t macs = 0;        // useful ones, all images
};

struct RtlRun {
  std::string verilator;  // its version
  size_t images = 0;
  std::vector<RtlLayer> layers;
  std::vector<int64_t> classes;  // the largest logit's, per image
  std::string mismatch;          // where array, golden model or prediction disagree; empty: nowhere
};

// Runs the first `count` images through the network; the GEMMs of `layers` on the config's array
// under Verilator, which compares every accumulator with the golden fast engine, those of other
// quantized layers on that engine. Needs unsigned activations, A <= 8, and for a sparse tensor core
// 2:4 weights.
host::Result<RtlRun> run_on_rtl(const net::Graph& graph, const net::Quantization& quantization,
                                const std::set<net::NodeId>& layers, const spec::Config& config,
                                net::Images& images, const net::Preprocess& preprocess,
                                size_t count, host::Step& step);

// The key "rtl", and the same on the terminal.
nlohmann::json rtl_json(const RtlRun& run, const net::Graph& graph, const spec::Config& config);
void print_rtl(const nlohmann::json& rtl);

}  // namespace sparq::app
