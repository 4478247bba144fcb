// SPDX-License-Identifier: Apache-2.0
#include "synth/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "synth/axes_plot.h"
#include "synth/compare.h"

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

const char* to_text(Adders adders) {
  switch (adders) {
    case Adders::kChains:
      return "chains";
    case Adders::kMixed:
      return "mixed";
    case Adders::kLookahead:
      return "lookahead";
  }
  return "";
}

// What takes the place of flow/operators.v.
std::string rules(Adders adders, const std::string& chains) {
  switch (adders) {
    case Adders::kChains:
      return chains;
    case Adders::kMixed:
      return "`define LOOKAHEAD_SUMS\n" + chains;
    case Adders::kLookahead:
      break;
  }
  return "";
}

// "chains", "chains, multiply": the adders, then what registers stand behind.
std::string setting_of(Adders adders, const spec::Pipeline& pipeline) {
  return fmt::format("{}{}{}", to_text(adders), pipeline.after_multiply ? ", multiply" : "",
                     pipeline.after_reduce ? ", reduce" : "");
}

std::optional<double> period_of(const CurvePoint& point, double clock_ns) {
  if (!point.unit.timing) return std::nullopt;
  return clock_ns - point.unit.timing->slack_ns;
}

// To a picosecond; of two points alike the first one counts.
bool is_pareto(const Curves& curves, size_t at) {
  const auto period = [](const CurvePoint& point) {
    return -std::llround(1000 * point.unit.timing->slack_ns);
  };
  const CurvePoint& point = curves.points[at];
  if (!point.unit.timing) return false;
  for (size_t i = 0; i < curves.points.size(); ++i) {
    const CurvePoint& other = curves.points[i];
    if (i == at || other.unit.name != point.unit.name || !other.unit.timing) continue;
    const double area = other.unit.figures.area_um2 - point.unit.figures.area_um2;
    const int64_t delay = period(other) - period(point);
    const bool alike = area == 0 && delay == 0;
    if (area <= 0 && delay <= 0 && (!alike || i < at)) return false;
  }
  return true;
}

Json same_area(const Curves& curves, size_t at) {
  const CurvePoint& point = curves.points[at];
  Json settings = Json::array();
  for (size_t i = 0; i < curves.points.size(); ++i) {
    const CurvePoint& other = curves.points[i];
    if (i == at || other.unit.name != point.unit.name) continue;
    if (other.unit.figures.area_um2 == point.unit.figures.area_um2) {
      settings.push_back(setting_of(other.adders, other.pipeline));
    }
  }
  return settings;
}

// Of this / of the 8b-8b unit in the same setting.
Json fmax_ratio(const Curves& curves, const CurvePoint& point, double clock_ns) {
  for (const CurvePoint& other : curves.points) {
    const auto period = period_of(point, clock_ns);
    const auto reference = period_of(other, clock_ns);
    if (other.unit.role == spec::Kind::kInt8 && other.adders == point.adders &&
        other.pipeline == point.pipeline && period && reference) {
      return *reference / *period;
    }
  }
  return {};
}

std::string number(const Json& value, int decimals) {
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), decimals) : "-";
}

struct Column {
  const char* title;
  const char* key;
  int width;
  int decimals;
};

constexpr std::array<Column, 8> kColumns = {{{"um2", "area_um2", 8, 0},
                                             {"flops um2", "sequential_area_um2", 10, 0},
                                             {"um2/MAC", "area_per_mac_um2", 8, 1},
                                             {"ns", "min_period_ns", 7, 3},
                                             {"fmax MHz", "fmax_mhz", 9, 1},
                                             {"/int8", "fmax_ratio_to_int8", 6, 3},
                                             {"slack ns", "slack_ns", 9, 3},
                                             {"cycles", "extra_latency_cycles", 7, 0}}};

std::string registers_of(const Json& point) {
  const bool multiply = point.at("pipeline").at("after_multiply");
  const bool reduce = point.at("pipeline").at("after_reduce");
  if (multiply && reduce) return "both";
  return multiply ? "multiply" : reduce ? "reduce" : "-";
}

