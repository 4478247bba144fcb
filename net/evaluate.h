// SPDX-License-Identifier: Apache-2.0
// Accuracy, agreement with floating point and throughput of several arithmetics on the same images.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/calibration.h"
#include "net/executor.h"
#include "net/images.h"

namespace sparq::net {

// A way to compute the network.
struct Mode {
  std::string name;                                  // "fp32", "a8w8", "5opt-nearest"
  std::shared_ptr<const Quantization> quantization;  // the executor's
  std::shared_ptr<const Executor> executor;
  LayerFormats formats;
  int bits = 32;                  // of an activation window; 32 in floating point
  bool behind_selection = false;  // 2:4: pairs depend on the weights, formats do not say it all
};

struct Interval {
  double low = 0;
  double high = 0;
};

// Wilson's score interval of a share, 95 %. Source: Wilson, JASA 22 (1927).
Interval wilson(size_t successes, size_t trials);

struct Score {
  std::string name;
  size_t images = 0;
  size_t top1 = 0;       // the label has the largest logit
  size_t top5 = 0;       // or one of the five largest
  size_t agreement = 0;  // the largest logit is that of the first mode
  double signal = 0;     // sum of squares of the first mode's logits
  double noise = 0;      // sum of squares of the differences from them
  double seconds = 0;    // inference alone, summed over threads and divided by their number

  double sqnr_db() const;  // 10 log10(signal / noise); infinite without noise
};

// Every batch goes through all modes before the next one, so that disturbances of the machine hit
// all alike. The first mode is the one that others are compared with. Batch sizes are equal.
std::vector<Score> evaluate(const std::vector<Mode>& modes, Images& images,
                            const std::vector<int64_t>& labels, const Preprocess& preprocess,
                            int threads, const Progress& progress = {});

// A batch size with which an executor's values mostly stay in a core's cache.
size_t good_batch(const Graph& graph, size_t images);

}  // namespace sparq::net
