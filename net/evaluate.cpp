// SPDX-License-Identifier: Apache-2.0
#include "net/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "golden/require.h"
#include "net/share_out.h"

namespace sparq::net {
namespace {

size_t largest(std::span<const float> logits) {
  return static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// How many logits stand before that of `label`; of equal ones the first stands first, and one that
// is no number stands last.
size_t rank_of(size_t label, std::span<const float> logits) {
  size_t before = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const bool stands_before =
        logits[label] > logits[i] || (logits[i] == logits[label] && i >= label);
    if (!stands_before) ++before;
  }
  return before;
}

void count(Score& score, std::span<const float> logits, std::span<const float> reference,
           size_t label) {
  const size_t rank = rank_of(label, logits);
  ++score.images;
  score.top1 += rank < 1 ? 1 : 0;
  score.top5 += rank < 5 ? 1 : 0;
  score.agreement += largest(logits) == largest(reference) ? 1 : 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double difference = double{logits[i]} - double{reference[i]};
    score.signal += double{reference[i]} * double{reference[i]};
    score.noise += difference * difference;
  }
}

struct Worker {
  std::map<const Executor*, std::shared_ptr<Executor::Workspace>> workspaces;
  std::vector<float> images;
  std::vector<float> logits;
  std::vector<float> reference;
  std::vector<Score> scores;
};

}  // namespace

Interval wilson(size_t successes, size_t trials) {
  constexpr double kZ = 1.959963984540054;  // 97.5 % of the normal distribution
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double spread = kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  const double centre = share + kZ * kZ / (2 * n);
  const double scale = 1 + kZ * kZ / n;
  return {std::max(0.0, (centre - spread) / scale), std::min(1.0, (centre + spread) / scale)};
}

double Score::sqnr_db() const {
  return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

std::vector<Score> evaluate(const std::vector<Mode>& modes, Images& images,
                            const std::vector<int64_t>& labels, const Preprocess& preprocess,
                            int threads, const Progress& progress) {
  golden::require(!modes.empty() && labels.size() == images.count(), "modes, and labels");
  const size_t batch = modes.front().executor->batch();
  const Graph& graph = modes.front().executor->graph();
  const size_t classes = graph.shape(graph.output).elements();
  std::vector<Worker> workers(static_cast<size_t>(threads));
  for (Worker& worker : workers) {
    for (const Mode& mode : modes) {
      auto& workspace = worker.workspaces[mode.executor.get()];
      if (!workspace) workspace = mode.executor->make_workspace();
    }
    worker.images.resize(batch * graph.shape(graph.input).elements());
    worker.logits.resize(batch * classes);
    worker.reference.resize(batch * classes);
    worker.scores.resize(modes.size());
  }
  const auto work = [&](int index, size_t first, size_t in_batch) {
    Worker& worker = workers[static_cast<size_t>(index)];
    images.read(first, in_batch, preprocess, worker.images);
    for (size_t m = 0; m < modes.size(); ++m) {
      const Mode& mode = modes[m];
      Score& score = worker.scores[m];
      const auto start = std::chrono::steady_clock::now();
      mode.executor->run(*worker.workspaces.at(mode.executor.get()), worker.images, worker.logits,
                         mode.formats);
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
      // A short batch computes whole all the same; only its images' share counts.
      score.seconds += spent.count() * static_cast<double>(in_batch) / static_cast<double>(batch);
      if (m == 0) worker.reference = worker.logits;
      for (size_t i = 0; i < in_batch; ++i) {
        count(score, std::span(worker.logits).subspan(i * classes, classes),
              std::span(worker.reference).subspan(i * classes, classes),
              static_cast<size_t>(labels[first + i]));
      }
    }
  };
  share_out(images.count(), batch, threads, work, [&](size_t done) {
    if (progress) progress(done, images.count());
  });
  std::vector<Score> scores(modes.size());
  for (size_t m = 0; m < modes.size(); ++m) {
    Score& sum = scores[m];
    sum.name = modes[m].name;
    for (const Worker& worker : workers) {
      const Score& part = worker.scores[m];
      sum.images += part.images;
      sum.top1 += part.top1;
      sum.top5 += part.top5;
      sum.agreement += part.agreement;
      sum.signal += part.signal;
      sum.noise += part.noise;
      sum.seconds += part.seconds / threads;
    }
  }
  return scores;
}

size_t good_batch(const Graph& graph, size_t images) {
  size_t largest_value = sizeof(float);
  for (const Value& value : graph.values) {
    largest_value = std::max(largest_value, value.shape.elements() * sizeof(float));
  }
  constexpr size_t kCache = size_t{1} << 19;  // bytes of one value of a whole batch
  constexpr size_t kMost = 32;
  return std::clamp<size_t>(kCache / largest_value, 1, std::min(kMost, images));
}

}  // namespace sparq::net
