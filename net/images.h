// SPDX-License-Identifier: Apache-2.0
// Images and labels from .npy files, and the preprocessing in front of the network.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "golden/spec/problem.h"
#include "net/graph.h"

namespace sparq::net {

// x = (u8 * scale - mean[c]) / std[c], for channel c of the network's input.
struct Preprocess {
  bool is_bgr = false;  // the network's channels are the images' in reverse
  double scale = 1.0 / 255;
  std::vector<double> mean;
  std::vector<double> deviation;
};

// u8 / 255 and nothing else.
Preprocess default_preprocess(int64_t channels);

// {"order": "RGB" or "BGR", "scale", "mean": [one per channel], "std": [...]}; "order" may be left
// out, other keys are ignored. Numbers are finite, std is positive. Without `channels` their number
// is not checked.
spec::Checked<Preprocess> load_preprocess(const std::string& path, std::optional<int64_t> channels);

// A file of u8 images, N x H x W x C. It stays on disk; images are read as they are needed.
class Images {
 public:
  // Problems: a wrong dtype or rank, H, W or C other than the network's input (where it is known),
  // no images.
  static spec::Checked<Images> open(const std::string& path, const Shape* input);

  size_t count() const { return count_; }
  void keep_first(size_t count) { count_ = std::min(count, count_); }

  // Every pixel of every image is 0.
  bool is_black();

  // Images first .. first + images - 1, preprocessed, to x: images x H x W x C. Threads take turns.
  // Throws std::runtime_error when the file has become unreadable.
  void read(size_t first, size_t images, const Preprocess& preprocess, std::span<float> x);

 private:
  std::string path_;
  size_t count_ = 0;
  size_t pixels_ = 0;
  size_t channels_ = 0;
  size_t data_at_ = 0;  // bytes
  std::ifstream file_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

// Class indices 0..classes-1, i64, i32 or u8, as many as there are images; what is not known is not
// checked.
spec::Checked<std::vector<int64_t>> load_labels(const std::string& path,
                                                std::optional<size_t> images,
                                                std::optional<int64_t> classes);

}  // namespace sparq::net
