#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`sparq synth` from the outside: exit statuses, messages, files. Usage: cli_test.py SPARQ"""

import json
import os
import pathlib
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SPARQ = ""
OSU018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"
SMALL = """{ "name": "mine", // a comment
  "array": { "rows": 2, "cols": 2 } }"""

LOSES_A_PE = """
import json, pathlib, subprocess, sys
status = subprocess.run([REAL, *sys.argv[1:]], check=False).returncode
mapped = pathlib.Path("mapped.json")
if status == 0 and mapped.exists():
    netlist = json.loads(mapped.read_text())
    for name, module in netlist["modules"].items():
        pes = [c for c, cell in module["cells"].items() if cell["type"].endswith("_pe")]
        if name.endswith("_array"):
            del module["cells"][pes[0]]
    mapped.write_text(json.dumps(netlist))
sys.exit(status)
"""


class Command(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="synth test ")  # with a space
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.config = self.folder / "my config.json"
        self.config.write_text(SMALL)
        self.out = self.folder / "out dir"
        self.environment = dict(os.environ, SPARQ_CACHE=str(self.folder / "cache"))

    def synth(self, *arguments):
        return subprocess.run([SPARQ, "synth", self.config, "-o", self.out, *arguments],
                              env=self.environment, cwd=self.folder, capture_output=True,
                              text=True, check=False)

    def array(self, name, dtype, shape, data):
        head = str({"descr": dtype, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
        path = self.folder / name
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") +
                         head.encode() + data)
        return path

    def refused(self, result, status, *texts):
        self.assertEqual(result.returncode, status, result.stderr)
        for text in texts:
            self.assertIn(text, result.stderr)
        self.assertFalse(self.out.exists())
        self.assertEqual([p.name for p in self.folder.iterdir()
                          if p.name not in ("my config.json", "cache", "bin")
                          and p.suffix != ".lib"], [])


class Cli(Command):
    def test_small_array(self):
        result = self.synth("--json", self.folder / "result.json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("clock of 8 ns", result.stdout)
        report = json.loads((self.out / "synth.json").read_text())
        self.assertEqual(report, json.loads((self.folder / "result.json").read_text()))
        self.assertNotIn("curves", report)
        results = {"designs", "breakdown", "modules", "curves", "diff"}
        self.assertFalse(results & json.loads((self.out / "manifest.json").read_text()).keys())
        self.assertFalse((self.out / "curves.csv").exists())
        rows = {(row["role"], row["level"]): row for row in report["designs"]}
        for role, macs in (("sparq", 8), ("int8", 4), ("int4x8", 8)):
            pe, array = rows[role, "pe"], rows[role, "array"]
            self.assertEqual(array["macs_per_cycle"], macs)
            self.assertGreater(array["area_um2"], 4 * pe["area_um2"])
            self.assertLess(0, pe["sequential_area_um2"])
            self.assertLess(pe["sequential_area_um2"], pe["area_um2"])
            self.assertTrue((self.out / role / "netlist.v").exists())
            for level in ("pe", "array"):
                row = rows[role, level]
                self.assertAlmostEqual(row["fmax_mhz"], 1000 / (8 - row["slack_ns"]))
                # A fast element leaves the longest path of its array to the gate of the clock.
                ends = ("accumulator_q",) if level == "pe" else ("accumulator_q", "enable_q")
                self.assertTrue(row["critical_path"]["to"].split("/")[-1].startswith(ends))
                path = (self.out / role / "timing" / f"{level}.txt").read_text()
                self.assertIn("Endpoint: u_unit/" + row["critical_path"]["to"], path)
            self.assertLessEqual(array["slack_ns"], pe["slack_ns"])
            self.assertGreater(pe["energy_per_mac_pj"], 1)
            self.assertAlmostEqual(
                pe["energy_per_mac_registers_pj"] + pe["energy_per_mac_logic_pj"],
                pe["energy_per_mac_pj"])
            self.assertIsNone(array["energy_per_mac_pj"])
        self.assertEqual(report["tool"]["sta"].count("."), 2)
        self.assertEqual(report["energy_operands"], "conv2_activations.npy x conv2_weights.npy")
        ratio = rows["sparq", "pe"]["area_per_mac_um2"] / rows["int8", "pe"]["area_per_mac_um2"]
        self.assertAlmostEqual(rows["sparq", "pe"]["ratio_to_int8"], ratio)
        total = sum(m["instances"] * m["own_area_um2"] for m in report["modules"]
                    if m["design"] == "mine" and not m["inlined_in"])
        self.assertAlmostEqual(total, rows["sparq", "array"]["area_um2"])
        parts = {(b["design"], b["part"]): b["area_um2"] for b in report["breakdown"]}
        for role, count in (("sparq", 7), ("int8", 4), ("int4x8", 5)):
            array = rows[role, "array"]
            own = {part: area for (design, part), area in parts.items() if design == array["name"]}
            self.assertEqual(len(own), count, own)
            self.assertAlmostEqual(sum(own.values()), array["hierarchy_kept_area_um2"])
        lanes = 8 * rows["sparq", "lane"]["hierarchy_kept_area_um2"]
        self.assertAlmostEqual(parts["mine", "multipliers"] + parts["mine", "shifters"], lanes)
        self.assertLess(0.5 * lanes, parts["mine", "multipliers"])
        csv = (self.out / "synth.csv").read_text().splitlines()
        self.assertEqual(len(csv), 1 + len(report["designs"]))
        self.assertIn("| pe | mine |", (self.out / "synth.md").read_text())
        for plot in ("area.svg", "energy.svg"):
            root = xml.etree.ElementTree.parse(self.out / plot).getroot()
            self.assertGreater(len(root), 10)
        before = (self.out / "synth.json").read_bytes()
        self.assertEqual(self.synth().returncode, 0)  # replaces its own, from the cache
        self.assertEqual(before, (self.out / "synth.json").read_bytes())
        result = self.synth("--activations", self.array("zero.npy", "|u1", (20, 48), bytes(960)),
                            "--weights", self.array("w.npy", "|i1", (2, 48), bytes(range(96))))
        self.assertEqual(result.returncode, 0, result.stderr)
        idle = {(row["role"], row["level"]): row for row in
                json.loads((self.out / "synth.json").read_text())["designs"]}
        for role in ("sparq", "int8", "int4x8"):  # nothing but weights toggles
            self.assertLess(idle[role, "pe"]["energy_per_mac_logic_pj"],
                            0.3 * rows[role, "pe"]["energy_per_mac_logic_pj"])
        report["designs"][0]["area_um2"] *= 2
        old = self.folder / "old.json"
        old.write_text(json.dumps(report))
        result = self.synth("--diff", old)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("-50.00 %", result.stdout)
        changes = json.loads((self.out / "synth.json").read_text())["diff"]
        self.assertEqual(sum(change["change_percent"] != 0 for change in changes), 1)
        result = self.synth("--diff", old, "--clock-ns", "9")
        self.assertEqual(result.returncode, 2)
        self.assertIn("old.json: clock_ns = 8.0", result.stderr)

    def test_library_that_is_not_there(self):
        self.refused(self.synth("--liberty", "no.lib"), 2, "--liberty = no.lib")

    def test_malformed_library(self):
        (self.folder / "bad.lib").write_text("library (x) {\n cell (A) {\n")
        self.refused(self.synth("--liberty", "bad.lib"), 2, "bad.lib: line 2")

    def test_every_problem_at_once(self):
        self.config.write_text('{ "array": { "rows": 0 } }')
        self.refused(self.synth("--liberty", "no.lib"), 2, "rows", "no.lib")

    def test_clock(self):
        for value in ("0", "-1", "fast", "nan", "1e9"):
            self.refused(self.synth("--clock-ns", value), 2, "--clock-ns")
        unknown = pathlib.Path(OSU018).read_text().replace("library(osu018_stdcells)",
                                                           "library(unknown)")
        (self.folder / "unknown.lib").write_text(unknown)
        self.refused(self.synth("--liberty", "unknown.lib"), 2, "--clock-ns", "unknown")
        result = self.synth("--liberty", "unknown.lib", "--clock-ns", "5.5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("clock of 5.5 ns", result.stdout)

    def test_directory_that_is_not_ours(self):
        self.out.mkdir()
        (self.out / "precious").write_text("mine")
        self.assertEqual(self.synth().returncode, 2)
        self.assertEqual([p.name for p in self.out.iterdir()], ["precious"])

    def test_missing_yosys(self):
        self.environment["PATH"] = str(self.folder)
        self.refused(self.synth(), 3, "yosys", "Debian package")

    def test_operands(self):
        self.refused(self.synth("--activations", "no.npy"), 2, "no.npy")
        weights = self.array("w.lib", "|u1", (2, 48), bytes(96))
        self.refused(self.synth("--weights", weights), 2, "w.lib", "descr")

    def test_missing_sta(self):
        (self.folder / "bin").mkdir()
        for tool in ("yosys", "yosys-abc"):
            (self.folder / "bin" / tool).symlink_to(shutil.which(tool))
        self.environment["PATH"] = str(self.folder / "bin")
        self.refused(self.synth(), 3, "sta: not found", "Debian package opensta")

    def test_clock_that_is_too_fast(self):
        self.config.write_text('{ "name": "mine", "array": { "rows": 1, "cols": 1 } }')
        result = self.synth("--clock-ns", "2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("mine, pe: slower than the clock of 2 ns, by ", result.stderr)
        self.assertIn("VIOLATED", result.stdout)
        rows = json.loads((self.out / "synth.json").read_text())["designs"]
        slack = {row["level"]: row["slack_ns"] for row in rows if row["name"] == "mine"}
        self.assertLess(slack["pe"], 0)
        self.assertLess(slack["array"], 0)

    def test_failing_yosys(self):
        (self.folder / "bin").mkdir()
        fake = self.folder / "bin" / "yosys"
        fake.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Yosys 0.23" && exit 0\n'
                        "echo ERROR: out of ideas\nexit 1\n")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        self.environment["PATH"] = f"{fake.parent}:{os.environ['PATH']}"
        self.refused(self.synth(), 3, "status 1", "ERROR: out of ideas")

    def test_faulty_contents(self):
        # A Yosys that loses one PE of each array on the way.
        (self.folder / "bin").mkdir()
        fake = self.folder / "bin" / "yosys"
        fake.write_text(f"#!{sys.executable}\nREAL = {shutil.which('yosys')!r}\n{LOSES_A_PE}")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        self.environment["PATH"] = f"{fake.parent}:{os.environ['PATH']}"
        result = self.synth("--json", self.folder / "result.json")
        self.refused(result, 1, "check failed: mine: ", "has 2 instances of sparq_mine_pe as written, "
                     "but 1 after", "the array holds 3 units, not 2 x 2")
        self.assertEqual(result.stdout, "")  # no figures

    def test_baseline_alone(self):
        self.config.write_text('{ "format": { "kind": "int8" }, "weight_bits": 4,'
                               '  "array": { "rows": 1, "cols": 1 } }')
        # The example has no activations for weights of 4 bits.
        result = self.synth("--weights", self.array("w.npy", "|i1", (2, 48), bytes(96)))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("warning: energy is not measured: ", result.stderr)
        report = json.loads((self.out / "synth.json").read_text())
        self.assertIsNone(report["energy_operands"])
        self.assertEqual({row["role"] for row in report["designs"]}, {"int8", "int4x8"})

    def test_registers_of_the_narrowest_digits(self):
        # Every register bit that is written has to be there when mapped, or the design is refused.
        for array in ({"rows": 1, "cols": 1},
                      {"dataflow": "weight_stationary", "rows": 1, "cols": 1},
                      {"kind": "tensor_core", "rows": 1, "cols": 1, "depth": 4},
                      {"kind": "sparse_tensor_core", "rows": 1, "cols": 1, "depth": 8}):
            with self.subTest(array=array):
                self.config.write_text(json.dumps({
                    "weight_bits": 4, "array": array,
                    "format": {"activation_bits": 4, "window_bits": 1, "placements": [0, 1, 2, 3]},
                    "pipeline": {"after_multiply": True, "after_reduce": True}}))
                result = self.synth()
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_config_whose_name_is_no_text(self):
        strange = os.fsencode(self.folder) + b"/\xff.json"
        shutil.copy(self.config, strange)
        self.config = strange
        result = self.synth()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("\ufffd.json", json.loads((self.out / "synth.json").read_text())["command_line"])

    def test_library_in_picoseconds(self):
        text = pathlib.Path(OSU018).read_text()
        self.assertIn('time_unit : "1ns"', text)
        fast = self.folder / "fast.lib"  # the same numbers
        fast.write_text(text.replace('time_unit : "1ns"', 'time_unit : "1ps"'))
        fmax = []
        for library in (OSU018, fast):
            result = self.synth("--liberty", library, "--clock-ns", "8")
            self.assertEqual(result.returncode, 0, result.stderr)
            rows = json.loads((self.out / "synth.json").read_text())["designs"]
            fmax.append([row["fmax_mhz"] for row in rows if row["level"] == "pe"])
        for slow, fast in zip(*fmax):
            self.assertAlmostEqual(fast / slow / 1000, 1, delta=0.01)

    def test_another_library(self):
        shared = pathlib.Path(os.environ.get(
            "SPARQ_SHARED", pathlib.Path(__file__).resolve().parents[3] / "shared"))
        packed = shared / "lib" / "sky130hd_tt.lib.gz"
        if not packed.exists():
            self.skipTest(f"NOT RUN: there is no {packed}; SPARQ_SHARED may say where it is")
        unpacked = self.folder / "sky130.lib"
        with unpacked.open("wb") as file:
            subprocess.run(["gunzip", "-c", packed], stdout=file, check=True)
        result = self.synth("--liberty", unpacked)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("clock of 10 ns", result.stdout)


class Energy(Command):
    """Each of these runs compares results of netlists with the golden model's."""

    def setUp(self):
        super().setUp()
        # Small numbers, whose netlists are small. No step of an array divides their K.
        self.k = 21
        values = random.Random(1)
        self.x = self.array("x.npy", "|u1", (20, self.k), values.randbytes(20 * self.k))
        self.w = self.array("w.npy", "|i1", (3, self.k),
                            bytes(values.randrange(-8, 8) & 255 for _ in range(3 * self.k)))

    def units(self, config, *arguments):
        small = {"name": "mine", "weight_bits": 4, "accumulator_bits": 16}
        self.config.write_text(json.dumps(small | config))
        result = self.synth("--activations", self.x, "--weights", self.w, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.report = json.loads((self.out / "synth.json").read_text())
        units = {row["role"]: row for row in self.report["designs"]
                 if row["level"] in ("pe", "dot")}
        self.assertEqual(set(units), {"sparq", "int8", "int4x8"})
        for unit in units.values():
            self.assertAlmostEqual(unit["energy_per_mac_pj"],
                                   unit["energy_per_mac_registers_pj"] +
                                   unit["energy_per_mac_logic_pj"])
            self.assertGreater(unit["energy_per_mac_logic_pj"], 1)  # operands change
        return units

    def same_as_with_encoded_activations(self, array):
        """The unit is the same then, and sees the same."""
        units = self.units({"array": array})
        for role, unit in self.units({"array": array, "encoder": "none"}).items():
            self.assertEqual(unit["energy_per_mac_pj"], units[role]["energy_per_mac_pj"])
        return units

    def test_one_element_of_k(self):
        # Many rows go by before the first has reached every register.
        self.k = 1
        self.x = self.array("x.npy", "|u1", (5, 1), bytes([3, 255, 0, 170, 90]))
        self.w = self.array("w.npy", "|i1", (3, 1), bytes([7, 248, 5]))
        pipeline = {"after_multiply": True, "after_reduce": True}
        for array in ({"rows": 2, "cols": 3},
                      {"kind": "tensor_core", "rows": 1, "cols": 1, "depth": 4}):
            for unit in self.units({"array": array, "pipeline": pipeline}).values():
                self.assertGreaterEqual(unit["energy_macs"], 2304)

    def test_weight_stationary(self):
        units = self.same_as_with_encoded_activations(
            {"dataflow": "weight_stationary", "rows": 3, "cols": 1})
        for role, unit in units.items():  # each set of weights meets as many rows, K is filled up
            k = self.k if role == "int8" else 24
            self.assertEqual(unit["energy_macs"], 3 * 2304 // self.k * k)

    def test_tensor_core(self):
        units = self.same_as_with_encoded_activations(
            {"kind": "tensor_core", "rows": 1, "cols": 1, "depth": 4})
        for role, unit in units.items():
            k = 22 if role == "int8" else 24
            self.assertEqual(unit["energy_macs"], 2304 // self.k * k)

    def test_sparse(self):
        config = {"array": {"kind": "sparse_tensor_core", "rows": 1, "cols": 1, "depth": 8}}
        dense = self.units(config)
        self.assertEqual(self.report["energy_operands"],
                         "x.npy x w.npy, pruned to 2:4 by magnitude")
        for unit in dense.values():  # of the dense product
            self.assertEqual(unit["energy_macs"], 2304 // 21 * 24)
        sparse = self.folder / "w24.npy"
        subprocess.run([SPARQ, "prune", self.w, "-o", sparse], check=True, capture_output=True)
        self.w = sparse
        for role, unit in self.units(config).items():
            self.assertEqual(unit["energy_per_mac_pj"], dense[role]["energy_per_mac_pj"])
        self.assertEqual(self.report["energy_operands"], "x.npy x w24.npy")


class Curves(Command):
    def test_every_setting_of_every_design(self):
        self.config.write_text("""{ "name": "mine", "weight_bits": 4, "accumulator_bits": 16,
          "array": { "rows": 1, "cols": 1 }, "pipeline": { "after_multiply": true } }""")
        result = self.synth("--curves", "--clock-ns", "5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Area against delay", result.stdout)
        report = json.loads((self.out / "synth.json").read_text())
        rows = {row["role"]: row for row in report["designs"] if row["level"] == "pe"}
        self.assertEqual(len(rows), 3)
        self.assertEqual(len(report["curves"]), 3 * 3 * 4)
        points = {(p["role"], p["adder"], p["pipeline"]["after_multiply"],
                   p["pipeline"]["after_reduce"]): p for p in report["curves"]}
        self.assertEqual(len(points), 3 * 3 * 4)
        for role, row in rows.items():
            own = [p for p in points.values() if p["role"] == role and p["as_configured"]]
            self.assertEqual(own, [points[role, "chains", True, False]])
            for key in ("name", "area_um2", "sequential_area_um2", "slack_ns", "fmax_mhz",
                        "critical_path"):
                self.assertEqual(own[0][key], row[key], key)
            self.assertTrue(any(p["pareto"] for p in points.values() if p["role"] == role))
            for adder in ("chains", "mixed", "lookahead"):
                none, multiply, reduce, both = (
                    points[role, adder, *stages]
                    for stages in ((False, False), (True, False), (False, True), (True, True)))
                self.assertEqual([p["extra_latency_cycles"] for p in (none, reduce, both)], [0, 1, 2])
                # A stage after both holds the same two flags and the same bits as either.
                self.assertAlmostEqual(
                    both["sequential_area_um2"] - reduce["sequential_area_um2"],
                    multiply["sequential_area_um2"] - none["sequential_area_um2"])
                self.assertGreater(both["sequential_area_um2"], reduce["sequential_area_um2"])
                self.assertLess(both["min_period_ns"], none["min_period_ns"])
        # A single product is its own sum.
        self.assertIn("chains, reduce", points["int8", "chains", True, False]["same_area_as"])
        self.assertIn("same area: chains, reduce", result.stdout)
        self.assertEqual(len((self.out / "curves.csv").read_text().splitlines()), 1 + 36)
        self.assertIn("## Area against delay", (self.out / "synth.md").read_text())
        self.assertGreater(
            len(xml.etree.ElementTree.parse(self.out / "curves.svg").getroot()), 3 * 12)


if __name__ == "__main__":
    SPARQ = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
