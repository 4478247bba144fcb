// SPDX-License-Identifier: Apache-2.0
#include "synth/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sparq::synth {
namespace {

using Json = nlohmann::json;

struct Part {
  std::string name;
  double value;
};

struct Bar {
  std::string name;
  std::vector<Part> parts;

  double total() const {
    double sum = 0;
    for (const Part& part : parts) sum += part.value;
    return sum;
  }
};

constexpr double kLeft = 150;
constexpr double kTop = 50;
constexpr double kPlotWidth = 560;
constexpr double kBarHeight = 34;
constexpr double kRow = 50;
constexpr double kLegendRow = 18;
constexpr std::array<const char*, 10> kColours = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728",
                                                  "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
                                                  "#bcbd22", "#17becf"};

// The names of all parts, in the order in which they are first met: each has one colour.
std::vector<std::string> names_of(const std::vector<Bar>& bars) {
  std::vector<std::string> names;
  for (const Bar& bar : bars) {
    for (const Part& part : bar.parts) {
      if (std::ranges::find(names, part.name) == names.end()) names.push_back(part.name);
    }
  }
  return names;
}

std::string bars_svg(const std::string& title, const std::vector<Bar>& bars, int decimals) {
  const std::vector<std::string> names = names_of(bars);
  double longest = 0;
  for (const Bar& bar : bars) longest = std::max(longest, bar.total());
  const double legend = kTop + kRow * static_cast<double>(bars.size()) + 10;
  const double height = legend + kLegendRow * static_cast<double>(names.size()) + 10;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2}\" y=\"25\" font-size=\"14\">{3}</text>\n",
      kLeft + kPlotWidth + 100, height, 20, title);
  const auto colour = [&](const std::string& name) {
    const auto at = static_cast<size_t>(std::ranges::find(names, name) - names.begin());
    return kColours.at(at % kColours.size());
  };
  double y = kTop;
  for (const Bar& bar : bars) {
    double x = kLeft;
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 8,
                       y + kBarHeight / 2 + 4, bar.name);
    for (const Part& part : bar.parts) {
      const double width = kPlotWidth * part.value / longest;
      svg += fmt::format(
          "<rect class=\"part\" x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\" "
          "fill=\"{}\"><title>{}: {:.{}f}</title></rect>\n",
          x, y, width, kBarHeight, colour(part.name), part.name, part.value, decimals);
      x += width;
    }
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{:.{}f}</text>\n", x + 6,
                       y + kBarHeight / 2 + 4, bar.total(), decimals);
    y += kRow;
  }
  y = legend;
  for (const std::string& name : names) {
    svg += fmt::format(
        "<rect x=\"{0}\" y=\"{1:.1f}\" width=\"12\" height=\"12\" fill=\"{2}\"/>\n"
        "<text x=\"{3}\" y=\"{4:.1f}\">{5}</text>\n",
        kLeft, y, colour(name), kLeft + 18, y + 10, name);
    y += kLegendRow;
  }
  return svg + "</svg>\n";
}

std::string title_of(const Json& report, const char* what) {
  return fmt::format("{}, {} at {:g} ns", what, report.at("library").get<std::string>(),
                     report.at("clock_ns").get<double>());
}

}  // namespace

std::string area_svg(const Json& report) {
  std::vector<Bar> bars;
  for (const Json& row : report.at("designs")) {
    if (row.at("level") != "array") continue;
    Bar bar{row.at("name"), {}};
    const double macs = row.at("macs_per_cycle");
    for (const Json& part : report.at("breakdown")) {
      if (part.at("design") != bar.name) continue;
      bar.parts.push_back({part.at("part"), part.at("area_um2").get<double>() / macs});
    }
    bars.push_back(std::move(bar));
  }
  return bars_svg(title_of(report, "Area of the array by function, um2 per MAC per cycle"), bars,
                  0);
}

std::string energy_svg(const Json& report) {
  std::vector<Bar> bars;
  for (const Json& row : report.at("designs")) {
    if (!row.contains("energy_per_mac_registers_pj")) continue;
    bars.push_back({row.at("name"),
                    {{"registers", row.at("energy_per_mac_registers_pj")},
                     {"logic", row.at("energy_per_mac_logic_pj")}}});
  }
  if (bars.empty()) return "";
  return bars_svg(title_of(report, "Energy of a unit, pJ per MAC"), bars, 2);
}

}  // namespace sparq::synth
