#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Quantizes the digits network to 8 bits and writes the images, the GEMM operands and layers.json.

Reads digits.onnx and digits.pre.json; needs no torch. The output is a function of these two files
and the data set, byte for byte.
"""

import json

import numpy as np

import dataset
from inference import Network, attributes_of, gemm_weights, im2col

CALIBRATION_COUNT = 256  # the first images of the training part
NETWORK = dataset.HERE / "digits.onnx"

# Convolutions whose input is unsigned, and how many of the first test images their activation
# matrix holds: 256 rows each. Not conv1, whose input is signed, and not the classifier.
QUANTIZED = {"conv2": 4, "conv3": 16}


class Layer:
    """One convolution: its scales, its quantized weights and its quantizer for activations."""

    def __init__(self, network, name, calibration):
        self.name = name
        node = next(n for n in network.nodes if n.name == name)
        self.source = node.input[0]
        self.attributes = attributes_of(node)
        peaks = calibration[self.source].max(axis=(1, 2, 3))
        # Twelve digits: the last bits depend on the processor's order of summation.
        self.activation_scale = float(f"{peaks.mean() / 255:.12g}")

        w = gemm_weights(network.parameters[f"{name}.weight"])
        peak = np.abs(w).max(axis=1)
        self.weight_scale = 2 * peak / 255
        # The largest weight of a channel lands on +-127.5 exactly, a tie. w / weight_scale may fall
        # to either side of it; here every product is exact in double, and so is the tie.
        self.weights = np.clip(np.rint(255 * w / (2 * peak[:, np.newaxis])), -128, 127).astype("i1")

    def quantize(self, activations):
        return np.clip(np.rint(activations / self.activation_scale), 0, 255).astype("u1")

    def gemm(self, columns):
        """Returns the layer's product in real units, computed as u8 x s8 in integers."""
        product = self.quantize(columns).astype(np.int32) @ self.weights.T.astype(np.int32)
        return product * (self.activation_scale * self.weight_scale)


def save(name, array):
    """Writes version 1 .npy, C order; every dtype here is little-endian or one byte."""
    with open(dataset.HERE / name, "wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), version=(1, 0))
    return {"file": name, "dtype": array.dtype.str, "shape": list(array.shape)}


def describe(layer, test):
    """Writes one layer's operands and returns its entry in layers.json."""
    count = QUANTIZED[layer.name]
    activations = layer.quantize(test[layer.source][:count])
    kernel, pads = layer.attributes["kernel_shape"], layer.attributes["pads"]
    columns = im2col(activations, kernel[0], pads[0])
    _, channels, height, width = activations.shape
    return {
        "name": layer.name,
        "activation_tensor": layer.source,
        "activations": save(f"{layer.name}_activations.npy", columns),
        "weights": save(f"{layer.name}_weights.npy", layer.weights),
        "images": {"file": "test_images.npy", "first": 0, "count": count},
        "input": {"channels": channels, "height": height, "width": width},
        "kernel": kernel,
        "stride": layer.attributes["strides"],
        "padding": pads,
        "activation_scale": layer.activation_scale,
        "weight_scale": layer.weight_scale.tolist(),
        "zero_fraction": round(float((activations == 0).mean()), 4),
        "zero_fraction_with_padding": round(float((columns == 0).mean()), 4),
    }


def score(tensors, labels):
    correct = int((tensors["fc"].argmax(axis=1) == labels).sum())
    return {"correct": correct, "top1_percent": round(100 * correct / len(labels), 2)}


def main():
    network = Network(NETWORK)
    train_images, _, test_images, test_labels = dataset.load()
    calibration_images = train_images[:CALIBRATION_COUNT]
    calibration = network.run(dataset.preprocess(calibration_images))
    layers = {name: Layer(network, name, calibration) for name in QUANTIZED}

    def int8_gemm(name, columns, weights):
        return layers[name].gemm(columns) if name in layers else columns @ weights.T

    image = dataset.preprocess(test_images)
    test = network.run(image)
    summary = {
        "schema_version": 1,
        "network": NETWORK.name,
        "preprocessing": dataset.PREPROCESSING.name,
        "test_images": save("test_images.npy", test_images),
        "test_labels": save("test_labels.npy", test_labels.astype("<i8")),
        "calibration_images": save("calibration_images.npy", calibration_images),
        "accuracy": {
            "images": len(test_labels),
            "fp32": score(test, test_labels),
            "a8w8": score(network.run(image, int8_gemm), test_labels),
        },
        "layers": [describe(layer, test) for layer in layers.values()],
    }
    (dataset.HERE / "layers.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(json.dumps(summary["accuracy"], indent=2))


if __name__ == "__main__":
    main()
