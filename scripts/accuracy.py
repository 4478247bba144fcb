#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the digits network in every named format and writes the table of README.md.

usage: scripts/accuracy.py SPARQ [--check]
  --check   only compare: exit status 1 when a number is off by more than 0.2 (one of the 599 images
            is 0.17 points; another processor may round one logit the other way)
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIGITS = ROOT / "examples/digits"
README = ROOT / "README.md"
BEGIN = "<!-- scripts/accuracy.py writes the table below -->\n"
END = "<!-- end of the table -->\n"
TOLERANCE = 0.2


def measure(sparq):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "eval.json"
        command = [sparq, "eval", DIGITS / "digits.onnx", "--sweep", "--quiet", "--json", path]
        command += ["--images", DIGITS / "test_images.npy", "--labels", DIGITS / "test_labels.npy"]
        command += ["--calibration", DIGITS / "calibration_images.npy"]
        command += ["--preprocess", DIGITS / "digits.pre.json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return {row["name"]: row for row in json.loads(path.read_text())["results"]}


def cell(row):
    sqnr = "" if row["sqnr_db"] is None else f" ({row['sqnr_db']:.1f})"
    return f"{row['top1_percent']:.2f}{sqnr}"


def table(results):
    lines = ["| top-1 % (SQNR dB) | nearest | trim | nearest, no pair rule | trim, no pair rule |", "|---|---|---|---|---|"]
    for name in ("fp32", "a8w8", "a4w8"):
        lines.append(f"| {name} | {cell(results[name])} | | | |")
    for name in ("5opt", "3opt", "2opt", "6opt", "7opt"):
        kinds = ("nearest", "trim", "nearest-novsparq", "trim-novsparq")
        lines.append(f"| `{name}` | " + " | ".join(cell(results[f"{name}-{kind}"]) for kind in kinds) + " |")
    return "\n".join(lines) + "\n"


def main():
    check = sys.argv[2:] == ["--check"]
    if len(sys.argv) != 2 and not check:
        sys.exit(__doc__)
    new = table(measure(sys.argv[1]))
    before, rest = README.read_text().split(BEGIN)
    old, after = rest.split(END)
    if not check:
        README.write_text(before + BEGIN + new + END + after)
        return
    number = re.compile(r"-?\d+\.\d+")
    shapes = [number.sub("#", text) for text in (old, new)]
    values = [list(map(float, number.findall(text))) for text in (old, new)]
    off = [pair for pair in zip(*values) if abs(pair[0] - pair[1]) > TOLERANCE]
    if shapes[0] != shapes[1] or off:
        sys.exit(f"README.md: the accuracy table is out of date {off}; run scripts/accuracy.py SPARQ\n{new}")
    print(f"README.md: {len(values[0])} numbers are as measured")


if __name__ == "__main__":
    main()
