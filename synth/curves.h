// SPDX-License-Identifier: Apache-2.0
// Area against delay: what each kind of adder and each setting of the pipeline makes of a design's
// multiplying unit. The mapper's own target moves next to nothing; architecture does.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/spec/config.h"
#include "synth/report.h"

namespace sparq::synth {

enum class Adders {
  kChains,     // sums and products in chains of the library's full adders: flow/operators.v
  kMixed,      // products in such chains, sums carry-lookahead (Yosys' own), of plain gates
  kLookahead,  // Yosys' own for both: compressors, then carry-lookahead
};

// A configuration and its baselines under one setting of the pipeline.
struct PipelinedDesigns {
  spec::Pipeline pipeline;
  bool as_configured = false;
  std::vector<Design> designs;
};

struct CurvePoint {
  Row unit;  // timed
  Adders adders = Adders::kChains;
  spec::Pipeline pipeline;
  bool as_configured = false;  // adders and pipeline are those of the main report
};

struct Curves {
  std::vector<CurvePoint> points;   // design by design
  std::vector<std::string> faults;  // as a Report's
};

// Synthesizes and times the unit of every design with every kind of adder, at most `jobs` modules
// at a time. `on_done` is called after each of `total` steps.
host::Result<Curves> measure_curves(const Timer& timer, const Flow& flow,
                                    const std::vector<PipelinedDesigns>& all, int jobs,
                                    host::Cache* cache,
                                    const std::function<void(size_t total)>& on_done = {});

// The key "curves": an object per point. "pareto" says that no point of the same design is as small
// and as fast; "same_area_as" names the settings of its points of equal area. Both go by area and
// period alone, not by latency.
nlohmann::json to_json(const Curves& curves, double clock_ns);

// All below work on a report with that key, and are empty without it.
std::string curves_table(const nlohmann::json& report);
std::string curves_markdown(const nlohmann::json& report);
std::string curves_csv(const nlohmann::json& report);

// Area per MAC against the shortest period: a line through each design's Pareto points.
std::string curves_svg(const nlohmann::json& report);

}  // namespace sparq::synth
