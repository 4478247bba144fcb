// SPDX-License-Identifier: Apache-2.0
#include "net/gemm_conv.h"

#include <algorithm>
#include <cmath>

#include "net/kernels.h"

namespace sparq::net {
namespace {

size_t padded(int64_t channels, int64_t multiple) {
  return static_cast<size_t>((channels + multiple - 1) / multiple * multiple);
}

}  // namespace

template <class T>
golden::Matrix<T> gemm_activations(const Conv& conv, const Shape& in, const Shape& out,
                                   int64_t group, int64_t channel_multiple, size_t images,
                                   const T* x) {
  const auto& [kernel, stride, dilation, padding] = conv.window;
  const auto channels = static_cast<size_t>(conv.group_channels());
  const size_t step = padded(conv.group_channels(), channel_multiple);
  golden::Matrix<T> matrix(images * out.pixels(), static_cast<size_t>(kernel.h * kernel.w) * step);
  T* to = matrix.data.data();
  for (size_t image = 0; image < images; ++image, x += in.elements()) {
    for (int64_t oh = 0; oh < out.height; ++oh) {
      for (int64_t ow = 0; ow < out.width; ++ow) {
        for (int64_t kh = 0; kh < kernel.h; ++kh) {
          const int64_t ih = oh * stride.h - padding.top + kh * dilation.h;
          for (int64_t kw = 0; kw < kernel.w; ++kw, to += step) {
            const int64_t iw = ow * stride.w - padding.left + kw * dilation.w;
            if (ih < 0 || ih >= in.height || iw < 0 || iw >= in.width) continue;
            const auto from = static_cast<size_t>((ih * in.width + iw) * in.channels +
                                                  group * conv.group_channels());
            std::copy_n(x + from, channels, to);
          }
        }
      }
    }
  }
  return matrix;
}

template golden::Matrix<uint8_t> gemm_activations(const Conv&, const Shape&, const Shape&, int64_t,
                                                  int64_t, size_t, const uint8_t*);
template golden::Matrix<float> gemm_activations(const Conv&, const Shape&, const Shape&, int64_t,
                                                int64_t, size_t, const float*);

golden::Matrix<int8_t> gemm_weights(const Conv& conv, int64_t group, int64_t channel_multiple,
                                    const std::vector<int8_t>& weights) {
  const auto channels = static_cast<size_t>(conv.group_channels());
  const auto positions = static_cast<size_t>(conv.window.kernel.h * conv.window.kernel.w);
  const size_t step = padded(conv.group_channels(), channel_multiple);
  const auto rows = static_cast<size_t>(conv.out_channels / conv.groups);
  golden::Matrix<int8_t> matrix(rows, positions * step);
  const int8_t* from = weights.data() + static_cast<size_t>(group) * rows * channels * positions;
  for (size_t o = 0; o < rows; ++o) {
    for (size_t c = 0; c < channels; ++c) {
      for (size_t p = 0; p < positions; ++p) matrix(o, p * step + c) = *from++;
    }
  }
  return matrix;
}

GemmConv::GemmConv(NodeId node, const Conv& conv, const Shape& in, const Shape& out, size_t images,
                   int64_t channel_multiple, const LayerQuantization& layer,
                   const Epilogue& epilogue)
    : node_(node),
      conv_(conv),
      in_(in),
      out_(out),
      images_(images),
      channel_multiple_(channel_multiple),
      epilogue_(epilogue),
      dequantization_(dequantization(layer)) {
  for (int64_t group = 0; group < conv.groups; ++group) {
    weights_.push_back(gemm_weights(conv, group, channel_multiple_, layer.weights));
  }
}

void GemmConv::run(const GemmFunction& gemm, const uint8_t* x, void* y) const {
  constexpr size_t kRows = 2048;  // enough to work in blocks, few enough for the cache
  const size_t most = std::max<size_t>(1, kRows / out_.pixels());
  for (size_t first = 0; first < images_; first += most) {
    const size_t images = std::min(most, images_ - first);
    const size_t at = first * out_.elements();
    for (int64_t group = 0; group < conv_.groups; ++group) {
      const auto& weights = weights_[static_cast<size_t>(group)];
      const auto sums = gemm(node_,
                             gemm_activations(conv_, in_, out_, group, channel_multiple_, images,
                                              x + first * in_.elements()),
                             weights);
      const size_t first_channel = static_cast<size_t>(group) * weights.rows;
      if (epilogue_.codes) {
        finish(sums, first_channel, static_cast<uint8_t*>(y) + at);
      } else {
        finish(sums, first_channel, static_cast<float*>(y) + at);
      }
    }
  }
}

float GemmConv::real(int32_t sum, size_t channel) const {
  return (static_cast<float>(sum) + dequantization_.addend[channel]) *
         dequantization_.factor[channel];
}

void GemmConv::finish(const golden::Matrix<int32_t>& sums, size_t first_channel, float* y) const {
  const auto channels = static_cast<size_t>(out_.channels);
  for (size_t m = 0; m < sums.rows; ++m) {
    for (size_t o = 0; o < sums.cols; ++o) {
      float& out = y[m * channels + first_channel + o];
      float value = real(sums(m, o), first_channel + o);
      if (epilogue_.residual) value += out;
      if (epilogue_.clip) {
        value = std::min(std::max(value, epilogue_.clip->low), epilogue_.clip->high);
      }
      out = value;
    }
  }
}

void GemmConv::finish(const golden::Matrix<int32_t>& sums, size_t first_channel, uint8_t* y) const {
  const auto channels = static_cast<size_t>(out_.channels);
  std::vector<float> row(sums.cols);
  std::vector<uint8_t> codes(sums.cols);
  for (size_t m = 0; m < sums.rows; ++m) {
    for (size_t o = 0; o < sums.cols; ++o) row[o] = real(sums(m, o), first_channel + o);
    if (epilogue_.clip) clip(*epilogue_.clip, row, row);
    quantize(row, epilogue_.codes->scale, epilogue_.codes->max_code, codes);
    std::copy(codes.begin(), codes.end(), y + m * channels + first_channel);
  }
}

}  // namespace sparq::net
