// SPDX-License-Identifier: Apache-2.0
#include "net/modes.h"

#include <utility>

#include "golden/require.h"

namespace sparq::net {

ModeSet::ModeSet(const Graph& graph, Ranges ranges, std::set<NodeId> skip, size_t batch,
                 std::string where)
    : graph_(graph),
      ranges_(std::move(ranges)),
      skip_(std::move(skip)),
      batch_(batch),
      where_(std::move(where)),
      unquantized_(graph.nodes.size()) {}

void ModeSet::add_fp32() {
  const auto executor =
      std::make_shared<Executor>(graph_, unquantized_, ExecutorOptions{.batch = batch_});
  modes_.push_back({"fp32", executor, LayerFormats(graph_.nodes.size())});
}

spec::Checked<const Quantization*> ModeSet::quantization(int max_code) {
  if (const auto found = quantizations_.find(max_code); found != quantizations_.end()) {
    return &found->second;
  }
  auto made = quantize(graph_, ranges_, skip_, max_code, where_);
  if (!made) return tl::unexpected(made.error());
  return &quantizations_.emplace(max_code, *std::move(made)).first->second;
}

spec::Checked<std::shared_ptr<const Executor>> ModeSet::executor(int max_code) {
  auto& executor = executors_[max_code];
  if (executor) return executor;
  const auto layers = quantization(max_code);
  if (!layers) return tl::unexpected(layers.error());
  executor = std::make_shared<Executor>(graph_, **layers, ExecutorOptions{.batch = batch_});
  return executor;
}

spec::Checked<void> ModeSet::add_static(const std::string& name, int max_code) {
  auto shared = executor(max_code);
  if (!shared) return tl::unexpected(shared.error());
  modes_.push_back({name, *std::move(shared), LayerFormats(graph_.nodes.size())});
  return {};
}

spec::Checked<void> ModeSet::add_format(const std::string& name, const spec::Format& format,
                                        const std::map<NodeId, spec::Format>& others) {
  golden::require(format.activation_bits <= 8 && !format.signed_activations,
                  "unsigned activations of at most 8 bits");
  auto shared = executor(largest_code(format));
  if (!shared) return tl::unexpected(shared.error());
  const Arithmetic* usual = &arithmetics_.emplace_back(format);
  LayerFormats formats(graph_.nodes.size(), usual);
  for (const auto& [layer, other] : others) {
    golden::require(other.activation_bits == format.activation_bits, "one activation width");
    formats[layer] = &arithmetics_.emplace_back(other);
  }
  modes_.push_back({name, *std::move(shared), std::move(formats)});
  return {};
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