std::string marks_of(const Json& point) {
  return fmt::format("{}{}", point.at("pareto").get<bool>() ? "*" : "",
                     point.at("as_configured").get<bool>() ? " <" : "");
}

std::string remark_on(const Json& point) {
  std::string text;
  for (const Json& other : point.at("same_area_as")) {
    text += fmt::format("{}{}", text.empty() ? "same area: " : "; ", other.get<std::string>());
  }
  return text;
}

std::string about(const Json& report) {
  return fmt::format(
      "Each design's multiplying unit on {} at {:g} ns, without wires. Adders: chains of full\n"
      "adders, mixed (products in chains, sums carry-lookahead) or lookahead (both Yosys' own).\n"
      "Registers: behind the products (multiply), behind their sum (reduce) or both, counted; "
      "cycles:\n"
      "what they add to the latency. ns: the shortest period; /int8: fmax by that of the 8b-8b "
      "unit in\n"
      "the same setting. *: no setting of the design is as small and as fast. <: as configured.\n",
      report.at("library").get<std::string>(), report.at("clock_ns").get<double>());
}

}  // namespace

host::Result<Curves> measure_curves(const Timer& timer, const Flow& flow,
                                    const std::vector<PipelinedDesigns>& all, int jobs,
                                    host::Cache* cache,
                                    const std::function<void(size_t total)>& on_done) {
  Curves curves;
  const std::array kinds = {Adders::kChains, Adders::kMixed, Adders::kLookahead};
  for (const Adders adders : kinds) {
    Flow with = flow;
    with.operators = rules(adders, flow.operators);
    for (const PipelinedDesigns& setting : all) {
      auto comparison = compare(with, setting.designs, jobs, cache);
      if (!comparison) return tl::unexpected(comparison.error());
      Report& report = comparison->report;
      for (const std::string& fault : report.faults) {
        curves.faults.push_back(setting_of(adders, setting.pipeline) + ": " + fault);
      }
      std::erase_if(report.rows, [](const Row& row) {
        return row.level != Level::kPe && row.level != Level::kDot;
      });
      if (auto timed = add_timing(timer, with, jobs, cache, *comparison); !timed) {
        return tl::unexpected(timed.error());
      }
      for (Row& row : report.rows) {
        curves.points.push_back({std::move(row), adders, setting.pipeline,
                                 setting.as_configured && adders == Adders::kChains});
      }
      if (on_done) on_done(kinds.size() * all.size());
    }
  }
  const auto place = [&](const CurvePoint& point) {
    return std::ranges::find(all.front().designs, point.unit.name, &Design::name);
  };
  std::ranges::stable_sort(curves.points, {}, place);
  return curves;
}

Json to_json(const Curves& curves, double clock_ns) {
  Json points = Json::array();
  for (size_t i = 0; i < curves.points.size(); ++i) {
    const CurvePoint& point = curves.points[i];
    const Row& unit = point.unit;
    const auto period = period_of(point, clock_ns);
    points.push_back(
        {{"name", unit.name},
         {"role", spec::to_text(unit.role)},
         {"level", to_text(unit.level)},
         {"adder", to_text(point.adders)},
         {"pipeline",
          {{"after_multiply", point.pipeline.after_multiply},
           {"after_reduce", point.pipeline.after_reduce}}},
         {"as_configured", point.as_configured},
         {"extra_latency_cycles",
          int{point.pipeline.after_multiply} + int{point.pipeline.after_reduce}},
         {"area_um2", unit.figures.area_um2},
         {"sequential_area_um2", unit.figures.sequential_area_um2},
         {"macs_per_cycle", unit.macs_per_cycle},
         {"area_per_mac_um2", unit.area_per_mac()},
         {"min_period_ns", period ? Json(*period) : Json()},
         {"fmax_mhz", period ? Json(1000 / *period) : Json()},
         {"fmax_ratio_to_int8", fmax_ratio(curves, point, clock_ns)},
         {"slack_ns", unit.timing ? Json(unit.timing->slack_ns) : Json()},
         {"critical_path",
          unit.timing ? Json{{"from", unit.timing->from}, {"to", unit.timing->to}} : Json()},
         {"pareto", is_pareto(curves, i)},
         {"same_area_as", same_area(curves, i)}});
  }
  return {{"curves", points}};
}

