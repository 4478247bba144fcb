// SPDX-License-Identifier: Apache-2.0
// Points over two axes as SVG, with a legend.
#pragma once

#include <string>
#include <vector>

namespace sparq::synth {

struct PlotPoint {
  double x;
  double y;
  std::string label = {};
};

struct Series {
  std::string name;
  std::vector<PlotPoint> points;       // joined by a line
  std::vector<PlotPoint> beside = {};  // hollow, not joined
};

struct Axes {
  std::string title;
  std::string x;
  std::string y;
  double x_step;  // between ticks
  int y_decimals = 1;
};

std::string axes_svg(const Axes& axes, const std::vector<Series>& all);

}  // namespace sparq::synth
