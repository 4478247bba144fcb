#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of area against delay in docs/area.md from `sparq synth --curves`.

Usage: area_delay.py SPARQ [--work DIR]
  SPARQ   the built command
  --work  where the results of every `sparq synth` stay (default: out/area_delay); a run that was
          interrupted goes on from them, so remove it after a change

Every number comes from a synth.json; nothing is typed. The arrays are as small as one that holds
every variant of the unit: the unit is the same in a large one.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNITS = {
    "PE": ({"rows": 1, "cols": 4}, ("5opt", "3opt", "2opt", "6opt", "7opt")),
    "weight-stationary PE": ({"dataflow": "weight_stationary", "rows": 2, "cols": 2}, ("5opt",)),
    "TC": ({"kind": "tensor_core", "rows": 1, "cols": 1, "depth": 8},
           ("5opt", "3opt", "2opt", "6opt", "7opt")),
    "STC": ({"kind": "sparse_tensor_core", "rows": 1, "cols": 1, "depth": 16}, ("5opt",)),
}
DESIGNS = {"sparq": "5opt", "int8": "8b-8b", "int4x8": "2x4b-8b"}


def curves(options, unit, placements):
    name = re.sub("[^a-z0-9]", "_", f"{unit.lower()}_{placements}")
    out = options.work / name
    if not (out / "synth.json").exists():
        config = options.work / f"{name}.json"
        config.write_text(json.dumps({
            "schema_version": 1, "name": "sparq",  # the same for all: equal modules are mapped once
            "format": {"kind": "sparq", "placements": placements}, "array": UNITS[unit][0]}))
        subprocess.run([options.sparq, "synth", config, "-o", out, "--quiet", "--curves"],
                       check=True, stdout=subprocess.DEVNULL)
        print(f"{name}: done", file=sys.stderr)
    return json.loads((out / "synth.json").read_text())["curves"]


def registers(point):
    stages = point["pipeline"]
    return {(False, False): "-", (True, False): "multiply", (False, True): "reduce",
            (True, True): "both"}[stages["after_multiply"], stages["after_reduce"]]


def setting(point):
    return f"{point['adder']}, {registers(point)}"


def grid(points):
    head = " | ".join(f"{name}, um2 | per MAC | MHz" for name in DESIGNS.values())
    lines = [f"| adders | registers | {head} |", "|---|---|" + "--:|" * 9]
    for point in (p for p in points if p["role"] == "sparq"):
        cells = []
        for role in DESIGNS:
            (same,) = (p for p in points if p["role"] == role and setting(p) == setting(point))
            area = f"{same['area_um2']:,.0f}"
            cells += [(f"**{area}**" if same["pareto"] else area)
                      + (" =" if same["same_area_as"] else ""),
                      f"{same['area_per_mac_um2']:,.0f}", f"{same['fmax_mhz']:.0f}"]
        lines.append(f"| {point['adder']} | {registers(point)} | {' | '.join(cells)} |")
    return lines


def figures(point):
    return f"{point['area_per_mac_um2']:,.0f}, {point['fmax_mhz']:.1f}"


def default_of(points):
    (point,) = (p for p in points if setting(p) == "chains, -")
    return point


def as_fast(points, fmax):
    """The smallest point of at least that frequency, to a picosecond; or else the fastest one."""
    fast = [p for p in points if p["min_period_ns"] <= 1000 / fmax + 0.001]
    if fast:
        best = min(fast, key=lambda p: p["area_um2"])
        return f"{setting(best)} | {figures(best)}"
    best = max(points, key=lambda p: p["fmax_mhz"])
    return f"none; {setting(best)} | {figures(best)}"


def targets(all_points):
    lines = ["| unit | as configured: um2 per MAC, MHz | as fast as 8b-8b as configured | per MAC, MHz "
             "| as fast as the fastest 8b-8b | per MAC, MHz |", "|---|--:|---|--:|---|--:|"]
    for unit, (_, formats) in UNITS.items():
        int8 = [p for p in all_points[unit, formats[0]] if p["role"] == "int8"]
        fastest = max(p["fmax_mhz"] for p in int8)
        default = default_of(int8)["fmax_mhz"]
        lines.append(f"| {unit}, 8b-8b | {figures(default_of(int8))} | | | {as_fast(int8, fastest)} |")
        for name in formats:
            own = [p for p in all_points[unit, name] if p["role"] == "sparq"]
            stages = [p for p in own if p["adder"] == "chains"]
            lines.append(f"| {unit}, {name} | {figures(default_of(own))} | {as_fast(stages, default)} "
                         f"| {as_fast(own, fastest)} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sparq", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "out" / "area_delay")
    options = parser.parse_args()
    options.sparq = options.sparq.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    points = {(unit, name): curves(options, unit, name)
              for unit, (_, formats) in UNITS.items() for name in formats}
    tables = {"pe": grid(points["PE", "5opt"]), "dot": grid(points["TC", "5opt"]),
              "targets": targets(points)}
    path = ROOT / "docs" / "area.md"
    text = path.read_text()
    for name, lines in tables.items():
        begin, end = f"<!-- curves: {name} -->\n", "<!-- end of curves -->"
        head, rest = text.split(begin)
        text = head + begin + "\n".join(lines) + "\n" + rest[rest.index(end):]
    path.write_text(text)


if __name__ == "__main__":
    main()
