// SPDX-License-Identifier: Apache-2.0
// tests/data/tiny.v as a design to synthesize.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "synth/report.h"

namespace sparq::synth {

inline Design tiny_design() {
  std::ifstream stream(SPARQ_TEST_DATA "/tiny.v");
  Design design;
  design.name = "tiny";
  design.rows = 2;
  design.cols = 2;
  design.unit_macs = 1;
  design.lanes_per_unit = 1;
  design.array = "tiny_array";
  design.pe = "tiny_pe";
  design.lane = "tiny_lane";
  design.sources = {{"tiny.v", {std::istreambuf_iterator<char>(stream), {}}}};
  return design;
}

// `text` with its one occurrence of `from` replaced.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace sparq::synth
