// SPDX-License-Identifier: Apache-2.0
// What `sparq eval` found, as tables, JSON, CSV and plots.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/host/output.h"
#include "golden/spec/config.h"
#include "net/evaluate.h"
#include "net/statistics.h"

namespace sparq::app {

// A quantized layer under one format.
struct LayerRow {
  std::string result;  // "5opt-nearest"
  std::string name;
  spec::Format format;
  net::LayerStatistics statistics;
  int64_t macs = 0;         // per image
  int64_t cycles = 0;       // per image, on the array of the format
  int64_t int8_cycles = 0;  // per image, on the 8b-8b array with as many PEs

  double speedup() const { return static_cast<double>(int8_cycles) / static_cast<double>(cycles); }
};

struct EvalReport {
  std::vector<net::Score> scores;
  std::vector<int> bits;  // of an activation window, one per score; 32 in floating point
  std::vector<LayerRow> layers;
};

void print_results(const EvalReport& report);
void print_layers(const EvalReport& report, const std::string& result);

// The keys "images", "results" and "layers". A ratio without noise is null: JSON has no infinity.
void add_to_json(const EvalReport& report, nlohmann::json& result);

std::string results_csv(const EvalReport& report);
std::string layers_csv(const EvalReport& report);
std::string accuracy_svg(const EvalReport& report);  // top-1 against bits
std::string noise_svg(const EvalReport& report);     // SQNR of every layer's output

// The tables and plots, and a manifest with the result's "tool".
spec::Checked<void> write_report(host::OutputDirectory& directory, const EvalReport& report,
                                 const nlohmann::json& result);

}  // namespace sparq::app
