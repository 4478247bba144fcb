#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What glitches add to the energy that `sparq synth` reports: a table in Markdown.

Usage: glitches.py SPARQ CONFIG...

Runs `sparq synth` three times for each configuration: with Icarus as it is, gates without delay; with
an Icarus that sees the same delay in every cell; and with one that sees in every output of a cell the
median of what OpenSTA finds in the netlist. What toggles more then are glitches. A pulse shorter than a
cell's delay is swallowed. Results are checked against the golden model each time.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Stands in for iverilog. The clock is ideal, through the clock gate too, and longer than any path.
STAND_IN = r"""
import os, pathlib, re, statistics, subprocess, sys

OUTPUTS = r"^  output (\w+);"
SDF = '''
read_liberty library.lib
read_verilog netlist.v
link_design %s
create_clock -name clk -period 10 [get_ports clk_i]
write_sdf delays.sdf
'''

def library_delays(top):  # by cell and output, in ps
    pathlib.Path("sdf.tcl").write_text(SDF % top)
    subprocess.run(["sta", "-no_splash", "-exit", "sdf.tcl"], check=True, capture_output=True)
    delays, cell = {}, ""
    for line in pathlib.Path("delays.sdf").read_text().splitlines():
        if match := re.search(r'CELLTYPE "(\w+)"', line):
            cell = match[1]
        elif match := re.match(r"\s*\(IOPATH .*?(\w+) \(([0-9.]+).*\(([0-9.]+)", line):
            delays.setdefault((cell, match[1]), []).extend([float(match[2]), float(match[3])])
    return {key: max(1, round(1000 * statistics.median(each))) for key, each in delays.items()}

def delayed(module, delays):
    outputs = "|".join(re.findall(OUTPUTS, module[0], re.M))
    return re.sub(rf"^  assign ({outputs}) =",
                  lambda match: f"  assign #{delays.get((module[1], match[1]), 1)} {match[1]} =",
                  module[0], flags=re.M)

def change(path, pattern, by):
    text, count = re.subn(pattern, by, path.read_text(), flags=re.M | re.S)
    assert count > 0, pattern
    path.write_text(text)

cells, netlist, bench = (pathlib.Path(name) for name in ("cells.v", "netlist.v", "testbench.v"))
if cells.exists():
    top = re.search(r"^  (\w+) u_array ", bench.read_text(), re.M)[1]
    delays = library_delays(top) if OF_LIBRARY else {}
    without = re.sub(r"^module (\w+)", r"module \1_ideal", cells.read_text(), flags=re.M)
    change(cells, r"^module (\w+).*?^endmodule", lambda module: delayed(module, delays))
    cells.write_text("`timescale 1ns/1ns\n" + cells.read_text() + without)
    change(netlist, r"^module sparq_clock_gate .*?^endmodule",
           lambda gate: re.sub(r"^  (\w+X\d+) ", r"  \1_ideal ", gate[0], flags=re.M))
    change(bench, r"forever #5 clk_i", "forever #50000 clk_i")
os.execv(IVERILOG, ["iverilog", *sys.argv[1:]])
"""


def synthesized(sparq, config, folder, path):
    environment = dict(os.environ, PATH=path, SPARQ_CACHE=str(folder / "cache"))
    (folder / "cache").mkdir()
    result = subprocess.run([sparq, "synth", config, "-o", folder / "out", "--quiet"],
                            env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"glitches.py: {config}:\n{result.stderr}")
    rows = json.loads((folder / "out" / "synth.json").read_text())["designs"]
    return {row["name"]: row for row in rows if row["energy_per_mac_pj"] is not None}


def with_delays(folder, of_library):
    """A PATH on which iverilog is ours."""
    iverilog = shutil.which("iverilog")
    stand_in = folder / "iverilog"
    stand_in.write_text(f"#!{sys.executable}\nIVERILOG = {iverilog!r}\nOF_LIBRARY = {of_library}\n"
                        f"{STAND_IN}")
    stand_in.chmod(0o755)
    (folder / "vvp").symlink_to(pathlib.Path(iverilog).parent / "vvp")
    return f"{folder}:{os.environ['PATH']}"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sparq = pathlib.Path(sys.argv[1]).resolve()
    print("| unit | no delay | unit delay | library's delays | logic alone |\n|---|---|---|---|---|")
    for config in sys.argv[2:]:
        runs = []
        for of_library in (None, False, True):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                path = os.environ["PATH"]
                if of_library is not None:
                    path = with_delays(folder, of_library)
                runs.append(synthesized(sparq, config, folder, path))
        for name, row in runs[0].items():
            unit, logic = ([run[name][f"energy_per_mac_{part}"] for run in runs]
                           for part in ("pj", "logic_pj"))
            more = [f"{pj:.2f} ({pj / unit[0]:.2f})" for pj in unit[1:]]
            print(f"| {name} {row['level']} | {unit[0]:.2f} | {more[0]} | {more[1]} | "
                  f"{logic[0]:.2f} -> {logic[2]:.2f} ({logic[2] / logic[0]:.2f}) |", flush=True)


if __name__ == "__main__":
    main()
