// SPDX-License-Identifier: Apache-2.0
// The arithmetics that one network is evaluated in.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "golden/spec/format.h"
#include "net/calibration.h"
#include "net/evaluate.h"

namespace sparq::net {

// Builds modes that share what they can: formats of one activation width share an executor.
class ModeSet {
 public:
  // The graph must outlive the set. `where` names the calibration in problems.
  ModeSet(const Graph& graph, Ranges ranges, std::set<NodeId> skip, size_t batch,
          std::string where);

  void add_fp32();

  // Quantized activations as they are: q = clamp(RNE(x / scale), 0, 2^bits - 1) with scale = the
  // calibrated maximum / (2^bits - 1).
  spec::Checked<void> add_static(const std::string& name, int bits);

  // On top of A-bit codes: `format` in every quantized layer but those of `others`. Needs unsigned
  // activations, A <= 8; `others` of the same A.
  spec::Checked<void> add_format(const std::string& name, const spec::Format& format,
                                 const std::map<NodeId, spec::Format>& others = {});

  // `format` behind the selection of 2:4 weights, "NAME-sparse24". Where a layer's weights are not
  // 2:4, all are pruned by magnitude: "NAME-sparse24-pruned", and once "a8w8-pruned24", the same
  // weights with plain codes. Every such format of a set has the same activation width.
  spec::Checked<void> add_sparse24(const std::string& name, const spec::Format& format);

  // The last mode again, recalibrated on these images: "NAME-recalibrated". It must be quantized.
  void add_recalibrated(Images& images, const Preprocess& preprocess);

  const std::vector<Mode>& modes() const { return modes_; }

 private:
  // Adds a mode quantized to 0..max_code, with the executor that such modes share.
  spec::Checked<void> add(const std::string& name, int max_code, int bits, LayerFormats formats);

  const Graph& graph_;
  const Ranges ranges_;
  const std::set<NodeId> skip_;
  const size_t batch_;
  const std::string where_;
  std::map<int, std::shared_ptr<const Quantization>> quantizations_;
  std::map<int, std::shared_ptr<const Executor>> executors_;
  std::shared_ptr<const Quantization> pruned_;
  std::deque<Arithmetic> arithmetics_;
  std::vector<Mode> modes_;
};

// The named formats with both roundings, pair rule on and off: 20 of them.
std::vector<spec::Format> sweep_formats();

}  // namespace sparq::net
