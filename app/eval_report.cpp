// SPDX-License-Identifier: Apache-2.0
#include "app/eval_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "app/result.h"
#include "golden/spec/config_json.h"

namespace sparq::app {
namespace {

double percent(uint64_t part, uint64_t whole) {
  return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

net::Interval top1_percent(const net::Score& score) {
  const net::Interval share = net::wilson(score.top1, score.images);
  return {100 * share.low, 100 * share.high};
}

double images_per_second(const net::Score& score) {
  return static_cast<double>(score.images) / score.seconds;
}

nlohmann::json decibels(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

double input_sqnr(const LayerRow& row) {
  return net::sqnr_db(row.statistics.input_signal, row.statistics.input_noise);
}

double output_sqnr(const LayerRow& row) {
  return net::sqnr_db(row.statistics.output_signal, row.statistics.output_noise);
}

// "0:12 1:5": shift and share of the nonzero codes with a window, in percent.
std::string windows_text(const LayerRow& row) {
  uint64_t all = 0;
  for (const uint64_t count : row.statistics.windows) all += count;
  std::string text;
  for (size_t i = 0; i < row.statistics.windows.size(); ++i) {
    text += fmt::format("{}{}:{:.0f}", i > 0 ? " " : "", row.format.placements[i],
                        percent(row.statistics.windows[i], all));
  }
  return text;
}

}  // namespace

void print_results(const EvalReport& report) {
  fmt::print("{:<36} {:>7} {:>16} {:>7} {:>8} {:>8} {:>9}\n", "result", "top-1 %", "95 % interval",
             "top-5 %", "agree %", "SQNR dB", "images/s");
  for (const net::Score& score : report.scores) {
    const net::Interval interval = top1_percent(score);
    fmt::print("{:<36} {:>7.2f} {:>7.2f} ..{:>6.2f} {:>7.2f} {:>8.2f} {:>8.1f} {:>9.1f}\n",
               score.name, percent(score.top1, score.images), interval.low, interval.high,
               percent(score.top5, score.images), percent(score.agreement, score.images),
               score.sqnr_db(), images_per_second(score));
  }
}

void print_layers(const EvalReport& report, const std::string& result) {
  fmt::print("\n{}, layer by layer\n{:<28} {:>6} {:>6} {:>6} {:>8} {:>8} {:>12} {:>10} {:>7}  {}\n",
             result, "layer", "zero %", "00 %", "0x %", "in dB", "out dB", "MACs", "cycles",
             "speedup", "windows shift:%");
  for (const LayerRow& row : report.layers) {
    if (row.result != result) continue;
    const net::LayerStatistics& s = row.statistics;
    fmt::print("{:<28} {:>6.1f} {:>6.1f} {:>6.1f} {:>8.1f} {:>8.1f} {:>12} {:>10} {:>7.2f}  {}\n",
               row.name, percent(s.zeros, s.codes), percent(s.pairs_of_zeros, s.pairs),
               percent(s.pairs_with_zero, s.pairs), input_sqnr(row), output_sqnr(row), row.macs,
               row.cycles, row.speedup(), windows_text(row));
  }
}

void add_to_json(const EvalReport& report, nlohmann::json& result) {
  result["images"] = report.scores.front().images;
  auto& results = result["results"] = nlohmann::json::array();
  for (const net::Score& score : report.scores) {
    const net::Interval interval = top1_percent(score);
    results.push_back({{"name", score.name},
                       {"top1_percent", percent(score.top1, score.images)},
                       {"top1_low_percent", interval.low},
                       {"top1_high_percent", interval.high},
                       {"top5_percent", percent(score.top5, score.images)},
                       {"agreement_percent", percent(score.agreement, score.images)},
                       {"sqnr_db", decibels(score.sqnr_db())},
                       {"images_per_second", images_per_second(score)}});
  }
  auto& layers = result["layers"] = nlohmann::json::array();
  for (const LayerRow& row : report.layers) {
    const net::LayerStatistics& s = row.statistics;
    nlohmann::json windows = nlohmann::json::object();
    for (size_t i = 0; i < s.windows.size(); ++i) {
      windows[fmt::format("{}", row.format.placements[i])] = s.windows[i];
    }
    layers.push_back({{"result", row.result},
                      {"name", row.name},
                      {"format", spec::full_name(row.format)},
                      {"zero_percent", percent(s.zeros, s.codes)},
                      {"zero_pair_percent", percent(s.pairs_of_zeros, s.pairs)},
                      {"one_zero_pair_percent", percent(s.pairs_with_zero, s.pairs)},
                      {"windows_by_shift", windows},
                      {"input_sqnr_db", decibels(input_sqnr(row))},
                      {"output_sqnr_db", decibels(output_sqnr(row))},
                      {"macs_per_image", row.macs},
                      {"cycles_per_image", row.cycles},
                      {"int8_cycles_per_image", row.int8_cycles},
                      {"speedup_over_int8", row.speedup()}});
  }
}

std::string results_csv(const EvalReport& report) {
  std::string text =
      "result,activation_bits,images,top1_percent,top1_low_percent,top1_high_percent,top5_percent,"
      "agreement_percent,sqnr_db,images_per_second\n";
  for (size_t i = 0; i < report.scores.size(); ++i) {
    const net::Score& score = report.scores[i];
    const net::Interval interval = top1_percent(score);
    text += fmt::format("{},{},{},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f},{:.2f}\n", score.name,
                        report.bits[i], score.images, percent(score.top1, score.images),
                        interval.low, interval.high, percent(score.top5, score.images),
                        percent(score.agreement, score.images), score.sqnr_db(),
                        images_per_second(score));
  }
  return text;
}

std::string layers_csv(const EvalReport& report) {
  std::string text =
      "result,layer,format,zero_percent,zero_pair_percent,one_zero_pair_percent,input_sqnr_db,"
      "output_sqnr_db,macs_per_image,cycles_per_image,int8_cycles_per_image,speedup_over_int8\n";
  for (const LayerRow& row : report.layers) {
    const net::LayerStatistics& s = row.statistics;
    text += fmt::format("{},\"{}\",{},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f},{},{},{},{:.4f}\n",
                        row.result, row.name, spec::full_name(row.format),
                        percent(s.zeros, s.codes), percent(s.pairs_of_zeros, s.pairs),
                        percent(s.pairs_with_zero, s.pairs), input_sqnr(row), output_sqnr(row),
                        row.macs, row.cycles, row.int8_cycles, row.speedup());
  }
  return text;
}

spec::Checked<void> write_report(host::OutputDirectory& directory, const EvalReport& report,
                                 const nlohmann::json& result) {
  const nlohmann::json manifest = {
      {"schema_version", spec::kSchemaVersion}, {"tool", result["tool"]}, {"command", "eval"}};
  return directory.write("manifest.json", file_text(manifest))
      .and_then([&] { return directory.write("results.csv", results_csv(report)); })
      .and_then([&] { return directory.write("layers.csv", layers_csv(report)); })
      .and_then([&] { return directory.write("accuracy.svg", accuracy_svg(report)); })
      .and_then([&] { return directory.write("noise.svg", noise_svg(report)); });
}

}  // namespace sparq::app
