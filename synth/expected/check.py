#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the figures of the default configuration and its baselines with the committed ones.

Usage: check.py SPARQ CONFIG EXPECTED [--update]
  SPARQ     the built command
  --update  writes the figures of this run to EXPECTED instead; say in the commit why they changed

A figure outside the tolerance is a failure in either direction: an improvement is to be recorded
too. MACs per cycle have no tolerance; a ratio is null where there is no such baseline. A design or level that is in one and not in the other is a failure.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

TOLERANCE_PERCENT = 0.5
EXACT = ("macs_per_cycle",)
FIGURES = ("area_um2", "sequential_area_um2", "ratio_to_int8", "ratio_to_int4x8", *EXACT)


def measure(sparq, config):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "synth"
        subprocess.run([sparq, "synth", config, "-o", out, "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
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


def main(arguments):
    update = "--update" in arguments
    sparq, config, expected_file = [a for a in arguments if a != "--update"]
    measured = measure(sparq, config)
    path = pathlib.Path(expected_file)
    if update:
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
    sys.exit(main(sys.argv[1:]))
