#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The contract of `sparq eval`, with the real binary on the digits network; on ResNet-20 too where
its data is present. usage: eval_test.py SPARQ SOURCE_DIRECTORY [unittest arguments]"""
import csv
import json
import pathlib
import sys
import unittest
import xml.etree.ElementTree

from sparq_command import Command, npy

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
DIGITS = SOURCE / "examples/digits"
DATA = SOURCE.parent / "shared/data"


def digits(images="test_images.npy", labels="test_labels.npy", calibration="calibration_images.npy"):
    return [
        *("eval", DIGITS / "digits.onnx", "--images", DIGITS / images, "--labels", DIGITS / labels),
        *("--calibration", DIGITS / calibration, "--preprocess", DIGITS / "digits.pre.json"),
    ]


class EvalTest(Command):
    def result(self, *arguments):
        self.run_sparq(*arguments, "--json", "r.json", "--quiet")
        return json.loads((self.dir / "r.json").read_text())

    def test_digits(self):
        result = self.result(*digits())
        self.assertEqual(result["schema_version"], 1)
        self.assertEqual(result["command"], "eval")
        self.assertEqual(result["images"], 599)
        results = {row["name"]: row for row in result["results"]}
        self.assertEqual(list(results), ["fp32", "a8w8", "a4w8", "5opt-nearest"])
        # What examples/digits/quantize.py measured by itself, with numpy.
        recorded = json.loads((DIGITS / "layers.json").read_text())["accuracy"]
        for name in ("fp32", "a8w8"):
            correct = round(results[name]["top1_percent"] * 5.99)
            self.assertEqual(correct, recorded[name]["correct"], name)
        self.assertEqual(results["fp32"]["agreement_percent"], 100)
        self.assertIsNone(results["fp32"]["sqnr_db"])
        self.assertGreater(results["a8w8"]["sqnr_db"], results["5opt-nearest"]["sqnr_db"])
        for row in results.values():
            self.assertLess(row["top1_low_percent"], row["top1_percent"])
            self.assertGreater(row["top1_high_percent"], row["top1_percent"])
            self.assertGreaterEqual(row["top5_percent"], row["top1_percent"])
            self.assertGreater(row["images_per_second"], 0)
        layers = [row for row in result["layers"] if row["result"] == "5opt-nearest"]
        self.assertEqual([row["name"] for row in layers], ["conv2", "conv3"])
        self.assertEqual(layers[0]["macs_per_image"], 64 * 32 * 144)
        # 8 tiles of 72 steps, 4 clusters of columns, 16 rows, 2 cycles in the element; int8 takes 144 steps.
        self.assertEqual(layers[0]["cycles_per_image"], 8 * 72 + 22)
        self.assertEqual(layers[0]["int8_cycles_per_image"], 8 * 144 + 22)

    def test_sweep_and_files(self):
        self.run_sparq(*digits(), "--sweep", "--limit", "64", "-o", "out", "--json", "r.json", "--quiet")
        result = json.loads((self.dir / "r.json").read_text())
        names = [row["name"] for row in result["results"]]
        self.assertEqual(len(names), 3 + 5 * 2 * 2)
        self.assertIn("7opt-trim-novsparq", names)
        for name, rows in (("results.csv", len(names)), ("layers.csv", 2 * (len(names) - 1))):
            with open(self.dir / "out" / name) as file:
                self.assertEqual(len(list(csv.DictReader(file))), rows, name)
        for name in ("accuracy.svg", "noise.svg"):
            xml.etree.ElementTree.parse(self.dir / "out" / name)
        # Its own directory is replaced.
        self.run_sparq(*digits(), "--limit", "8", "-o", "out", "--quiet")

    def test_layer_formats_and_skip(self):
        self.put("map.json", '{"conv3": {"placements": "7opt", "rounding": "trim"}}')
        result = self.result(*digits(), "--layer-formats", "map.json")
        formats = [r["format"] for r in result["layers"] if r["result"] == "by-layer"]
        self.assertEqual(formats, ["5opt-nearest", "7opt-trim"])
        result = self.result(*digits(), "--skip", "conv1,conv3,fc", "--recalibrate")
        self.assertEqual({row["name"] for row in result["layers"]}, {"conv2"})
        self.assertEqual(result["results"][-1]["name"], "5opt-nearest-recalibrated")
        for method in ("min-max", "percentile", "kl", "lp"):
            result = self.result(*digits(), "--calibration-method", method, "--limit", "100")
            self.assertGreater(result["results"][1]["top1_percent"], 95, method)

    def test_sparse24(self):
        result = self.result(*digits(), "--sparse24")
        results = {row["name"]: row["top1_percent"] for row in result["results"]}
        self.assertEqual(
            list(results)[3:], ["5opt-nearest", "a8w8-pruned24", "5opt-nearest-sparse24-pruned"]
        )
        self.assertGreater(results["5opt-nearest-sparse24-pruned"], 95)
        rows = {(row["result"], row["name"]): row for row in result["layers"]}
        dense, sparse = rows["5opt-nearest", "conv2"], rows["5opt-nearest-sparse24-pruned", "conv2"]
        self.assertEqual(set(dense), set(sparse))
        self.assertEqual(dense["macs_per_image"], sparse["macs_per_image"])
        # On a 4 x 4 sparse tensor core of depth 16: 128 blocks, 9 steps, a latency of 3; of depth 8.
        self.assertEqual(sparse["cycles_per_image"], 128 * 9 + 3)
        self.assertEqual(sparse["int8_cycles_per_image"], 128 * 18 + 3)
        self.assertIn(("a8w8-pruned24", "conv3"), rows)

    def test_the_array_runs_the_network(self):
        result = self.result(*digits(), "--engine", "rtl", "--limit", "3")
        rtl = result["rtl"]
        self.assertEqual([row["name"] for row in rtl["layers"]], ["conv2", "conv3"])
        self.assertEqual(len(rtl["classes"]), 3)
        for row in rtl["layers"]:
            self.assertEqual(row["cycles"], row["predicted_cycles"])
        self.assertEqual(rtl["layers"][0]["cycles"], 3 * (8 * 72 + 22))
        self.assertGreater(rtl["speedup_over_int8"], 1.8)
        self.assertIn("verilator", result["tool"])
        self.assertEqual(len(result["config_digest"]), 64)
        self.put("small.json", '{"array": {"rows": 5, "cols": 7}, "format": {"placements": "6opt"}}')
        command = [*digits(), "--engine", "rtl", "--limit", "1", "--layers", "conv3"]
        rtl = self.result(*command, "--config", "small.json")["rtl"]
        self.assertEqual([row["name"] for row in rtl["layers"]], ["conv3"])
        self.assertEqual(rtl["cycles"], rtl["predicted_cycles"])

    def test_bad_input(self):
        good = digits()
        model = (DIGITS / "digits.onnx").read_bytes()
        self.put("cut.onnx", model[: len(model) // 2])
        self.refuse("eval", "cut.onnx", *good[2:], says=["cut.onnx", "truncated or corrupt"])
        self.refuse("eval", "none.onnx", *good[2:], says=["none.onnx", "cannot be read"])

        self.put("float.npy", npy("f", (2, 8, 8, 1), [0] * 128))
        self.put("wide.npy", npy("B", (2, 8, 9, 1), [0] * 144))
        self.put("two.npy", npy("B", (2, 8, 8, 1), [1] * 128))
        self.put("black.npy", npy("B", (2, 8, 8, 1), [0] * 128))
        self.put("empty.npy", npy("B", (0, 8, 8, 1), []))
        self.put("labels.npy", npy("i", (2,), [3, 10]))
        self.put("three.npy", npy("i", (3,), [3, 1, 1]))
        self.put("p.json", '{"scale": -1, "mean": [0, 0], "std": [0]}')
        two = {"images": self.dir / "two.npy", "labels": self.dir / "labels.npy"}
        # Everything that is wrong at once.
        self.refuse(
            *digits(self.dir / "float.npy", self.dir / "labels.npy", self.dir / "wide.npy")[:-2],
            *("--preprocess", "p.json", "--skip", "nobody", "--limit", "0", "--engine", "slow"),
            *("--calibration-method", "magic", "--rounding", "up", "--json", "no/r.json"),
            says=["float.npy: descr = <f4", "wide.npy: shape", "p.json: scale = -1", "p.json: mean",
                  "p.json: std", "nobody", "conv2", "--limit = 0", "--engine = slow", "magic",
                  "--rounding = up", "no/r.json"],
        )
        self.refuse(*digits(**two), says=["labels.npy: [1] = 10", "0..9"])
        self.refuse(*digits(self.dir / "two.npy", self.dir / "three.npy"), says=["three.npy: shape"])
        for name, says in (("black.npy", "zero everywhere"), ("empty.npy", "at least one image")):
            self.refuse(*digits(calibration=self.dir / name), says=[name, says])
        self.refuse(*good[:6], *good[8:], says=["--calibration", "required"])
        # conv1 sees normalized pixels, which may be negative.
        self.refuse(*good, "--skip", "fc", says=["layer \"conv1\"", "signed extension", "--skip conv1,fc"])
        self.refuse(*good, "--sweep", "--rounding", "trim", says=["--sweep"])
        self.refuse(*good, "--layers", "conv2", says=["--layers"])
        self.refuse(*good, "--engine", "rtl", "--layers", "conv1", says=["conv1", "skipped"])
        self.refuse(*good, "--activation-bits", "10", "--window", "5", "--placements", "0,5", says=["8 bits"])
        self.put("m.json", '{"conv1": {}, "conv9": {}, "conv2": {"placements": "9opt"}}')
        self.refuse(*good, "--layer-formats", "m.json",
                    says=["conv1", "skipped", "conv9", "conv2.placements = 9opt"])

    @unittest.skipUnless((DATA / "resnet20_cifar10.onnx").exists(), f"no ResNet-20 in {DATA}")
    def test_resnet20(self):
        command = [
            *("eval", DATA / "resnet20_cifar10.onnx", "--images", DATA / "cifar10_test1000_u8.npy"),
            *("--labels", DATA / "cifar10_test1000_labels.npy"),
            *("--calibration", DATA / "cifar10_calibration2048_u8.npy"),
            *("--preprocess", DATA / "cifar10.pre.json"),
        ]
        rtl = self.result(*command, "--engine", "rtl", "--limit", "2")["rtl"]
        self.assertEqual(len(rtl["layers"]), 20)
        self.assertEqual(rtl["cycles"], rtl["predicted_cycles"])
        result = self.result(*command, "--sweep")
        results = {row["name"]: row for row in result["results"]}
        self.assertAlmostEqual(results["fp32"]["top1_percent"], 91.5, delta=0.1001)
        # Measured by an independent emulation of the same arithmetic.
        for name, top1 in {
            "a8w8": 91.3, "5opt-nearest": 91.9, "5opt-trim": 91.9, "3opt-trim": 91.0,
            "3opt-trim-novsparq": 88.2, "2opt-trim": 89.8, "2opt-trim-novsparq": 83.3,
            "6opt-trim": 90.4, "7opt-nearest": 90.3, "7opt-trim": 78.6, "a4w8": 91.8,
        }.items():
            self.assertAlmostEqual(results[name]["top1_percent"], top1, delta=0.6001, msg=name)
        for name, sqnr in {"a8w8": 27.4, "5opt-nearest": 24.0, "5opt-trim": 17.6, "a4w8": 16.8}.items():
            self.assertAlmostEqual(results[name]["sqnr_db"], sqnr, delta=0.5, msg=name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
