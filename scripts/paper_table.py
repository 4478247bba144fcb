#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/paper-table.md, the table of SPARQ's paper from this project's own synthesis, and
README.md's table of whole arrays, which is of the default library and clock alone.

Usage: paper_table.py SPARQ [--work DIR] [--liberty F]... [--clock-ns T]
  SPARQ   the built command
  --work  where the results of every `sparq synth` stay (default: out/paper_table); a run that was
          interrupted goes on from them, so remove it after a change

Every number comes from a synth.json; nothing is typed.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACEMENTS = ("5opt", "3opt", "2opt", "6opt", "7opt")
ARRAYS = {
    "SA": ("Systolic array, output-stationary, 16 x 16 PEs", "pe",
           {"kind": "systolic", "dataflow": "output_stationary", "rows": 16, "cols": 16}),
    "TC": ("Tensor core, 4 x 4 units, four multipliers or pairs of lanes each", "dot",
           {"kind": "tensor_core", "rows": 4, "cols": 4, "depth": 8}),
    "STC": ("Sparse tensor core, 2:4 weights, 4 x 4 units", "dot",
            {"kind": "sparse_tensor_core", "rows": 4, "cols": 4, "depth": 16}),
    "WS": ("Systolic array, weight-stationary, 16 x 16 PEs", "pe",
           {"kind": "systolic", "dataflow": "weight_stationary", "rows": 16, "cols": 16}),
}
PAPER = ("SA", "TC", "STC")
WHOLE = {"SA": "output-stationary, 16 x 16", "WS": "weight-stationary, 16 x 16",
         "TC": "tensor core, 4 x 4", "STC": "tensor core for 2:4 weights, 4 x 4"}


def synth(options, array, placements, vsparq, rounding):
    """The rows of one synthesis: {(role, level): row} and the report's own keys."""
    name = f"{array.lower()}_{placements}{'' if vsparq else '_novsparq'}_{rounding}"
    out = options.work / name
    if not (out / "synth.json").exists():
        config = options.work / f"{name}.json"
        config.write_text(json.dumps({
            "schema_version": 1, "name": "sparq",  # the same for all: equal modules are mapped once
            "format": {"kind": "sparq", "placements": placements, "vsparq": vsparq,
                       "rounding": rounding},
            "array": ARRAYS[array][2]}))
        command = [options.sparq, "synth", config, "-o", out, "--quiet"]
        for liberty in options.liberty:
            command += ["--liberty", liberty]
        if options.clock_ns:
            command += ["--clock-ns", options.clock_ns]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(f"{name}: done", file=sys.stderr)
    report = json.loads((out / "synth.json").read_text())
    return {(row["role"], row["level"]): row for row in report["designs"]}, report


