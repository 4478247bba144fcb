#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a PE (or dot-product unit) costs on FPGAs, beside both baselines: a table in Markdown.

Usage: fpga.py SPARQ CONFIG [--page FILE] [DEVICE ...]
  SPARQ   the built command
  --page  renews the table in this document instead of printing it
  DEVICE  of ice40 (placed and routed by nextpnr on an HX8K), xilinx (7 series), ecp5; default: all.
          The last two are counts after mapping, without multiplier blocks and with them.

Every figure is of one unit by itself, mapped by Yosys' own script for the device.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

CELLS = {
    "ice40": {"LUT": r"SB_LUT4", "carry": r"SB_CARRY", "flip-flop": r"SB_DFF\w*", "DSP": r"SB_MAC16"},
    "xilinx": {"LUT": r"LUT[1-6]", "carry": r"CARRY4", "flip-flop": r"FD[CPRS]E\w*", "DSP": r"DSP48E1"},
    "ecp5": {"LUT": r"LUT4", "carry": r"CCU2C", "flip-flop": r"TRELLIS_FF", "DSP": r"MULT18X18D"},
}
FLOWS = {  # device: [(name, Yosys command)]
    "ice40": [("iCE40 HX8K, placed and routed", "synth_ice40")],
    "xilinx": [("7 series, logic only", "synth_xilinx -nodsp"), ("7 series", "synth_xilinx")],
    "ecp5": [("ECP5, logic only", "synth_ecp5 -nodsp"), ("ECP5", "synth_ecp5")],
}


def run(*command, cwd):
    try:
        result = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit(f"fpga.py: {command[0]} is missing: apt install "
                 f"{'nextpnr-ice40' if 'nextpnr' in command[0] else command[0]}")
    if result.returncode != 0:
        sys.exit(f"fpga.py: {command[0]} failed:\n" + (result.stdout + result.stderr)[-2000:])
    return result.stdout + result.stderr


def counts(device, report):
    """Of the top module, by kind of cell; Yosys writes each as "NAME COUNT"."""
    cells = re.findall(r"^\s+(\S+)\s+(\d+)$", report[report.rindex("Number of cells"):], re.M)
    return {kind: sum(int(n) for name, n in cells if re.fullmatch(pattern, name))
            for kind, pattern in CELLS[device].items()}


def measure(device, command, folder, unit):
    # An element that recodes its weights leaves the product to a device's multiplier blocks.
    rows = "RecodesWeights" in (folder / "rtl" / f"{unit}.v").read_text()
    blocks = device != "ice40" and "-nodsp" not in command
    chosen = f"chparam -set RecodesWeights 0 {unit};" if rows and blocks else ""
    log = run("yosys", "-p", f"read_verilog rtl/*.v; {chosen} {command} -flatten -top {unit}; write_json unit.json; "
              "tee -o stat.txt stat", cwd=folder)
    figures = counts(device, (folder / "stat.txt").read_text())
    assert figures["flip-flop"] > 0, f"{unit} has lost its registers:\n{log[-2000:]}"
    if device == "ice40":
        log = run("nextpnr-ice40", "--hx8k", "--package", "ct256", "--json", "unit.json",
                  "--pcf-allow-unconstrained", "--seed", "1", cwd=folder)
        figures["fmax"] = float(re.findall(r"Max frequency for clock\s+\S+ ([0-9.]+) MHz", log)[-1])
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sparq")
    parser.add_argument("config")
    parser.add_argument("devices", nargs="*", metavar="DEVICE", default=[])
    parser.add_argument("--page", type=pathlib.Path)
    options = parser.parse_args()
    unknown = [device for device in options.devices if device not in FLOWS]
    if unknown:
        parser.error(f"unknown device {', '.join(unknown)}: must be of {', '.join(FLOWS)}")
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "synth"
        subprocess.run([options.sparq, "synth", options.config, "-o", out, "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        rows = [row for row in json.loads((out / "synth.json").read_text())["designs"]
                if row["level"] in ("pe", "dot")]
        lines = ["| device | unit | MACs per cycle | LUT | carry | flip-flop | DSP | fmax, MHz | LUT per MAC |",
                 "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
        for device in options.devices or FLOWS:
            for name, command in FLOWS[device]:
                for row in rows:
                    figures = measure(device, command, out / row["role"], row["module"])
                    macs = row["macs_per_cycle"]
                    fmax = f"{figures['fmax']:.0f}" if "fmax" in figures else "-"
                    lines.append(
                        f"| {name} | {row['name']} | {macs:g} | {figures['LUT']} | {figures['carry']} | "
                        f"{figures['flip-flop']} | {figures['DSP']} | {fmax} | {figures['LUT'] / macs:.0f} |")
    table = "\n".join(lines) + "\n"
    if options.page is None:
        print(table, end="")
        return
    marked = re.compile(r"(<!-- table -->\n).*(<!-- end of table -->\n)", re.S)
    text = options.page.read_text()
    assert marked.search(text), f"{options.page} has lost its markers"
    options.page.write_text(marked.sub(lambda match: match[1] + table + match[2], text))


if __name__ == "__main__":
    main()
