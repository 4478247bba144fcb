// SPDX-License-Identifier: Apache-2.0
// Batch-normalization statistics estimated again under a number format.
#pragma once

#include "net/executor.h"
#include "net/images.h"

namespace sparq::net {

// Layer by layer, from the input on, each quantized layer's output gets the mean and the standard
// deviation per channel that batch normalization would give it; where none was folded in, those of
// the floating-point network on the same images. Both are measured over as many of the images as
// fit, at most 256, with the layers before already corrected. Gains and biases change, nothing
// else.
Quantization recalibrated(const Graph& graph, const Quantization& quantization,
                          const LayerFormats& formats, Images& images,
                          const Preprocess& preprocess);

}  // namespace sparq::net
