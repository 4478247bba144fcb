// SPDX-License-Identifier: Apache-2.0
// Plots as SVG: axes, points, lines, a legend.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "app/eval_report.h"

namespace sparq::app {
namespace {

struct Point {
  double x;
  double y;
};

struct Series {
  std::string name;
  std::vector<Point> points;
};

struct Axes {
  std::string title;
  std::string x;
  std::string y;
  double x_step;  // between ticks
};

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
Bounds bounds_of(const std::vector<Series>& all, double Point::*axis) {
  Bounds bounds{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Series& series : all) {
    for (const Point& point : series.points) {
      bounds.low = std::min(bounds.low, point.*axis);
      bounds.high = std::max(bounds.high, point.*axis);
    }
  }
  if (bounds.low > bounds.high) return {0, 1};
  const double margin = std::max(0.5, (bounds.high - bounds.low) * 0.05);
  return {bounds.low - margin, bounds.high + margin};
}

std::string plot(const Axes& axes, const std::vector<Series>& all) {
  const Bounds across = bounds_of(all, &Point::x);
  const Bounds up = bounds_of(all, &Point::y);
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
    svg += text_at(kLeft - 6, y(tick) + 4, "end", fmt::format("{:.1f}", tick));
    svg += fmt::format("<path d=\"M{:.1f} {:.1f}h{}\" stroke=\"#ddd\"/>\n", kLeft, y(tick),
                       kPlotWidth);
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const char* colour = kColours.at(i % kColours.size());
    std::string path;
    for (const Point& point : all[i].points) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(point.x), y(point.y));
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x(point.x),
                         y(point.y), colour);
    }
    svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", path, colour);
    const double row = kTop + 10 + 16 * static_cast<double>(i);
    svg += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{}\"/>\n",
                       kLeft + kPlotWidth + 20, row, colour);
    svg += text_at(kLeft + kPlotWidth + 30, row + 4, "start", all[i].name);
  }
  return svg + "</svg>\n";
}

}  // namespace

std::string accuracy_svg(const EvalReport& report) {
  std::vector<Series> all;
  for (size_t i = 0; i < report.scores.size(); ++i) {
    const net::Score& score = report.scores[i];
    if (report.bits[i] > 8) continue;  // floating point
    all.push_back({score.name,
                   {{static_cast<double>(report.bits[i]),
                     100 * static_cast<double>(score.top1) / static_cast<double>(score.images)}}});
  }
  return plot({"Top-1 accuracy against the bits of an activation window", "bits", "top-1 %", 2},
              all);
}

std::string noise_svg(const EvalReport& report) {
  std::vector<Series> all;
  for (const LayerRow& row : report.layers) {
    if (all.empty() || all.back().name != row.result) all.push_back({row.result, {}});
    const double sqnr = net::sqnr_db(row.statistics.output_signal, row.statistics.output_noise);
    const auto index = static_cast<double>(all.back().points.size() + 1);
    if (std::isfinite(sqnr)) all.back().points.push_back({index, sqnr});
  }
  return plot({"Signal to quantization noise of every layer's output", "layer, in order", "dB", 5},
              all);
}

}  // namespace sparq::app
