# SPDX-License-Identifier: Apache-2.0
"""The 8x8 handwritten digits, split once for every script of this example."""

import json
import pathlib

import numpy as np
from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).resolve().parent
PREPROCESSING = HERE / "digits.pre.json"

# The last third is held out, in the order of the source. Neighbours there tend to be by one writer,
# so a shuffled split would put every hand on both sides and flatter the accuracy.
TEST_COUNT = 599


def load():
    """Returns (train images, train labels, test images, test labels).

    Images are uint8 (N, 8, 8, 1), values 0..16 as in the source; labels are int64 (N).
    """
    digits = load_digits()
    images = digits.images.astype(np.uint8)[..., np.newaxis]
    labels = digits.target.astype(np.int64)
    return images[:-TEST_COUNT], labels[:-TEST_COUNT], images[-TEST_COUNT:], labels[-TEST_COUNT:]


def preprocess(images):
    """Returns the network's input, float64 (N, 1, 8, 8): x = (u8 * scale - mean) / std."""
    pre = json.loads(PREPROCESSING.read_text())
    x = (images * pre["scale"] - np.array(pre["mean"])) / np.array(pre["std"])
    return x.transpose(0, 3, 1, 2)
