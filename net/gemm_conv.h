// SPDX-License-Identifier: Apache-2.0
// A quantized layer as matrix products per group: the form in which the array runs it.
#pragma once

#include <functional>

#include "golden/matrix.h"
#include "net/graph.h"
#include "net/onednn_conv.h"
#include "net/quantization.h"

namespace sparq::net {

// Rows of an activation matrix: output pixels, image by image and row by row. Columns: kernel
// position by kernel position with the group's channels fastest; zeros beyond the border. Channels
// are padded with a zero to a multiple of `channel_multiple` at every position, so that pairs never
// join positions. T is uint8_t or float.
template <class T>
golden::Matrix<T> gemm_activations(const Conv& conv, const Shape& in, const Shape& out,
                                   int64_t group, int64_t channel_multiple, size_t images,
                                   const T* x);

// The group's weights in the same order: one row per output channel.
golden::Matrix<int8_t> gemm_weights(const Conv& conv, int64_t group, int64_t channel_multiple,
                                    const std::vector<int8_t>& weights);

// Sums of a group of a layer, for some images of a batch (one, when the batch is one): activations
// M x K (codes, not encoded), weights N x K; M x N. May be called by several threads at once.
using GemmFunction =
    std::function<golden::Matrix<int32_t>(NodeId layer, const golden::Matrix<uint8_t>& activations,
                                          const golden::Matrix<int8_t>& weights)>;

class GemmConv {
 public:
  GemmConv(NodeId node, const Conv& conv, const Shape& in, const Shape& out, size_t images,
           int64_t channel_multiple, const LayerQuantization& layer, const Epilogue& epilogue);

  // The same as OneDnnConv::run.
  void run(const GemmFunction& gemm, const uint8_t* x, void* y) const;

 private:
  void finish(const golden::Matrix<int32_t>& sums, size_t first_channel, float* y) const;
  void finish(const golden::Matrix<int32_t>& sums, size_t first_channel, uint8_t* y) const;
  float real(int32_t sum, size_t channel) const;

  NodeId node_;
  const Conv& conv_;
  Shape in_;
  Shape out_;
  size_t images_;
  int64_t channel_multiple_;
  Epilogue epilogue_;
  Dequantization dequantization_;
  std::vector<golden::Matrix<int8_t>> weights_;  // by group
};

// What channels are padded to at every kernel position: pairs, or the groups of 2:4 sparsity.
inline constexpr int64_t kPairChannels = 2;
inline constexpr int64_t kGroupChannels = 4;

}  // namespace sparq::net
