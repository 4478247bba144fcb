#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the digits network and writes digits.onnx and digits.pre.json beside this file.

The committed digits.onnx is the artefact; this script documents where it came from. One seed, one
thread and deterministic kernels repeat a run on one machine with one version of torch; another
processor may round differently and end at slightly different weights.
"""

import json

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

import dataset

# Chosen by two-fold cross-validation inside the training part.
SEED = 1
EPOCHS = 120
BATCH = 32
PEAK_LEARNING_RATE = 4e-3
LABEL_SMOOTHING = 0.05
JITTER_LINEAR = 0.15  # standard deviation of each entry of the 2x2 matrix around the identity
JITTER_SHIFT = 0.8  # pixels, largest, in each direction

SOURCE_MAXIMUM = 16  # the largest pixel value of the data set


class DigitsNet(nn.Module):
    """Three convolutions; the second and third are the ones SPARQ runs.

    Both have a ReLU in front, so their input is unsigned, and 16 or 32 input channels, so neither
    the pairs of a dense GEMM nor the groups of four of a 2:4 one need padding.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 32, 3, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32 * 2 * 2, 10)

    def forward(self, x):
        x = functional.relu(self.norm1(self.conv1(x)))
        x = functional.max_pool2d(functional.relu(self.norm2(self.conv2(x))), 2)
        x = functional.max_pool2d(functional.relu(self.norm3(self.conv3(x))), 2)
        return self.fc(x.flatten(1))


def write_preprocessing(images):
    """Writes scale, mean and standard deviation, measured on the training part."""
    scaled = images / SOURCE_MAXIMUM
    # Rounded before use, so that training and every later reader apply the same numbers.
    pre = {
        "schema_version": 1,
        "order": "RGB",
        "scale": 1 / SOURCE_MAXIMUM,
        "mean": [round(float(scaled.mean()), 4)],
        "std": [round(float(scaled.std()), 4)],
    }
    dataset.PREPROCESSING.write_text(json.dumps(pre, indent=2) + "\n")


def jitter(x, background):
    """Shifts each image by less than a pixel, and rotates, scales and shears it a little.

    1,198 images by few writers are not enough without it.
    """
    count, _, _, width = x.shape
    linear = torch.eye(2).repeat(count, 1, 1) + JITTER_LINEAR * torch.randn(count, 2, 2)
    # The image spans -1..1, so a pixel is 2 / width.
    shift = (2 * torch.rand(count, 2, 1) - 1) * JITTER_SHIFT * 2 / width
    transform = torch.cat([linear, shift], dim=2)
    grid = functional.affine_grid(transform, x.shape, align_corners=False)
    # grid_sample fills with zeros what falls outside, and zero is not the background's value here.
    return functional.grid_sample(x - background, grid, align_corners=False) + background


def train(images, labels):
    x = torch.from_numpy(dataset.preprocess(images).astype(np.float32))
    y = torch.from_numpy(labels)
    background = x.min()
    net = DigitsNet()
    batches = -(-len(x) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_LEARNING_RATE,
                                                   total_steps=EPOCHS * batches)
    loss_of = nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(x)).split(BATCH):
            loss = loss_of(net(jitter(x[chosen], background)), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def fold(conv, norm):
    """Returns the weight and bias of the convolution that does both, computed in double."""
    gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    weight = conv.weight.double() * gain.reshape(-1, 1, 1, 1)
    return weight, norm.bias.double() - norm.running_mean.double() * gain


def write_onnx(net, path):
    """Writes the network node by node: stable names, and nothing of the exporter's version."""
    parameters = {"fc": (net.fc.weight, net.fc.bias)}
    for i in (1, 2, 3):
        parameters[f"conv{i}"] = fold(getattr(net, f"conv{i}"), getattr(net, f"norm{i}"))
    initializers = []
    for layer in sorted(parameters):
        for kind, tensor in zip(("weight", "bias"), parameters[layer]):
            values = tensor.detach().numpy().astype(np.float32)
            initializers.append(numpy_helper.from_array(values, f"{layer}.{kind}"))

    nodes = []

    def add(op, name, source, **attributes):
        """Appends a node whose one output carries the node's name."""
        inputs = [source]
        if name in parameters:
            inputs += [f"{name}.weight", f"{name}.bias"]
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))

    conv = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [1, 1]}
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    add("Conv", "conv1", "image", **conv)
    add("Relu", "relu1", "conv1")
    add("Conv", "conv2", "relu1", **conv)
    add("Relu", "relu2", "conv2")
    add("MaxPool", "pool2", "relu2", **pool)
    add("Conv", "conv3", "pool2", **conv)
    add("Relu", "relu3", "conv3")
    add("MaxPool", "pool3", "relu3", **pool)
    add("Flatten", "flatten", "pool3", axis=1)
    add("Gemm", "fc", "flatten", transB=1)

    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("fc", TensorProto.FLOAT, ["N", 10])],
        initializers)
    model = helper.make_model(graph, producer_name="sparq examples/digits/train.py", ir_version=7,
                              opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    images, labels, _, _ = dataset.load()  # the held-out part decides nothing here
    write_preprocessing(images)
    write_onnx(train(images, labels), dataset.HERE / "digits.onnx")


if __name__ == "__main__":
    main()
