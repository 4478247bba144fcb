// SPDX-License-Identifier: Apache-2.0
// Runs a network on batches of images: floating point, or quantized with one number format per
// layer. One executor serves any number of threads, each with a workspace of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "golden/encode_fast.h"
#include "golden/spec/format.h"
#include "net/gemm_conv.h"
#include "net/graph.h"
#include "net/quantization.h"

namespace sparq::net {

// A number format ready for use. Needs A <= 8.
struct Arithmetic {
  explicit Arithmetic(const spec::Format& number_format)
      : format(number_format), encoder(number_format) {}
  spec::Format format;
  golden::FastEncoder encoder;
};

// By node: the format of its activations; null is plain 8-bit codes.
using LayerFormats = std::vector<const Arithmetic*>;

enum class Fusion {
  kFull,  // what follows a layer is computed with it, and codes are handed on where possible
  kNone,  // every value exists, in floating point, for an observer to see
};

struct ExecutorOptions {
  size_t batch = 1;
  Fusion fusion = Fusion::kFull;
  // Computes the sums of quantized layers; empty: oneDNN where it is exact, else golden's fast
  // GEMM.
  GemmFunction gemm = {};
  int64_t channel_multiple = kPairChannels;  // that `gemm` wants channels padded to
};

// Sees every value as it is computed, the input first, and may change it. Fusion::kNone only.
using Observer = std::function<void(ValueId value, std::span<float> elements)>;

class Executor {
 public:
  // The graph must outlive the executor.
  Executor(const Graph& graph, const Quantization& quantization, const ExecutorOptions& options);
  ~Executor();
  Executor(Executor&&) noexcept;

  size_t workspace_bytes() const;
  size_t batch() const { return batch_; }
  const Graph& graph() const { return graph_; }

  class Workspace;
  std::shared_ptr<Workspace> make_workspace() const;

  // images: batch x H x W x C, logits: batch x classes. The calling thread should have set its
  // number of OpenMP threads to 1 (SingleThread). Throws std::bad_alloc when memory runs out.
  void run(Workspace& workspace, std::span<const float> images, std::span<float> logits,
           const LayerFormats& formats, const Observer& observer = {}) const;

  struct Step;
  struct Plan;

 private:
  const Graph& graph_;
  size_t batch_;
  std::unique_ptr<Plan> plan_;
};

// Makes OpenMP regions that this thread starts run on it alone, for one scope: images are shared
// out among threads, not the work on one image.
class SingleThread {
 public:
  SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;
  ~SingleThread();

 private:
  int before_;
};

}  // namespace sparq::net
