#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exit statuses of checks, on a configuration small enough for seconds: 1 for a design that is wrong,
with what there is to look into and without products; and the keys of every JSON result.
usage: exit_codes_test.py SPARQ SOURCE_DIR [unittest arguments]"""
import array
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

SPARQ = os.path.abspath(sys.argv.pop(1))
SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
TINY = """{ "name": "tiny", "weight_bits": 2, "accumulator_bits": 10,
  "format": { "activation_bits": 4, "window_bits": 2, "placements": [0, 2] },
  "array": { "rows": 2, "cols": 2 } }"""
# A buffer that hands on its lowest bit inverted, unless it had to wait.
SOUND = "assign out_data_o  = full_q ? data_q : in_data_i;"
WRONG = "assign out_data_o  = full_q ? data_q : {in_data_i[Width-1:1], !in_data_i[0]};"
EVERY_FILE = {"schema_version", "tool", "command", "config_digest"}


def npy(kind, rows, columns, values):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + bytes(values)


def install(prefix):
    """An installation: the program and the files it reads at run time."""
    data = prefix / "share/sparq"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy2(SPARQ, prefix / "bin/sparq")
    for folder in ("rtl/lib", "synth/flow", "verif"):
        shutil.copytree(SOURCE / folder, data / folder)


class ExitCodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="sparq exit codes ")
        cls.addClassCleanup(holder.cleanup)
        cls.root = pathlib.Path(holder.name)
        for name in ("sound", "broken"):
            install(cls.root / name)
        buffer = cls.root / "broken/share/sparq/rtl/lib/sparq_skid_buffer.v"
        text = buffer.read_text()
        assert text.count(SOUND) == 1, f"{buffer.name} has no line {SOUND}"
        buffer.write_text(text.replace(SOUND, WRONG))

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        (self.dir / "tiny.json").write_text(TINY)
        (self.dir / "a.npy").write_bytes(npy("|u1", 3, 4, [0, 15, 7, 1, 9, 0, 3, 14, 2, 5, 8, 13]))
        weights = array.array("b", [1, -2, 0, 1, -1, 1, 1, -2, 0, 0, -1, 1])
        (self.dir / "w.npy").write_bytes(npy("|i1", 3, 4, weights.tobytes()))

    def sparq(self, prefix, *arguments, status):
        run = subprocess.run(
            [self.root / prefix / "bin/sparq", *arguments],
            cwd=self.dir,
            env={**os.environ, "SPARQ_CACHE": str(self.root / "cache")},
            capture_output=True,
            text=True,
            timeout=1200,
        )
        self.assertEqual(run.returncode, status, f"{arguments}\n{run.stdout}{run.stderr}")
        return run

    def result(self, command, keys):
        result = json.loads((self.dir / "r.json").read_text())
        self.assertEqual((EVERY_FILE | keys) - result.keys(), set())
        self.assertEqual([result["schema_version"], result["command"]], [1, command])
        self.assertIn("sparq", result["tool"])
        return result

    def gemm(self, prefix, status):
        arguments = "gemm a.npy w.npy -o c.npy --json r.json --config tiny.json --engine".split()
        return self.sparq(prefix, *arguments, "rtl", status=status)

    def test_gemm(self):
        self.gemm("sound", 0)
        array_result = (self.dir / "c.npy").read_bytes()
        result = self.result("gemm", {"engine", "m", "n", "k", "seconds", "cycles",
                                      "macs_per_cycle", "utilization"})
        self.assertEqual([result[key] for key in ("engine", "m", "n", "k")], ["rtl", 3, 3, 4])
        self.assertIn("verilator", result["tool"])
        arguments = "gemm a.npy w.npy -o c.npy --config tiny.json --engine reference".split()
        self.sparq("sound", *arguments, status=0)
        self.assertEqual((self.dir / "c.npy").read_bytes(), array_result)

    def test_gemm_on_a_wrong_array(self):
        before = sorted(self.dir.iterdir())
        run = self.gemm("broken", 1)
        self.assertIn("the array and the golden model differ", run.stderr)
        self.assertEqual(run.stdout, "")
        self.assertEqual(sorted(self.dir.iterdir()), before)

    def test_verify_levels(self):
        cases = {}
        for level in ("quick", "full"):
            arguments = f"verify tiny.json -o {level} --level {level} --seed 7 --json r.json"
            run = self.sparq("sound", *arguments.split(), status=0)
            self.assertIn(f"level {level}, seed 7", run.stdout)
            self.assertFalse(any((self.dir / level / "cases").glob("*")))
            result = self.result("verify", {"level", "seed", "checks"})
            self.assertEqual([result["level"], result["seed"]], [level, 7])
            self.assertIn("verilator", result["tool"])
            for check in result["checks"]:
                self.assertEqual({"module", "kind", "cases", "passed", "seconds"} - check.keys(),
                                 set())
                if "skipped" in check:
                    self.assertEqual((level, check["kind"]), ("full", "mutation"))
                else:
                    self.assertIs(check["passed"], True)
            cases[level] = sum(check["cases"] for check in result["checks"])
        self.assertGreater(cases["quick"], 0)
        self.assertGreater(cases["full"], cases["quick"])

    def test_verify_of_a_wrong_design(self):
        run = self.sparq("broken", *"verify tiny.json -o out --json r.json".split(), status=1)
        self.assertIn("\nFAILED: ", run.stdout)
        self.assertRegex(run.stdout, r"seed 1, .*: FAILED; results in out\n$")
        checks = self.result("verify", {"level", "seed", "checks"})["checks"]
        self.assertTrue(any(not check["passed"] for check in checks))
        self.assertTrue(any(check["passed"] and check["cases"] for check in checks))
        cases = sorted((self.dir / "out/cases").glob("*.json"))
        self.assertNotEqual(cases, [])
        again = ("verify", "tiny.json", "--case", cases[0])
        self.assertIn("FAILED: ", self.sparq("broken", *again, status=1).stdout)
        self.assertIn("agrees", self.sparq("sound", *again, status=0).stdout)

    def test_synth(self):
        self.sparq("sound", *"synth tiny.json -o out --json r.json".split(), status=0)
        result = self.result("synth", {"library", "clock_ns", "designs"})
        self.assertIn("yosys", result["tool"])
        roles = set()
        for design in result["designs"]:
            self.assertEqual({"name", "role", "level", "area_um2", "sequential_area_um2", "cells",
                              "macs_per_cycle", "area_per_mac_um2", "ratio_to_int8",
                              "ratio_to_int4x8"} - design.keys(), set())
            roles.add((design["role"], design["level"]))
        self.assertLessEqual({("sparq", "pe"), ("sparq", "array"), ("int8", "pe")}, roles)


if __name__ == "__main__":
    unittest.main(verbosity=2)