def cell(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def line(name, row, int8, encoders):
    per_mac = row["area_per_mac_um2"]
    return (f"| {name} | {row['macs_per_cycle']:g} | {cell(row['area_um2'])} | "
            f"{cell(row.get('gate_equivalents'))} | {cell(per_mac)} | "
            f"{cell(per_mac / int8['area_per_mac_um2'], 2)} | {cell(row.get('fmax_mhz'))} | "
            f"{cell(row['energy_per_mac_pj'], 1)} | " + " | ".join(encoders) + " |")


def plain_mac(options):
    """The area of an outside multiply-accumulate, by Yosys' own scripts alone."""
    library = (options.liberty or ["/usr/share/qflow/tech/osu018/osu018_stdcells.lib"])[0]
    source = ROOT / "synth/reference/plain_mac.v"
    script = (f"read_verilog {source}; synth -flatten -top plain_mac; dfflibmap -liberty {library}; "
              f"abc -liberty {library}; opt_clean; stat -liberty {library}")
    log = subprocess.run(["yosys", "-p", script], check=True, capture_output=True, text=True).stdout
    return float(re.search(r"Chip area for module .*: ([0-9.]+)", log)[1])


def table(options, array):
    title, level, _ = ARRAYS[array]
    lines = [f"## {title}", "",
             "| unit | MACs per cycle | um2 | gate equivalents | um2 per MAC per cycle | of 8b-8b | "
             "fmax, MHz | pJ per MAC | encoder, trim, um2 (of the unit) | "
             "encoder, nearest, um2 (of the unit) |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    first = True
    for placements in PLACEMENTS:
        for vsparq in (True, False):
            trim, _ = synth(options, array, placements, vsparq, "trim")
            nearest, report = synth(options, array, placements, vsparq, "nearest")
            int8 = nearest["int8", level]
            if first:
                lines.append(line("8b-8b", int8, int8, ["-", "-"]))
                if array == "SA":
                    area = plain_mac(options)
                    ratio = area / int8["area_per_mac_um2"]
                    lines.append(f"| 8b-8b multiply-accumulate, Yosys' own | 1 | {cell(area)} | "
                                 f"{cell(area / report['nand2_area_um2'])} | {cell(area)} | "
                                 f"{cell(ratio, 2)} | - | - | - | - |")
                static = nearest["int4x8", level]
                lines.append(line("static 2x4b-8b", static, int8, ["-", "-"]))
                first = False
            unit = nearest["sparq", level]
            encoders = []
            for rows in (trim, nearest):
                encoder = rows["sparq", "encoder"]["area_um2"]
                share = 100 * encoder / rows["sparq", level]["area_um2"]
                encoders.append(f"{cell(encoder)} ({share:.1f} %)")
            name = placements if vsparq else f"{placements}, no vSPARQ"
            lines.append(line(name, unit, int8, encoders))
    return lines, report


def whole_arrays(options):
    lines = ["| array | format | MACs per cycle | um2 per MAC per cycle | of 8b-8b | fmax, MHz | "
             "pJ per MAC, one unit | of 8b-8b |", "|---|---|--:|--:|--:|--:|--:|--:|"]
    for array, title in WHOLE.items():
        rows, _ = synth(options, array, "5opt", True, "nearest")
        for role, name in (("int8", "8b-8b"), ("int4x8", "static 2x4b-8b"), ("sparq", "`5opt`")):
            whole, unit = rows[role, "array"], rows[role, ARRAYS[array][1]]
            lines.append(f"| {title} | {name} | {whole['macs_per_cycle']:g} | "
                         f"{cell(whole['area_per_mac_um2'])} | {cell(whole['ratio_to_int8'], 2)} | "
                         f"{cell(whole['fmax_mhz'])} | {cell(unit['energy_per_mac_pj'], 1)} | "
                         f"{cell(unit['energy_ratio_to_int8'], 2)} |")
            title = ""
    return lines


def put(document, begin, end, lines):
    text = document.read_text()
    marked = re.compile(f"({re.escape(begin)}\n).*({re.escape(end)}\n)", re.S)
    assert marked.search(text), f"{document} has lost its markers"
    document.write_text(marked.sub(lambda match: match[1] + "\n".join(lines) + match[2], text))
    print(f"{document.relative_to(ROOT)}: written")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sparq")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "out/paper_table")
    parser.add_argument("--liberty", action="append", default=[])
    parser.add_argument("--clock-ns")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    lines = []
    for array in PAPER:
        rows, report = table(options, array)
        lines += [*rows, ""]
    setting = (f"Library {report['library']}, {report['clock_ns']:g} ns, "
               + ", ".join(f"{tool} {version}" for tool, version in report["tool"].items()) + ".")
    put(ROOT / "docs/paper-table.md", "<!-- table -->", "<!-- end of table -->",
        [setting, "", *lines])
    if options.liberty or options.clock_ns:
        return
    put(ROOT / "README.md", "<!-- scripts/paper_table.py writes the table below -->",
        "<!-- end of the table of arrays -->", [*whole_arrays(options), ""])


if __name__ == "__main__":
    main()
