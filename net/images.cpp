// SPDX-License-Identifier: Apache-2.0
#include "net/images.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "golden/npy_file.h"

namespace sparq::net {
namespace {

using nlohmann::json;

// Finite numbers, one per channel.
std::vector<double> numbers(const json& object, const char* key, std::optional<int64_t> channels,
                            bool positive, const std::string& path, spec::Problems& problems) {
  const json& list = object.contains(key) ? object.at(key) : json();
  bool good = list.is_array() && (!channels || list.size() == static_cast<size_t>(*channels));
  for (size_t i = 0; good && i < list.size(); ++i) {
    good = list[i].is_number() && std::isfinite(list[i].get<double>()) &&
           (!positive || list[i].get<double>() > 0);
  }
  if (good) return list.get<std::vector<double>>();
  problems.push_back(
      {path, key, list.is_null() ? "" : list.dump(),
       fmt::format("must be {}{}numbers, one per channel",
                   channels ? fmt::format("{} ", *channels) : "", positive ? "positive " : "")});
  return {};
}

}  // namespace

Preprocess default_preprocess(int64_t channels) {
  Preprocess result;
  result.mean.assign(static_cast<size_t>(channels), 0);
  result.deviation.assign(static_cast<size_t>(channels), 1);
  return result;
}

spec::Checked<Preprocess> load_preprocess(const std::string& path,
                                          std::optional<int64_t> channels) {
  std::ifstream file(path);
  if (!file) return spec::fail(path, "", "", "cannot be read");
  const json object = json::parse(file, nullptr, false, true);
  if (!object.is_object()) return spec::fail(path, "", "", "must be a JSON object");
  spec::Problems problems;
  Preprocess result;
  const json order = object.value("order", json("RGB"));
  if (order != "RGB" && order != "BGR") {
    problems.push_back({path, "order", order.dump(), "must be \"RGB\" or \"BGR\""});
  }
  result.is_bgr = order == "BGR";
  const json scale = object.value("scale", json());
  if (scale.is_number() && std::isfinite(scale.get<double>()) && scale.get<double>() > 0) {
    result.scale = scale.get<double>();
  } else {
    problems.push_back(
        {path, "scale", scale.is_null() ? "" : scale.dump(), "must be a positive number"});
  }
  result.mean = numbers(object, "mean", channels, false, path, problems);
  result.deviation = numbers(object, "std", channels, true, path, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return result;
}

spec::Checked<Images> Images::open(const std::string& path, const Shape* input) {
  const auto npy = golden::NpyFile::open(path);
  if (!npy) return tl::unexpected(npy.error());
  const golden::NpyHeader& header = npy->header();
  spec::Problems problems;
  if (header.dtype != golden::Dtype::kU8) {
    problems.push_back({path, "descr", std::string(golden::descr(header.dtype)),
                        "must be |u1: pixels are unsigned bytes"});
  }
  const auto& shape = header.shape;
  const auto refuse = [&](const std::string& allowed) {
    problems.push_back({path, "shape", fmt::format("{}", fmt::join(shape, " x ")), allowed});
  };
  if (shape.size() != 4) {
    refuse("must be N x H x W x C");
  } else if (input != nullptr &&
             !std::equal(shape.begin() + 1, shape.end(),
                         std::vector{input->height, input->width, input->channels}.begin())) {
    refuse(fmt::format("must be N x {} x {} x {} (N x H x W x C), the network's input",
                       input->height, input->width, input->channels));
  } else if (shape[0] == 0) {
    refuse("must be at least one image");
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  Images images;
  images.path_ = path;
  images.count_ = shape[0];
  images.pixels_ = shape[1] * shape[2];
  images.channels_ = shape[3];
  images.data_at_ = std::filesystem::file_size(path) - header.data_bytes;
  images.file_.open(path, std::ios::binary);
  return images;
}

bool Images::is_black() {
  const Preprocess raw{.scale = 1,
                       .mean = std::vector<double>(channels_, 0),
                       .deviation = std::vector<double>(channels_, 1)};
  std::vector<float> x(pixels_ * channels_);
  for (size_t i = 0; i < count_; ++i) {
    read(i, 1, raw, x);
    if (std::any_of(x.begin(), x.end(), [](float pixel) { return pixel != 0; })) return false;
  }
  return true;
}

void Images::read(size_t first, size_t images, const Preprocess& preprocess, std::span<float> x) {
  std::vector<uint8_t> bytes(images * pixels_ * channels_);
  {
    const std::lock_guard hold(*mutex_);
    file_.seekg(static_cast<std::streamoff>(data_at_ + first * pixels_ * channels_));
    file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file_) throw std::runtime_error(path_ + ": can no longer be read");
  }
  for (size_t c = 0; c < channels_; ++c) {
    std::array<float, 256> value;
    for (size_t u = 0; u < value.size(); ++u) {
      value[u] =
          static_cast<float>((static_cast<double>(u) * preprocess.scale - preprocess.mean[c]) /
                             preprocess.deviation[c]);
    }
    const size_t source = preprocess.is_bgr ? channels_ - 1 - c : c;
    for (size_t p = 0; p < images * pixels_; ++p) {
      x[p * channels_ + c] = value[bytes[p * channels_ + source]];
    }
  }
}

spec::Checked<std::vector<int64_t>> load_labels(const std::string& path,
                                                std::optional<size_t> images,
                                                std::optional<int64_t> classes) {
  const auto npy = golden::read_npy(path);
  if (!npy) return tl::unexpected(npy.error());
  spec::Problems problems;
  if (npy->shape.size() != 1 || (images && npy->shape[0] != *images)) {
    problems.push_back({path, "shape", fmt::format("{}", fmt::join(npy->shape, " x ")),
                        images ? fmt::format("must be {}, one label per image", *images)
                               : "must be N, one label per image"});
  }
  std::vector<int64_t> labels(
      std::accumulate(npy->shape.begin(), npy->shape.end(), size_t{1}, std::multiplies<size_t>()));
  const auto copy = [&]<class T>(T) {
    for (size_t i = 0; i < labels.size(); ++i) {
      T value;
      std::memcpy(&value, npy->bytes.data() + i * sizeof(T), sizeof(T));
      labels[i] = value;
    }
  };
  switch (npy->dtype) {
    case golden::Dtype::kI64:
      copy(int64_t{});
      break;
    case golden::Dtype::kI32:
      copy(int32_t{});
      break;
    case golden::Dtype::kU8:
      copy(uint8_t{});
      break;
    default:
      problems.push_back(
          {path, "descr", std::string(golden::descr(npy->dtype)), "must be <i8, <i4 or |u1"});
  }
  const auto bad = std::find_if(labels.begin(), labels.end(), [&](int64_t label) {
    return label < 0 || (classes && label >= *classes);
  });
  if (bad != labels.end()) {
    problems.push_back({path, fmt::format("[{}]", bad - labels.begin()), fmt::format("{}", *bad),
                        classes ? fmt::format("must be 0..{}, a class of the network", *classes - 1)
                                : "must not be negative"});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return labels;
}

}  // namespace sparq::net
