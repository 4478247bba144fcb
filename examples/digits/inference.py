# SPDX-License-Identifier: Apache-2.0
"""Evaluates digits.onnx with numpy alone: the operators the graph has, and no others."""

import numpy as np
import onnx
from onnx import numpy_helper


def im2col(x, kernel, pad):
    """Returns the stride-1 GEMM form of an activation tensor x of (N, C, H, W).

    Shape (N * out_h * out_w, kernel * kernel * C). Rows run image by image, then row by row over
    the output; K runs kernel position by kernel position, channels fastest. Borders are zeros.
    """
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(2, 3))
    # (N, C, out_h, out_w, kernel_h, kernel_w) to (N, out_h, out_w, kernel_h, kernel_w, C)
    return windows.transpose(0, 2, 3, 4, 5, 1).reshape(-1, kernel * kernel * x.shape[1])


def gemm_weights(w):
    """Returns weights (out, in, kernel, kernel) as (out, K), K in the order of im2col."""
    return w.transpose(0, 2, 3, 1).reshape(len(w), -1)


def float_conv_gemm(_, columns, weights):
    return columns @ weights.T


def attributes_of(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


class Network:
    def __init__(self, path):
        graph = onnx.load(path).graph
        self.nodes = list(graph.node)
        # Double, so that the order of a sum cannot tip a rounding decision later.
        self.parameters = {t.name: numpy_helper.to_array(t).astype(np.float64)
                           for t in graph.initializer}

    def run(self, image, conv_gemm=float_conv_gemm):
        """Returns every tensor of the graph by name, for input (N, 1, 8, 8).

        conv_gemm(node name, im2col(x), gemm_weights(w)) is the matrix product of each convolution;
        replace it to run a layer in another arithmetic.
        """
        tensors = {**self.parameters, "image": image}
        for node in self.nodes:
            inputs = [tensors[name] for name in node.input]
            tensors[node.output[0]] = evaluate(node, inputs, conv_gemm)
        return tensors


def evaluate(node, inputs, conv_gemm):
    x, attributes = inputs[0], attributes_of(node)
    if node.op_type == "Conv":
        return convolve(node.name, *inputs, attributes, conv_gemm)
    if node.op_type == "Relu":
        return np.maximum(x, 0)
    if node.op_type == "MaxPool":
        assert attributes["kernel_shape"] == attributes["strides"] == [2, 2]
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
    if node.op_type == "Flatten":
        assert attributes["axis"] == 1
        return x.reshape(len(x), -1)
    if node.op_type == "Gemm":
        assert attributes["transB"] == 1
        return x @ inputs[1].T + inputs[2]
    raise ValueError(f"{node.name}: operator {node.op_type} is not supported")


def convolve(name, x, w, bias, attributes, conv_gemm):
    kernel, pad = w.shape[2], attributes["pads"][0]
    assert attributes["strides"] == [1, 1] and attributes["pads"] == [pad] * 4
    n, _, h, width = x.shape
    out_h, out_w = h + 2 * pad - kernel + 1, width + 2 * pad - kernel + 1
    product = conv_gemm(name, im2col(x, kernel, pad), gemm_weights(w)) + bias
    return product.reshape(n, out_h, out_w, len(w)).transpose(0, 3, 1, 2)
