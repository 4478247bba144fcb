#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`sparq eval` with networks written here: models that quantize themselves, what exporters make, and
all that can be wrong. usage: networks_test.py SPARQ"""
import json
import math
import random
import struct
import sys
import unittest

from onnx_writer import Model
from sparq_command import Command, npy

IMAGES, EDGE, CLASSES = 24, 8, 4


def floats(draw, count, spread=1.0):
    return [draw.gauss(0, spread) for _ in range(count)]


def plain(opset=13, first=lambda model: "x", **more):
    """conv1, relu, conv2, relu, mean, fc on 3 x 8 x 8."""
    draw = random.Random(1)
    model = Model(3, EDGE, EDGE, opset=opset, **more)
    last = first(model)
    for name, inputs, outputs in (("conv1", 3, 8), ("conv2", 8, 8)):
        model.constant(name + "_w", "f", [outputs, inputs, 3, 3], floats(draw, outputs * inputs * 9, 0.3))
        model.node("Conv", [last, name + "_w"], name, pads=[1, 1, 1, 1])
        last = model.node("Relu", [name], name + "_relu")
    last = model.node("Flatten", [model.node("GlobalAveragePool", [last], "mean")], "flat")
    model.constant("fc_w", "f", [CLASSES, 8], floats(draw, CLASSES * 8))
    model.constant("fc_b", "f", [CLASSES], floats(draw, CLASSES))
    model.node("Gemm", [last, "fc_w", "fc_b"], "fc", transB=1)
    return model


class Quantized:
    """Self-quantizing: u8 activations, s8 weights, s32 biases; what it computes, in integers."""

    def __init__(self, weights_as_floats=False):
        draw = random.Random(2)
        self.model = Model(3, EDGE, EDGE)
        self.scales = {"x": 1 / 256, "a": 1 / 64, "b": 1 / 32}
        for name, scale in self.scales.items():
            self.model.constant("s" + name, "f", [], [scale])
        self.model.constant("zero", "B", [], [0])
        self.model.constant("zero8", "b", [], [0])
        self.model.constant("zeros", "i", [8], [0] * 8)
        self.layers = {}
        last = self.codes("x", "x")
        last = self.codes("a", self.layer("conv1", last, "x", 3, draw, weights_as_floats))
        last = self.codes("b", self.layer("conv2", last, "a", 8, draw, weights_as_floats))
        last = self.model.node("MaxPool", [last], "pool", kernel_shape=[EDGE, EDGE])
        last = self.model.node("Flatten", [self.codes("b", last, "pool_")], "flat")
        self.model.constant("fc_w", "f", [CLASSES, 8], floats(draw, CLASSES * 8))
        self.model.node("Gemm", [last, "fc_w"], "fc", transB=1)

    def codes(self, scale, last, prefix=""):
        q = self.model.node("QuantizeLinear", [last, "s" + scale, "zero"], f"{prefix}{scale}_q")
        return self.model.node("DequantizeLinear", [q, "s" + scale, "zero"], f"{prefix}{scale}_d")

    def layer(self, name, last, scale, inputs, draw, as_floats):
        codes = [draw.randrange(-128, 128) for _ in range(8 * inputs * 9)]
        bias = [draw.randrange(-2000, 2000) for _ in range(8)]
        scales = [2.0 ** -draw.randrange(8, 10) for _ in range(8)]
        self.layers[name] = (codes, bias, scales)
        put = self.model.constant
        put(name + "_s", "f", [8], scales)
        put(name + "_bs", "f", [8], [self.scales[scale] * s for s in scales])
        put(name + "_zs", "b", [8], [0] * 8)
        dims = [8, inputs, 3, 3]
        if as_floats:
            put(name + "_f", "f", dims, [c * scales[i // (inputs * 9)] for i, c in enumerate(codes)])
            zeros = [name + "_s", name + "_zs"]
            self.model.node("QuantizeLinear", [name + "_f", *zeros], name + "_q", axis=0)
        else:
            put(name + "_q", "b", dims, codes)
        put(name + "_b", "i", [8], bias)
        self.model.node("DequantizeLinear", [name + "_q", name + "_s", name + "_zs"], name + "_w", axis=0)
        self.model.node("DequantizeLinear", [name + "_b", name + "_bs", "zeros"], name + "_bd", axis=0)
        self.model.node("Conv", [last, name + "_w", name + "_bd"], name, pads=[1, 1, 1, 1])
        return self.model.node("Relu", [name], name + "_relu")


class NetworksTest(Command):
    def setUp(self):
        super().setUp()
        draw = random.Random(3)
        pixels = [draw.randrange(256) for _ in range(IMAGES * EDGE * EDGE * 3)]
        self.put("x.npy", npy("B", (IMAGES, EDGE, EDGE, 3), pixels))
        self.put("y.npy", npy("i", (IMAGES,), [draw.randrange(CLASSES) for _ in range(IMAGES)]))

    def arguments(self, model, *more, calibration="x.npy", images="x.npy", labels="y.npy"):
        content = model if isinstance(model, bytes) else model.bytes()
        self.put("m.onnx", content)
        given = ["eval", "m.onnx", "--images", images, "--labels", labels, "--quiet", *more]
        return given + (["--calibration", calibration] if calibration else [])

    def evaluate(self, model, *more, **files):
        self.run_sparq(*self.arguments(model, *more, **files), "--json", "r.json")
        return json.loads((self.dir / "r.json").read_text())

    def refused(self, model, *says, more=(), **files):
        return self.refuse(*self.arguments(model, *more, **files), says=["m.onnx", *says])

    def test_self_quantizing_models_need_no_calibration(self):
        for as_floats in (False, True):
            result = self.evaluate(Quantized(as_floats).model, calibration=None)
            rows = {row["name"]: row for row in result["results"]}
            # Powers of two everywhere: the integers are the model's own, without a difference.
            self.assertIsNone(rows["a8w8"]["sqnr_db"])
            self.assertEqual(rows["a8w8"]["agreement_percent"], 100)
            self.assertIsNotNone(rows["5opt-nearest"]["sqnr_db"])
            self.assertGreater(rows["5opt-nearest"]["sqnr_db"], rows["a4w8"]["sqnr_db"])
            self.assertEqual({row["name"] for row in result["layers"]}, {"conv2"})
            # The first layer reads codes, too.
            result = self.evaluate(Quantized(as_floats).model, "--skip", "fc", calibration=None)
            self.assertEqual({row["name"] for row in result["layers"]}, {"conv1", "conv2"})
            self.assertIsNone(result["results"][1]["sqnr_db"])

    def test_a_layer_that_the_model_leaves_alone_needs_calibration(self):
        model = Quantized().model
        model.constant("w3", "f", [CLASSES, 8, EDGE, EDGE], floats(random.Random(6), CLASSES * 512))
        model.node("Conv", ["conv2_relu", "w3"], "conv3")
        model.node("GlobalAveragePool", ["conv3"], "out")
        skip = ["--skip", "conv1"]
        self.refused(model, 'layer "conv3"', "--calibration is required", more=skip, calibration=None)
        self.evaluate(model, *skip)

    def test_codes_that_are_not_unsigned_are_refused(self):
        for kind, zero in (("B", 3), ("b", 0)):
            def offset(model):
                model.constant("s", "f", [], [1 / 64])
                model.constant("z", kind, [], [zero])
                model.node("QuantizeLinear", ["x", "s", "z"], "q")
                return model.node("DequantizeLinear", ["q", "s", "z"], "d")

            self.evaluate(plain(first=offset))
            self.refused(plain(first=offset), f'm.onnx: input of layer "conv1" = zero point {zero}',
                         "unsigned codes with zero point 0", more=["--skip", "fc"])

    def test_every_opset_batch_and_version(self):
        expected = None
        for opset in range(9, 18):
            for batch, ir_version in (("N", 8), (1, 4), ("N", 10)):
                rows = self.evaluate(plain(opset, batch=batch, ir_version=ir_version))["results"]
                for row in rows:
                    del row["images_per_second"]
                expected = expected or rows
                self.assertEqual(rows, expected)

    def test_dead_channels_do_no_harm(self):
        model = Model(3, EDGE, EDGE)
        draw = random.Random(4)
        weights = floats(draw, 8 * 27)
        for k in range(27):
            weights[k], weights[27 + k] = 0.0, 1e-39  # nothing, and less than a normal number
        model.constant("w", "f", [8, 3, 3, 3], weights)
        model.constant("b", "f", [8], [1.0] * 8)
        model.node("Conv", ["x", "w", "b"], "conv")
        model.node("Relu", ["conv"], "relu")
        model.constant("fc_w", "f", [CLASSES, 8 * 36], floats(draw, CLASSES * 8 * 36))
        model.node("Gemm", [model.node("Flatten", ["relu"], "flat"), "fc_w"], "fc", transB=1)
        rows = self.evaluate(model, "--skip", "fc")["results"]
        self.assertGreater(rows[1]["sqnr_db"], 30)

    def test_logits_that_are_no_numbers_are_wrong(self):
        model = plain()
        draw = random.Random(8)
        model.constant("huge", "f", [8, 8, 8, 8], [abs(v) * 1e38 for v in floats(draw, 8**4)])
        model.constant("none", "f", [CLASSES, 8, 1, 1], [0.0] * CLASSES * 8)
        model.node("Conv", ["conv2_relu", "huge"], "infinite")
        model.node("Conv", ["infinite", "none"], "zero_times_infinity")
        for row in self.evaluate(model, "--skip", "conv1,infinite,zero_times_infinity")["results"]:
            self.assertEqual(row["top1_percent"], 0, row)

    def test_what_exporters_make_and_eval_does_not_take(self):
        def chain(model):
            model.node("Transpose", ["x"], "nchw", perm=[0, 3, 1, 2])
            model.node("Shape", ["nchw"], "shape")
            model.node("Gather", ["shape", "shape"], "first", axis=0)
            model.node("Unsqueeze", ["first"], "axis")
            model.node("Mul", ["nchw", "nchw"], "scaled")
            return model.node("ReduceMean", ["scaled"], "mean_by_reduction", axes=[2, 3])

        run = self.refused(plain(first=chain))
        for kind in ("Transpose", "Shape", "Gather", "Unsqueeze", "Mul", "ReduceMean"):
            self.assertIn(f"({kind}, opset 13): is not a supported operator", run.stderr)
        self.assertEqual(len(run.stderr.splitlines()), 6, run.stderr)

        def training(model):
            model.constant("ratio", "f", [], [0.5])
            model.constant("true", "B", [], [1])
            return model.node("Dropout", ["x", "ratio", "true"], "drop")

        self.refused(plain(first=training), 'node "drop" (Dropout, opset 13)', "training_mode")

        def normalized(model):
            for name in ("g", "b", "m", "v"):
                model.constant(name, "f", [3], [1.0] * 3)
            return model.node("BatchNormalization", ["x", "g", "b", "m", "v"], "bn", training_mode=1)

        self.refused(plain(14, normalized), 'node "bn" (BatchNormalization, opset 14)', "training_mode")

    def test_cycles_are_predicted_on_every_kind_of_array(self):
        """Layers of many sizes: one block and many, one set of weights and many, odd edges."""
        draw = random.Random(7)
        model = Model(3, EDGE, EDGE)
        model.constant("first_w", "f", [6, 3, 3, 3], floats(draw, 162))
        last = model.node("Relu", [model.node("Conv", ["x", "first_w"], "first", pads=[1] * 4)], "first_relu")
        channels = 6  # on 8 x 8 pixels
        for i, (outputs, kernel, stride, group) in enumerate(
            [(5, 1, 1, 1), (13, 3, 2, 1), (2, 1, 1, 1), (8, 1, 1, 2), (16, 2, 1, 8), (3, 2, 2, 1), (40, 1, 1, 1)]
        ):
            size = [outputs, channels // group, kernel, kernel]
            model.constant(f"w{i}", "f", size, floats(draw, math.prod(size)))
            made = model.node("Conv", [last, f"w{i}"], f"conv{i}", strides=[stride] * 2, group=group)
            last, channels = model.node("Relu", [made], f"relu{i}"), outputs
        model.constant("fc_w", "f", [CLASSES, 40, 1, 1], floats(draw, CLASSES * 40))
        model.node("Conv", [last, "fc_w"], "fc")
        arrays = {
            "systolic": '"dataflow": "weight_stationary", "rows": 3, "cols": 4',
            "tensor_core": '"rows": 2, "cols": 3, "depth": 4',
            "sparse_tensor_core": '"rows": 2, "cols": 2, "depth": 8',
        }
        for kind, array in arrays.items():
            sparse = kind.startswith("sparse")
            self.put("c.json", f'''{{"format": {{"placements": "3opt"}},
                                      "array": {{"kind": "{kind}", {array}}}}}''')
            # Ends with status 1 when a sum or a number of cycles is not what was predicted.
            result = self.evaluate(model, "--engine", "rtl", "--config", "c.json", "--limit", "2")
            rtl = result["rtl"]
            self.assertEqual(len(rtl["layers"]), 7, kind)
            name = result["results"][-1]["name"]
            self.assertEqual(name.endswith("-sparse24-pruned"), sparse, name)
            rows = {row["name"]: row for row in result["layers"] if row["result"] == name}
            for layer in rtl["layers"]:
                row = rows[layer["name"]]
                self.assertEqual(layer["cycles"], 2 * row["cycles_per_image"], (kind, layer))
                self.assertEqual(layer["int8_cycles"], 2 * row["int8_cycles_per_image"])
                self.assertLessEqual(layer["utilization"], 1)

    def test_truncated_models(self):
        whole = plain().bytes()
        for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
            self.refused(whole[:length])
        self.refused(b"\x80" * 1000, "truncated or corrupt")
        self.refused(b"{}", "truncated or corrupt")

    def test_weights_that_are_no_numbers(self):
        for bad in (math.nan, math.inf, -math.inf):
            model = plain()
            model.constant("w2", "f", [2], [1.0, bad])
            self.refused(model, 'initializer "w2"[1]', str(bad).replace("-", ""), "finite")

    def test_shapes_that_do_not_match(self):
        model = plain()
        model.node("Gemm", ["conv1", "fc_w"], "gemm")
        model.constant("w4", "f", [8, 4, 3, 3], [0.0] * 288)
        model.node("Conv", ["conv1_relu", "w4"], "conv3")
        model.node("Add", ["conv1", "mean"], "sum")
        run = self.refused(model, 'node "gemm"', 'node "conv3"', "4 inputs", 'node "sum"', "8x8x8 and 8x1x1")
        self.assertEqual(len(run.stderr.splitlines()), 3, run.stderr)

    def test_negative_activations_name_the_layer(self):
        draw = random.Random(5)
        model = plain()
        model.constant("w3", "f", [8, 8, 1, 1], floats(draw, 64))
        for name, last in (("signed1", "conv1"), ("signed2", "conv2"), ("top", "signed2")):
            model.node("Conv", [last, "w3"], name)
        model.node("GlobalAveragePool", [model.node("Add", ["signed1", "top"], "sum")], "out")
        run = self.refuse(
            *self.arguments(model),
            says=['layer "signed1"', 'layer "signed2"', "signed extension", "--skip conv1,signed1,signed2,top"],
        )
        self.assertIn("x.npy: input of layer", run.stderr)
        self.evaluate(model, "--skip", "conv1,signed1,signed2,top")

    def test_everything_wrong_at_once(self):
        self.put("f.npy", npy("f", (2, 8, 8, 3), [0.0] * 384))
        self.put("l.npy", npy("i", (2,), [0, -1]))
        self.put("flat.npy", npy("B", (384,), [0] * 384))
        self.put("p.json", '{"scale": 0, "mean": [0], "std": [1]}')
        for model in (plain().bytes()[:-9], plain(first=lambda m: m.node("Sigmoid", ["x"], "s"))):
            self.refused(
                model, "f.npy: descr = <f4", "flat.npy: shape = 384", "l.npy: [1] = -1", "p.json: scale = 0",
                "--limit = none", "--engine = quick",
                images="f.npy", labels="l.npy", calibration="flat.npy",
                more=["--preprocess", "p.json", "--limit", "none", "--engine", "quick"],
            )

    def test_labels(self):
        for values in ([CLASSES], [-1], [2**31 - 1]):
            self.put("l.npy", npy("i", (IMAGES,), [0] * (IMAGES - 1) + values))
            self.refuse(*self.arguments(plain(), labels="l.npy"),
                        says=[f"l.npy: [{IMAGES - 1}] = {values[0]}", "0..3"])
        self.put("l.npy", npy("f", (IMAGES,), [0.0] * IMAGES))
        self.refuse(*self.arguments(plain(), labels="l.npy"), says=["l.npy: descr = <f4"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
