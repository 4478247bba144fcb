// SPDX-License-Identifier: Apache-2.0
#include "net/kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

// One function for each width of vectors; the machine chooses at run time.
#if defined(__x86_64__)
#define SPARQ_VECTORIZED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SPARQ_VECTORIZED
#endif

namespace sparq::net {
namespace {

// Where a window lies on one axis, clipped to the input; `count` also counts the padding.
struct Reach {
  int64_t first;  // first index inside, or the window's step beyond it
  int64_t end;
  int64_t count;
};

Reach reach(int64_t position, int64_t stride, int64_t dilation, int64_t kernel, int64_t before,
            int64_t after, int64_t size) {
  const int64_t start = position * stride - before;
  const int64_t end = start + (kernel - 1) * dilation + 1;
  int64_t first = start;
  while (first < 0) first += dilation;
  return {first, std::min(end, size), std::min(end, size + after) - start};
}

// Calls visit(pixel of the output, list of pixels of the input, size of the window with padding).
template <class Start, class Each, class End>
void for_each_window(const Window& window, const Shape& in, const Shape& out, size_t images,
                     const Start& start, const Each& each, const End& end) {
  const auto& [kernel, stride, dilation, padding] = window;
  size_t to = 0;
  for (size_t image = 0; image < images; ++image) {
    for (int64_t oh = 0; oh < out.height; ++oh) {
      const Reach h =
          reach(oh, stride.h, dilation.h, kernel.h, padding.top, padding.bottom, in.height);
      for (int64_t ow = 0; ow < out.width; ++ow, ++to) {
        const Reach w =
            reach(ow, stride.w, dilation.w, kernel.w, padding.left, padding.right, in.width);
        start(to);
        int64_t inside = 0;
        for (int64_t ih = h.first; ih < h.end; ih += dilation.h) {
          for (int64_t iw = w.first; iw < w.end; iw += dilation.w, ++inside) {
            each(to, image * in.pixels() + static_cast<size_t>(ih * in.width + iw));
          }
        }
        end(to, inside, h.count * w.count);
      }
    }
  }
}

}  // namespace

SPARQ_VECTORIZED void quantize(std::span<const float> x, float scale, int max_code,
                               std::span<uint8_t> codes) {
  const auto most = static_cast<float>(max_code);
  const float* from = x.data();
  uint8_t* to = codes.data();
  const size_t count = x.size();
  // Adding 2^23 leaves no room for a fraction: the sum is rounded to nearest, ties to even. A
  // multiplication by 1 / scale would be faster and could round the other way.
  constexpr float kNoFraction = 8388608.0F;
  for (size_t i = 0; i < count; ++i) {
    const float scaled = from[i] / scale;
    const float positive = scaled > 0 ? scaled : 0.0F;
    const float clamped = positive < most ? positive : most;
    to[i] = static_cast<uint8_t>(static_cast<int32_t>((clamped + kNoFraction) - kNoFraction));
  }
}

void affine(const Affine& op, std::span<const float> x, std::span<float> y) {
  const size_t channels = op.scale.size();
  for (size_t at = 0; at < x.size(); at += channels) {
    for (size_t c = 0; c < channels; ++c) y[at + c] = x[at + c] * op.scale[c] + op.shift[c];
  }
}

void clip(const Clip& op, std::span<const float> x, std::span<float> y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] = std::min(std::max(x[i], op.low), op.high);
}

void add(std::span<const float> a, std::span<const float> b, std::span<float> y) {
  for (size_t i = 0; i < a.size(); ++i) y[i] = a[i] + b[i];
}

void fake_quantize(const FakeQuantize& op, std::span<const float> x, std::span<float> y) {
  const auto zero = static_cast<float>(op.zero);
  const auto low = static_cast<float>(op.low) - zero;
  const auto high = static_cast<float>(op.high) - zero;
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = std::clamp(std::nearbyint(x[i] / op.scale), low, high) * op.scale;
  }
}

void softmax(size_t channels, std::span<const float> x, std::span<float> y) {
  for (size_t at = 0; at < x.size(); at += channels) {
    const auto row = x.subspan(at, channels);
    const float most = *std::max_element(row.begin(), row.end());
    float sum = 0;
    for (size_t c = 0; c < channels; ++c) sum += y[at + c] = std::exp(row[c] - most);
    for (size_t c = 0; c < channels; ++c) y[at + c] /= sum;
  }
}

void reshape(const Shape& from, const Shape& to, size_t images, const float* x, float* y) {
  const size_t elements = from.elements();
  // Element i of an image in the order C, H, W stands at place(i).
  const auto place = [](const Shape& shape, size_t i) {
    return i % shape.pixels() * static_cast<size_t>(shape.channels) + i / shape.pixels();
  };
  for (size_t image = 0; image < images; ++image, x += elements, y += elements) {
    for (size_t i = 0; i < elements; ++i) y[place(to, i)] = x[place(from, i)];
  }
}

void pad(const Pad& op, const Shape& in, const Shape& out, size_t images, const float* x,
         float* y) {
  std::fill_n(y, images * out.elements(), op.value);
  const auto row = static_cast<size_t>(in.width * in.channels);
  for (size_t image = 0; image < images; ++image) {
    for (int64_t h = 0; h < in.height; ++h, x += row) {
      const int64_t pixel = (h + op.padding.top) * out.width + op.padding.left;
      std::copy_n(x, row, y + image * out.elements() + static_cast<size_t>(pixel * out.channels));
    }
  }
}

template <class T>
void place_channels(size_t pixels, size_t channels, const T* x, size_t out_channels, size_t offset,
                    T* y) {
  for (size_t p = 0; p < pixels; ++p) {
    std::copy_n(x + p * channels, channels, y + p * out_channels + offset);
  }
}

template void place_channels(size_t, size_t, const float*, size_t, size_t, float*);
template void place_channels(size_t, size_t, const uint8_t*, size_t, size_t, uint8_t*);

template <class T>
void max_pool(const Window& window, const Shape& in, const Shape& out, size_t images, const T* x,
              T* y) {
  const auto channels = static_cast<size_t>(in.channels);
  for_each_window(
      window, in, out, images,
      [&](size_t to) {
        std::fill_n(y + to * channels, channels, std::numeric_limits<T>::lowest());
      },
      [&](size_t to, size_t from) {
        const T* source = x + from * channels;
        T* most = y + to * channels;
        for (size_t c = 0; c < channels; ++c) most[c] = std::max(most[c], source[c]);
      },
      [](size_t, int64_t, int64_t) {});
}

template void max_pool(const Window&, const Shape&, const Shape&, size_t, const float*, float*);
template void max_pool(const Window&, const Shape&, const Shape&, size_t, const uint8_t*, uint8_t*);

void average_pool(const Pool& op, const Shape& in, const Shape& out, size_t images, const float* x,
                  float* y) {
  const auto channels = static_cast<size_t>(in.channels);
  for_each_window(
      op.window, in, out, images,
      [&](size_t to) { std::fill_n(y + to * channels, channels, 0.0F); },
      [&](size_t to, size_t from) {
        const float* source = x + from * channels;
        float* sum = y + to * channels;
        for (size_t c = 0; c < channels; ++c) sum[c] += source[c];
      },
      [&](size_t to, int64_t inside, int64_t whole) {
        const auto count = static_cast<float>(op.count_padding ? whole : inside);
        for (size_t c = 0; c < channels; ++c) y[to * channels + c] /= count;
      });
}

}  // namespace sparq::net