std::string curves_table(const Json& report) {
  std::string text = "\nArea against delay\n\n" + about(report) + '\n';
  text += fmt::format("{:<16} {:<10}{:<9}", "design", "adders", "registers");
  for (const Column& column : kColumns) text += fmt::format("{:>{}}", column.title, column.width);
  text += '\n';
  std::string design;
  for (const Json& point : report.at("curves")) {
    if (!design.empty() && design != point.at("name")) text += '\n';
    design = point.at("name");
    text += fmt::format("{:<16} {:<10}{:<9}", design, point.at("adder").get<std::string>(),
                        registers_of(point));
    for (const Column& column : kColumns) {
      text += fmt::format("{:>{}}", number(point.at(column.key), column.decimals), column.width);
    }
    text += fmt::format(" {}\n", marks_of(point));
    if (const std::string remark = remark_on(point); !remark.empty()) {
      text += fmt::format("{:17}{}\n", "", remark);
    }
  }
  return text;
}

std::string curves_markdown(const Json& report) {
  std::string text =
      "\n## Area against delay\n\n" + about(report) + "\n| design | adders | registers |";
  std::string rule = "|---|---|---|";
  for (const Column& column : kColumns) {
    text += fmt::format(" {} |", column.title);
    rule += "---:|";
  }
  text += " | |\n" + rule + "---|---|\n";
  for (const Json& point : report.at("curves")) {
    text += fmt::format("| {} | {} | {} |", point.at("name").get<std::string>(),
                        point.at("adder").get<std::string>(), registers_of(point));
    for (const Column& column : kColumns) {
      text += fmt::format(" {} |", number(point.at(column.key), column.decimals));
    }
    text += fmt::format(" {} | {} |\n", marks_of(point), remark_on(point));
  }
  return text;
}

std::string curves_csv(const Json& report) {
  std::string text = "library,clock_ns,name,role,level,adder,after_multiply,after_reduce";
  for (const Column& column : kColumns) text += fmt::format(",{}", column.key);
  text += ",macs_per_cycle,pareto,as_configured\n";
  for (const Json& point : report.at("curves")) {
    const Json& pipeline = point.at("pipeline");
    text += fmt::format("{},{},{},{},{},{},{},{}", report.at("library").get<std::string>(),
                        report.at("clock_ns").dump(), point.at("name").get<std::string>(),
                        point.at("role").get<std::string>(), point.at("level").get<std::string>(),
                        point.at("adder").get<std::string>(), pipeline.at("after_multiply").dump(),
                        pipeline.at("after_reduce").dump());
    for (const Column& column : kColumns) {
      const Json& value = point.at(column.key);
      text += fmt::format(",{}", value.is_null() ? "" : value.dump());
    }
    text += fmt::format(",{},{},{}\n", point.at("macs_per_cycle").dump(), point.at("pareto").dump(),
                        point.at("as_configured").dump());
  }
  return text;
}

std::string curves_svg(const Json& report) {
  std::vector<Series> all;
  for (const Json& point : report.at("curves")) {
    if (point.at("min_period_ns").is_null()) continue;
    if (all.empty() || all.back().name != point.at("name")) all.push_back({point.at("name"), {}});
    PlotPoint mark{point.at("min_period_ns"), point.at("area_per_mac_um2")};
    if (point.at("pareto")) {
      mark.label = fmt::format("{}, {}", point.at("adder").get<std::string>(), registers_of(point));
      all.back().points.push_back(std::move(mark));
    } else {
      all.back().beside.push_back(std::move(mark));
    }
  }
  for (Series& series : all) std::ranges::sort(series.points, {}, &PlotPoint::x);
  return axes_svg(
      {fmt::format("Area of a unit, mapped at {:g} ns, against its shortest period, {}",
                   report.at("clock_ns").get<double>(), report.at("library").get<std::string>()),
       "ns", "um2/MAC", 1, 0},
      all);
}

}  // namespace sparq::synth
