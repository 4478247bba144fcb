// SPDX-License-Identifier: Apache-2.0
#include "net/modes.h"

#include <utility>

#include "golden/require.h"
#include "net/recalibrate.h"
#include "net/sparse24.h"

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
  const auto executor = std::make_shared<Executor>(graph_, *none, ExecutorOptions{.batch = batch_});
  modes_.push_back({.name = "fp32",
                    .quantization = none,
                    .executor = executor,
                    .formats = LayerFormats(graph_.nodes.size())});
}

spec::Checked<void> ModeSet::add(const std::string& name, int max_code, int bits,
                                 LayerFormats formats) {
  auto& layers = quantizations_[max_code];
  auto& executor = executors_[max_code];
  if (!layers) {
    auto made = quantize(graph_, ranges_, skip_, max_code, where_);
    if (!made) return tl::unexpected(made.error());
    layers = std::make_shared<const Quantization>(*std::move(made));
    executor = std::make_shared<Executor>(graph_, *layers, ExecutorOptions{.batch = batch_});
  }
  modes_.push_back({.name = name,
                    .quantization = layers,
                    .executor = executor,
                    .formats = std::move(formats),
                    .bits = bits});
  return {};
}

spec::Checked<void> ModeSet::add_static(const std::string& name, int bits) {
  return add(name, (1 << bits) - 1, bits, LayerFormats(graph_.nodes.size()));
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
  const int largest_code = (1 << format.activation_bits) - 1;
  return add(name, largest_code, format.window_bits, std::move(formats));
}

spec::Checked<void> ModeSet::add_sparse24(const std::string& name, const spec::Format& format) {
  // A mode of the same codes knows the layers.
  auto added = add_format(name, format);
  if (!added) return added;
  Mode mode = std::move(modes_.back());
  modes_.pop_back();
  mode.name += "-sparse24";
  mode.behind_selection = true;
  if (!is_sparse24(graph_, *mode.quantization)) {
    mode.name += "-pruned";
    if (!pruned_) {
      pruned_ = std::make_shared<const Quantization>(pruned24(graph_, *mode.quantization));
      const auto plain =
          std::make_shared<Executor>(graph_, *pruned_, ExecutorOptions{.batch = batch_});
      modes_.push_back({.name = "a8w8-pruned24",
                        .quantization = pruned_,
                        .executor = plain,
                        .formats = LayerFormats(graph_.nodes.size()),
                        .bits = format.activation_bits});
    }
    mode.quantization = pruned_;
  }
  mode.executor = std::make_shared<Executor>(graph_, *mode.quantization,
                                             sparse24_options(format, batch_, Fusion::kFull));
  modes_.push_back(std::move(mode));
  return {};
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
