// SPDX-License-Identifier: Apache-2.0
#include "net/modes.h"

#include <utility>

#include "golden/require.h"
#include "net/recalibrate.h"

namespace sparq::net {

ModeSet::ModeSet(const Graph& graph, Ranges ranges, std::set<NodeId> skip, size_t batch,
                 std::string where)
    : graph_(graph),
      ranges_(std::move(ranges)),
      skip_(std::move(skip)),
      batch_(batch),
      where_(std::move(where)) {}

void ModeSet::add_fp32() {
  const auto none = std::make_shared<const Quantization>(graph_.nodes.size());
  const auto executor =
      std::make_shared<Executor>(graph_, *none, ExecutorOptions{.batch = batch_});
  modes_.push_back({"fp32", none, executor, LayerFormats(graph_.nodes.size())});
}

spec::Checked<void> ModeSet::add(const std::string& name, int max_code, LayerFormats formats) {
  auto& layers = quantizations_[max_code];
  auto& executor = executors_[max_code];
  if (!layers) {
    auto made = quantize(graph_, ranges_, skip_, max_code, where_);
    if (!made) return tl::unexpected(made.error());
    layers = std::make_shared<const Quantization>(*std::move(made));
    executor = std::make_shared<Executor>(graph_, *layers, ExecutorOptions{.batch = batch_});
  }
  modes_.push_back({name, layers, executor, std::move(formats)});
  return {};
}

spec::Checked<void> ModeSet::add_static(const std::string& name, int max_code) {
  return add(name, max_code, LayerFormats(graph_.nodes.size()));
}

spec::Checked<void> ModeSet::add_format(const std::string& name, const spec::Format& format,
                                        const std::map<NodeId, spec::Format>& others) {
  golden::require(format.activation_bits <= 8 && !format.signed_activations,
                  "unsigned activations of at most 8 bits");
  LayerFormats formats(graph_.nodes.size(), &arithmetics_.emplace_back(format));
  for (const auto& [layer, other] : others) {
    golden::require(other.activation_bits == format.activation_bits, "one activation width");
    formats[layer] = &arithmetics_.emplace_back(other);
  }
  return add(name, largest_code(format), std::move(formats));
}

void ModeSet::add_recalibrated(Images& images, const Preprocess& preprocess) {
  Mode mode = modes_.back();
  mode.name += "-recalibrated";
  mode.quantization = std::make_shared<const Quantization>(
      recalibrated(graph_, *mode.quantization, mode.formats, images, preprocess));
  mode.executor =
      std::make_shared<Executor>(graph_, *mode.quantization, ExecutorOptions{.batch = batch_});
  modes_.push_back(std::move(mode));
}

int largest_code(const spec::Format& format) { return (1 << format.activation_bits) - 1; }

std::vector<spec::Format> sweep_formats() {
  std::vector<spec::Format> formats;
  for (const std::string& name : spec::placement_names()) {
    for (const auto rounding : {spec::Rounding::kNearest, spec::Rounding::kTrim}) {
      for (const bool vsparq : {true, false}) {
        const auto format = spec::resolve(
            {.placements = name, .rounding = rounding, .vsparq = vsparq}, "sweep", "");
        golden::require(format.has_value(), "the named formats are legal");
        formats.push_back(*format);
      }
    }
  }
  return formats;
}

}  // namespace sparq::net
