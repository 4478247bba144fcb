#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The subcommands that take arrays, with the real binary: what they give, each way they refuse.
usage: operands_test.py SPARQ [unittest arguments]"""
import json
import os
import struct
import subprocess
import tempfile
import unittest

from sparq_command import QUIET, SPARQ, Command, npy, read_npy


class OperandsTest(Command):
    def test_encode(self):
        self.run_sparq("encode", "a.npy", "-o", "y.npy")
        self.assertEqual(read_npy(self.dir / "y.npy", "B"), [28, 240, 0, 17, 1, 0, 192, 3])
        flags = "--placements 2opt --rounding trim --no-vsparq".split()
        self.run_sparq("encode", "a.npy", "-o", "y.npy", *flags)
        self.assertEqual(read_npy(self.dir / "y.npy", "B"), [16, 240, 0, 16, 1, 0, 192, 3])
        self.run_sparq("encode", "a.npy", "-o", "y.npy", "--placements", "0,4", "--window", "4")
        self.put("f.json", '{"kind": "int8"}')
        self.run_sparq("encode", "a.npy", "-o", "y.npy", "--format", "f.json")
        self.assertEqual(read_npy(self.dir / "y.npy", "B"), [27, 255, 0, 17, 1, 0, 200, 3])

    def test_encode_wide(self):
        self.put("a16.npy", npy("H", (1, 2), [1023, 5]))
        flags = "--activation-bits 10 --window 5 --placements 0,5".split()
        self.run_sparq("encode", "a16.npy", "-o", "y.npy", *flags)
        self.assertEqual(read_npy(self.dir / "y.npy", "H"), [992, 5])
        self.put("w16.npy", npy("b", (1, 2), [1, -1]))
        self.run_sparq("gemm", "a16.npy", "w16.npy", "-o", "c.npy", *flags)
        self.assertEqual(read_npy(self.dir / "c.npy", "i"), [987])
        engine = ("--engine", "fast")
        self.refuse("gemm", "a16.npy", "w16.npy", "-o", "d.npy", *flags, *engine, says=["fast"])

    def test_signed_activations(self):
        signed = ["--signed-activations", "--placements", "3opt"]
        self.put("s.npy", npy("b", (2, 4), [-27, 127, -128, 0, -1, 0, 0, -90]))
        self.run_sparq("encode", "s.npy", "-o", "y.npy", *signed)
        # +128 is no activation, but a value of a window.
        encoded = [-28, 128, -128, 0, -1, 0, 0, -90]
        self.assertEqual(read_npy(self.dir / "y.npy", "h"), encoded)
        w = [[1, 1, 1, 1], [-128, 127, 5, -7], [0, 2, 0, -2]]
        rows = [encoded[:4], encoded[4:]]
        want = [sum(x * y for x, y in zip(row, column)) for row in rows for column in w]
        for engine in ("fast", "reference"):
            command = ["gemm", "s.npy", "w.npy", "-o", "c.npy", *signed, "--engine", engine]
            self.run_sparq(*command)
            self.assertEqual(read_npy(self.dir / "c.npy", "i"), want)
        self.put("f.json", '{"kind": "int8", "signed_activations": true}')
        self.run_sparq("encode", "s.npy", "-o", "y.npy", "--format", "f.json")
        self.assertEqual(read_npy(self.dir / "y.npy", "h"), [-27, 127, -128, 0, -1, 0, 0, -90])

        self.put("s10.npy", npy("h", (1, 3), [-512, 511, -3]))
        wide = "--signed-activations --activation-bits 10 --window 5 --placements 0,5".split()
        self.run_sparq("encode", "s10.npy", "-o", "y.npy", *wide)
        self.assertEqual(read_npy(self.dir / "y.npy", "i"), [-512, 512, -3])
        for value in (-513, 512):
            self.put("s10.npy", npy("h", (1, 3), [0, 0, value]))
            says = ["s10.npy: [0,2] =", "-512..511", "signed_activations"]
            self.refuse("encode", "s10.npy", "-o", "z.npy", *wide, says=says)

        self.refuse("gemm", "a.npy", "w.npy", "-o", "d.npy", *signed, says=["a.npy", "|u1", "|i1"])
        self.refuse("encode", "s.npy", "-o", "z.npy", says=["s.npy", "|i1", "|u1"])
        flags = ["--format", "f.json", "--signed-activations"]
        self.refuse("encode", "s.npy", "-o", "z.npy", *flags, says=["--signed-activations"])

    def test_stream(self):
        three = ["--placements", "3opt"]
        self.run_sparq("encode", "a.npy", "--stream", "a.bin", "-o", "y.npy", *three, "--json", "r.json")
        # 27 -> 7 at 4, 255 -> 15 at 16; then 17 alone: 1 and 1. Two words of 14 bits, a row of 32.
        first = (2 << 10 | 15 << 6 | 1 << 4 | 7) | (2 << 12 | 2 << 10 | 1 << 6 | 1) << 14
        stream = (self.dir / "a.bin").read_bytes()
        self.assertEqual(stream[:4], struct.pack("<I", first))
        result = json.loads((self.dir / "r.json").read_text())["stream"]
        self.assertEqual(result, {"word_bits": 14, "memory_bits": 32, "rows": 2, "row_bytes": 4})
        self.assertEqual(len(stream), 8)
        self.run_sparq("decode", "a.bin", "--k", "4", "-o", "back.npy", *three)
        self.assertEqual((self.dir / "back.npy").read_bytes(), (self.dir / "y.npy").read_bytes())

        wide = ["--memory-bits", "64"]
        self.run_sparq("encode", "a.npy", "--stream", "a64.bin", *three, *wide)
        self.assertEqual((self.dir / "a64.bin").read_bytes()[8:12], stream[4:])
        self.run_sparq("decode", "a64.bin", "--k", "4", "-o", "back.npy", *three, *wide)
        self.assertEqual((self.dir / "back.npy").read_bytes(), (self.dir / "y.npy").read_bytes())
        self.put("s.npy", npy("b", (1, 3), [-128, 127, -5]))
        signed = ["--signed-activations", *three]
        self.run_sparq("encode", "s.npy", "--stream", "s.bin", *signed)
        self.run_sparq("decode", "s.bin", "--k", "3", "-o", "back.npy", *signed)
        self.assertEqual(read_npy(self.dir / "back.npy", "h"), [-128, 128, -5])

    def test_streams_that_nothing_can_have_written(self):
        decode = ["decode", "s.bin", "--k", "3", "-o", "y.npy", "--placements", "2opt"]  # 12 bits
        self.put("s.bin", bytes(7))
        self.refuse(*decode, says=["s.bin: length = 7 bytes", "rows of 4 bytes"])
        self.put("s.bin", bytes(7) + b"\x80")
        self.refuse(*decode, says=["s.bin: row 1 bit 31"])
        word = 2 << 10 | 1 << 5 | 1  # both digits 1 at 0, the second's weight for both
        self.put("s.bin", struct.pack("<II", 3 << 10, word << 12))
        self.refuse(*decode, says=["row 0 step 0 = 0xc00", "row 1 step 1"])
        self.put("s.bin", struct.pack("<I", (1 << 5 | 1) << 12))
        self.refuse(*decode, says=["row 0 step 1", "zero beyond K"])
        self.refuse(
            *"decode none.bin --k 0 --memory-bits 12 -o none/y --window 9".split(),
            says=["none.bin", "--k = 0", "--memory-bits = 12", "none/y", "--window = 9"],
        )
        self.refuse("encode", "a.npy", says=["-o: is required"])
        same = ["encode", "a.npy", "-o", "same", "--stream", "same"]
        self.refuse(*same, says=["--stream = same", "output of -o"])
        self.refuse("encode", "a.npy", "-o", "y", "--stream", "/dev/full", says=["/dev/full"])

    def test_gemm(self):
        a = [[28, 240, 0, 17], [1, 0, 192, 3]]
        w = [[1, 1, 1, 1], [-128, 127, 5, -7], [0, 2, 0, -2]]
        want = [sum(x * y for x, y in zip(row, column)) for row in a for column in w]
        self.run_sparq("gemm", "a.npy", "w.npy", "-o", "c.npy", "--json", "r.json")
        self.assertEqual(read_npy(self.dir / "c.npy", "i"), want)
        result = json.loads((self.dir / "r.json").read_text())
        self.assertEqual([result[key] for key in ("m", "n", "k")], [2, 3, 4])
        self.assertEqual([result["schema_version"], result["command"]], [1, "gemm"])
        self.assertRegex(result["tool"]["sparq"], r"^\d")
        self.assertRegex(result["config_digest"], r"^[0-9a-f]{64}$")
        self.assertGreaterEqual(result["seconds"], 0)
        for engine in ("reference", "fast"):
            self.run_sparq("gemm", "a.npy", "w.npy", "-o", "c2.npy", "--engine", engine)
            self.assertEqual(read_npy(self.dir / "c2.npy", "i"), want, engine)

    def test_gemm_on_the_array(self):
        rtl = "gemm a.npy w.npy --config c.json --engine rtl".split()
        cache = {"SPARQ_CACHE": str(self.dir / "a cache")}
        command = [SPARQ, *rtl, "-o", "c1.npy", "--json", "r1.json"]
        with subprocess.Popen(command, cwd=self.dir, env={**os.environ, **cache}, **QUIET) as other:
            self.run_sparq(*rtl, "-o", "c2.npy", "--json", "r.json", env=cache)
            self.assertEqual(other.wait(), 0)
        self.run_sparq(*"gemm a.npy w.npy --engine reference -o c.npy".split())
        want = read_npy(self.dir / "c.npy", "i")
        for name in ("c1.npy", "c2.npy"):
            self.assertEqual(read_npy(self.dir / name, "i"), want)
        result = json.loads((self.dir / "r.json").read_text())
        self.assertGreater(result["cycles"], 0)
        self.assertGreater(result["macs_per_cycle"], 0)
        self.assertTrue(0 < result["utilization"] <= 1)
        self.assertRegex(result["tool"]["verilator"], r"^5\.")

        other_cache = {"SPARQ_CACHE": str(self.dir / "none yet")}
        (self.dir / "none yet").mkdir()
        (self.dir / "c2.npy").unlink()
        for script, says in (("kill -9 $$", "signal 9"), ("echo no luck >&2; exit 5", "no luck")):
            for compiler in ("clang++", "g++"):
                tools = self.fake_compiler(compiler, script)
            run = self.run_sparq(*rtl, "-o", "c2.npy", status=3, env={**tools, **other_cache})
            self.assertIn("sparq: clang++: ", run.stderr)
            self.assertIn(says, run.stderr)
            self.assertFalse((self.dir / "c2.npy").exists())
        (self.dir / "bin/clang++").unlink()
        with tempfile.TemporaryDirectory() as others:
            self.link_programs(others, without="clang++")
            tools = {"PATH": f"{self.dir}/bin:{others}"}
            run = self.run_sparq(*rtl, "-o", "c2.npy", status=3, env={**tools, **other_cache})
            self.assertIn("sparq: g++: ", run.stderr)
            self.assertIn("no luck", run.stderr)
        (self.dir / "bin/g++").unlink()
        empty = {"PATH": str(self.dir / "bin")}
        run = self.run_sparq(*rtl, "-o", "c2.npy", status=3, env={**empty, **other_cache})
        self.assertIn("Debian package verilator", run.stderr)
        kept = [p for p in (self.dir / "none yet").rglob("*") if p.is_file() and p.stat().st_size]
        self.assertEqual(kept, [])
        self.assertNotIn("c2.npy", self.listing())

    def test_gemm_with_config_wraps_and_warns(self):
        self.put("narrow.json", '{"accumulator_bits": 18}')
        self.put("a5.npy", npy("B", (1, 5), [255] * 5))
        self.put("w5.npy", npy("b", (1, 5), [-128] * 5))
        run = self.run_sparq("gemm", "a5.npy", "w5.npy", "-o", "c.npy", "--config", "narrow.json",
                             "--engine", "reference")
        self.assertIn("warning: K = 5", run.stderr)
        # Pairs keep 240 each, the odd one out 255: -(4 * 240 + 255) * 128 = -155520, wrapped.
        self.assertEqual(list(read_npy(self.dir / "c.npy", "i")), [2**18 - 155520])

    def test_sparse24(self):
        flags = ["--placements", "5opt", "--sparse24"]
        self.put("w24.npy", npy("b", (3, 4), [0, 1, 0, 1, -128, 0, 5, 0, 0, 2, 0, 0]))
        # 255 beside 17: 240 and 16; 27 beside a zero, 255 alone: exact.
        want = [240 + 16, -128 * 27, 2 * 255, 3, -128 + 5 * 192, 0]
        for engine in ([], ["--engine", "fast"], ["--engine", "reference"]):
            command = ["gemm", "a.npy", "w24.npy", "-o", "c.npy", *flags, *engine]
            self.run_sparq(*command, "--json", "r.json")
            self.assertEqual(read_npy(self.dir / "c.npy", "i"), want, engine)
            self.assertIs(json.loads((self.dir / "r.json").read_text())["sparse24"], True)
        self.put("stc.json", '{"array": {"kind": "sparse_tensor_core"}}')
        self.run_sparq("gemm", "a.npy", "w24.npy", "-o", "c.npy", "--config", "stc.json")
        self.assertEqual(read_npy(self.dir / "c.npy", "i"), want)
        for name in ("int8", "int4x8"):  # the selection changes nothing there
            self.put("f.json", f'{{"kind": "{name}"}}')
            both = []
            for sparse in ([], ["--sparse24"]):
                format = ["--format", "f.json", *sparse]
                self.run_sparq("gemm", "a.npy", "w24.npy", "-o", "c.npy", *format)
                both.append(read_npy(self.dir / "c.npy", "i"))
            self.assertEqual(*both)

    def test_weights_that_are_not_sparse(self):
        dense = ["gemm", "a.npy", "w.npy", "-o", "c.npy", "--sparse24"]
        groups = ["row 0 group 0 = 4 nonzero weights", "row 1 group 0", "k = 0..3"]
        self.refuse(*dense, says=["w.npy", *groups])
        self.refuse(*dense, "--engine", "reference", "--json", "none/r", says=[*groups, "none/r"])
        self.put("many.npy", npy("b", (50, 4), [1] * 200))
        run = self.refuse("gemm", "a.npy", "many.npy", "-o", "c.npy", "--sparse24", says=["and 42 more"])
        self.assertLess(run.stderr.count("\n"), 12)
        self.refuse(*dense, "--engine", "rtl", says=["--engine = rtl", "sparse tensor core"])
        self.put("stc.json", '{"array": {"kind": "sparse_tensor_core"}}')
        on_the_array = ["--config", "stc.json", "--engine", "rtl"]
        self.refuse("gemm", "a.npy", "w.npy", "-o", "c.npy", *on_the_array, says=groups)

    def test_prune(self):
        run = self.run_sparq("prune", "w.npy", "-o", "w24.npy", "--json", "r.json")
        want = [1, 1, 0, 0, -128, 127, 0, 0, 0, 2, 0, -2]
        self.assertEqual(read_npy(self.dir / "w24.npy", "b"), want)
        self.assertIn("6 of 10", run.stdout)
        result = json.loads((self.dir / "r.json").read_text())
        counts = [result[key] for key in ("n", "k", "nonzero_before", "nonzero")]
        self.assertEqual(counts, [3, 4, 10, 6])
        self.run_sparq("gemm", "a.npy", "w24.npy", "-o", "c.npy", "--sparse24")
        self.put("wide.npy", npy("h", (1, 6), [300, -301, 299, 0, 1, -1]))
        self.run_sparq("prune", "wide.npy", "-o", "w24.npy")
        self.assertEqual(read_npy(self.dir / "w24.npy", "h"), [300, -301, 0, 0, 1, -1])
        self.refuse("prune", "a.npy", "-o", "none/w", says=["a.npy", "|u1", "none/w"])
        self.refuse("prune", "none.npy", "-o", "w", says=["none.npy"])

    def test_packed_weights(self):
        # Groups of {index1, value1, index0, value0}, 20 bits; a row of two makes 40 and is padded to 48.
        self.put("w.npy", npy("b", (2, 6), [0, -1, 0, 3, 5, 0, 1, -100, 99, 0, 0, -2]))
        self.run_sparq("prune", "w.npy", "--stream", "w.bin", "--memory-bits", "16", "--json", "r.json")

        def group(index1, value1, index0, value0):
            return index1 << 18 | (value1 & 255) << 10 | index0 << 8 | (value0 & 255)

        rows = [(group(3, 3, 1, -1), group(0, 0, 0, 5)), (group(2, 99, 1, -100), group(0, 0, 1, -2))]
        want = b"".join((first | second << 20).to_bytes(6, "little") for first, second in rows)
        self.assertEqual((self.dir / "w.bin").read_bytes(), want)
        stream = json.loads((self.dir / "r.json").read_text())["stream"]
        self.assertEqual(stream, {"word_bits": 20, "memory_bits": 16, "rows": 2, "row_bytes": 6})
        self.put("w.npy", npy("b", (1, 4), [0, -8, 7, 0]))
        self.run_sparq("prune", "w.npy", "--stream", "w.bin", "-o", "same.npy", "--weight-bits", "4")
        word = 2 << 10 | 7 << 6 | 1 << 4 | 8
        self.assertEqual((self.dir / "w.bin").read_bytes(), word.to_bytes(4, "little"))
        self.assertEqual(read_npy(self.dir / "same.npy", "b"), [0, -8, 7, 0])
        self.put("w.npy", npy("b", (1, 4), [0, -9, 7, 0]))
        self.refuse("prune", "w.npy", "--stream", "w.bin", "--weight-bits", "4", says=["w.npy", "-9"])
        self.refuse(
            "prune", "w.npy", "--weight-bits", "1", "--memory-bits", "12",
            says=["--weight-bits = 1", "2..16", "--memory-bits = 12", "-o", "or --stream"],
        )
        self.refuse("prune", "w.npy", "-o", "x", "--stream", "x", says=["--stream"])

    def test_illegal_formats(self):
        for flags, says in (
            ("--placements 1,4", "must contain 0"),
            ("--placements 0,2", "must contain 0"),
            ("--placements 0,6 --window 2", "neighbours"),
            ("--placements 9opt", "5opt"),
            ("--placements 5opt --window 3", "--window = 3"),
            ("--activation-bits 3", "4..16"),
            ("--activation-bits 17", "4..16"),
            ("--activation-bits 10", "--placements"),
            ("--placements 0,1 --window 8", "--window = 8"),
            ("--placements 0,3,5 --window 3", "pair placements"),
            ("--vsparq --no-vsparq", "--no-vsparq"),
        ):
            self.refuse("encode", "a.npy", "-o", "y.npy", *flags.split(), says=[says])
        self.put("f.json", "{}")
        for other in ("--window=4", "--vsparq", "--no-vsparq", "--rounding=trim"):
            name = other.split("=")[0]
            self.refuse("encode", "a.npy", "-o", "y", "--format", "f.json", other, says=[name])
            self.refuse(
                *("gemm", "a.npy", "w.npy", "-o", "c", "--config", "c.json", other), says=[name]
            )
        self.refuse(
            *"gemm a.npy w.npy -o c --config c.json --format f.json".split(), says=["--format"]
        )

    def test_bad_arrays(self):
        good = npy("B", (2, 4), range(8))
        for content, says in (
            (npy("b", (2, 4), range(8)), ["|i1", "|u1"]),
            (npy("f", (2, 4), range(8)), ["<f4", "|u1"]),
            (npy("B", (8,), range(8)), ["shape"]),
            (npy("B", (2, 2, 2), range(8)), ["shape"]),
            (npy("B", (2, 4), range(8), fortran=True), ["fortran_order"]),
            (npy("B", (0, 4), []), ["shape"]),
            (good[:-1], ["truncated"]),
            (good[:9], ["bad.npy"]),
            (good + b"x", ["bad.npy"]),
            (b"PK\x03\x04" + good, ["magic"]),
            (b"", ["bad.npy"]),
        ):
            self.put("bad.npy", content)
            self.refuse("gemm", "bad.npy", "w.npy", "-o", "c.npy", says=["bad.npy", *says])
        self.put("big.npy", npy("B", (2, 4), [1, 2, 3, 4, 5, 16, 7, 8]))
        flags = "--activation-bits 4 --window 2 --placements 0,1,2".split()
        self.refuse("gemm", "big.npy", "w.npy", "-o", "c.npy", *flags, says=["[1,1]", "16"])
        self.put("k5.npy", npy("b", (3, 5), [0] * 15))
        self.refuse("gemm", "a.npy", "k5.npy", "-o", "c.npy", says=["a.npy", "k5.npy", "4", "5"])
        self.refuse("gemm", "a.npy", "none.npy", "-o", "c.npy", says=["none.npy"])


if __name__ == "__main__":
    unittest.main()
