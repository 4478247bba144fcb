#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the figures of a configuration and its baselines with the committed ones.

A figure outside the tolerance is a failure in either direction: an improvement is to be recorded
too. MACs per cycle have no tolerance; a ratio is null where there is no such baseline. A design or
level that is in one and not in the other is a failure. A library that is not there is status 77.
"""

import argparse
import gzip
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOLERANCE_PERCENT = 0.5
EXACT = ("macs_per_cycle",)
FIGURES = ("area_um2", "sequential_area_um2", "ratio_to_int8", "ratio_to_int4x8", *EXACT)


def library_flags(liberty, folder):
    if liberty is None:
        return []
    if liberty.suffix != ".gz":
        return ["--liberty", liberty]
    with gzip.open(liberty) as packed, open(folder / "cells.lib", "wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    return ["--liberty", folder / "cells.lib"]


def measure(sparq, config, liberty):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        out = folder / "synth"
        subprocess.run([sparq, "synth", config, "-o", out, "--quiet",
                        *library_flags(liberty, folder)], check=True, stdout=subprocess.DEVNULL)
        report = json.loads((out / "synth.json").read_text())
    designs = {}
    for row in report["designs"]:
        designs.setdefault(row["name"], {})[row["level"]] = {
            key: row[key] for key in FIGURES}
    return {"library": report["library"], "clock_ns": report["clock_ns"],
            "yosys": report["tool"]["yosys"], "tolerance_percent": TOLERANCE_PERCENT,
            "designs": designs}


def flat(figures):
    return {(design, level, key): value
            for design, levels in figures["designs"].items()
            for level, values in levels.items() for key, value in values.items()}


def differs(old, new, tolerance_percent):
    if old is None or new is None:
        return old is not new
    return abs(new - old) > tolerance_percent / 100 * old


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sparq", help="the built command")
    parser.add_argument("config")
    parser.add_argument("expected", type=pathlib.Path)
    parser.add_argument("--liberty", type=pathlib.Path, help="the library, .lib or .lib.gz")
    parser.add_argument("--update", action="store_true",
                        help="write this run's figures instead; say in the commit why they changed")
    arguments = parser.parse_args()
    if arguments.liberty and not arguments.liberty.exists():
        print(f"NOT RUN: there is no {arguments.liberty}; SPARQ_SHARED may say where it is")
        return 77
    measured = measure(arguments.sparq, arguments.config, arguments.liberty)
    path = arguments.expected
    if arguments.update:
        path.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n")
        print(f"{path}: written")
        return 0
    expected = json.loads(path.read_text())
    faults = []
    for key in ("library", "clock_ns"):
        if expected[key] != measured[key]:
            faults.append(f"{key}: expected {expected[key]}, is {measured[key]}")
    if expected["yosys"] != measured["yosys"]:
        print(f"note: expected figures are of Yosys {expected['yosys']}, "
              f"this is {measured['yosys']}")
    old, new = flat(expected), flat(measured)
    for key in sorted(old.keys() | new.keys()):
        name = " ".join(key)
        if key not in old or key not in new:
            faults.append(f"{name}: only in {'this run' if key in new else 'the expected figures'}")
            continue
        if differs(old[key], new[key], 0 if key[-1] in EXACT else expected["tolerance_percent"]):
            change = f" ({100 * (new[key] / old[key] - 1):+.2f} %)" if old[key] and new[key] else ""
            faults.append(f"{name}: expected {old[key]}, is {new[key]}{change}")
    for fault in faults:
        print(fault)
    if not new:
        faults.append("nothing was compared")
    if faults:
        print(f"If this is meant: {' '.join(sys.argv)} --update")
        return 1
    print(f"{len(new)} figures agree within {expected['tolerance_percent']} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
