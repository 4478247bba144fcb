// SPDX-License-Identifier: Apache-2.0
// A weighted layer with what is fused into it, as one oneDNN primitive for one thread.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

#include "net/graph.h"
#include "net/quantization.h"

namespace sparq::net {

// What a layer does behind its sum: y = clip(layer(x) + residual), then codes of y where wanted.
struct Epilogue {
  bool residual = false;  // added to what the destination holds
  std::optional<Clip> clip = {};
  std::optional<CodeScale> codes = {};  // destination: u8 codes instead of floats
};

// Factors and addends per output channel that bring an integer sum to real units:
// y = (sum + addend) * factor. Not for channels whose gain is 0.
struct Dequantization {
  std::vector<float> factor;
  std::vector<float> addend;
};
Dequantization dequantization(const LayerQuantization& layer);

class OneDnnConv {
 public:
  // `layer` null: in floating point, x and y floats. Otherwise x are codes of layer->input.
  OneDnnConv(const dnnl::engine& engine, const Conv& conv, const Shape& in, const Shape& out,
             size_t images, const LayerQuantization* layer, const Epilogue& epilogue);

  size_t scratch_bytes() const;
  bool is_slow() const;  // oneDNN has only its reference implementation for this one

  // May run in several threads at once, each with its own stream and scratch memory.
  void run(dnnl::stream& stream, const void* x, void* y, void* scratch) const;

 private:
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward primitive_;
  dnnl::memory weights_;
  dnnl::memory bias_;
};

}  // namespace sparq::net
