// SPDX-License-Identifier: Apache-2.0
#include "synth/axes_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace sparq::synth {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 460;
constexpr double kLeft = 60;
constexpr double kTop = 40;
constexpr double kPlotWidth = 520;
constexpr double kPlotHeight = 360;
constexpr std::array<const char*, 8> kColours = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728",
                                                 "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"};

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     text);
}

struct Bounds {
  double low;
  double high;
  double share(double value) const { return (value - low) / (high - low); }
};

// A little more than the values take.
Bounds bounds_of(const std::vector<Series>& all, double PlotPoint::*axis) {
  Bounds bounds{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Series& series : all) {
    for (const auto* points : {&series.points, &series.beside}) {
      for (const PlotPoint& point : *points) {
        bounds.low = std::min(bounds.low, point.*axis);
        bounds.high = std::max(bounds.high, point.*axis);
      }
    }
  }
  if (bounds.low > bounds.high) return {0, 1};
  const double margin = std::max(0.5, (bounds.high - bounds.low) * 0.05);
  return {bounds.low - margin, bounds.high + margin};
}

}  // namespace

std::string axes_svg(const Axes& axes, const std::vector<Series>& all) {
  const Bounds across = bounds_of(all, &PlotPoint::x);
  const Bounds up = bounds_of(all, &PlotPoint::y);
  const auto x = [&](double value) { return kLeft + kPlotWidth * across.share(value); };
  const auto y = [&](double value) { return kTop + kPlotHeight * (1 - up.share(value)); };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<rect x=\"{2}\" y=\"{3}\" width=\"{4}\" height=\"{5}\" fill=\"none\" stroke=\"black\"/>\n",
      kWidth, kHeight, kLeft, kTop, kPlotWidth, kPlotHeight);
  svg += text_at(kLeft + kPlotWidth / 2, kTop - 15, "middle", axes.title);
  svg += text_at(kLeft + kPlotWidth / 2, kHeight - 15, "middle", axes.x);
  svg += text_at(10, kTop - 15, "start", axes.y);
  const double first = std::ceil(across.low);
  const int steps = static_cast<int>((across.high - first) / axes.x_step);
  for (int i = 0; i <= steps; ++i) {
    const double tick = first + i * axes.x_step;
    svg += text_at(x(tick), kTop + kPlotHeight + 18, "middle", fmt::format("{:g}", tick));
  }
  constexpr int kTicks = 6;
  for (int i = 0; i <= kTicks; ++i) {
    const double tick = up.low + (up.high - up.low) * i / kTicks;
    svg += text_at(kLeft - 6, y(tick) + 4, "end", fmt::format("{:.{}f}", tick, axes.y_decimals));
    svg += fmt::format("<path d=\"M{:.1f} {:.1f}h{}\" stroke=\"#ddd\"/>\n", kLeft, y(tick),
                       kPlotWidth);
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const char* colour = kColours.at(i % kColours.size());
    std::string path;
    const auto mark = [&](const PlotPoint& point, const char* fill) {
      svg +=
          fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\" stroke=\"{}\"/>\n",
                      x(point.x), y(point.y), fill, colour);
      if (!point.label.empty())
        svg += text_at(x(point.x) + 5, y(point.y) - 5, "start", point.label);
    };
    for (const PlotPoint& point : all[i].points) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(point.x), y(point.y));
      mark(point, colour);
    }
    for (const PlotPoint& point : all[i].beside) mark(point, "white");
    svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", path, colour);
    const double row = kTop + 10 + 16 * static_cast<double>(i);
    svg += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{}\"/>\n",
                       kLeft + kPlotWidth + 20, row, colour);
    svg += text_at(kLeft + kPlotWidth + 30, row + 4, "start", all[i].name);
  }
  return svg + "</svg>\n";
}

}  // namespace sparq::synth
