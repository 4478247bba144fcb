#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The conformance kit and random configurations, with the real binary: who agrees, who does not, and
what is no answer. usage: conformance_test.py SPARQ [unittest arguments]"""
import json
import pathlib
import subprocess
import sys
import unittest

from sparq_command import Command

NAIVE = pathlib.Path(__file__).resolve().parents[2] / "verif/conformance/naive_sparq.py"


class ConformanceTest(Command):
    def setUp(self):
        super().setUp()
        self.run_sparq("conformance", "emit", "-o", "vectors")
        self.expected = json.loads((self.dir / "vectors/expected.json").read_text())

    def grade(self, answers, *arguments, **options):
        self.put("answers.json", json.dumps(answers))
        return self.run_sparq("conformance", "grade", "answers.json", *arguments, **options)

    def refuse_answers(self, answers, *arguments, says):
        self.put("answers.json", json.dumps(answers))
        self.refuse("conformance", "grade", "answers.json", *arguments, says=says)

    def test_the_naive_implementation_agrees(self):
        command = [sys.executable, NAIVE, "vectors/vectors.json", "naive.json"]
        subprocess.run(command, cwd=self.dir, check=True)
        run = self.run_sparq("conformance", "grade", "naive.json", "--json", "r.json")
        self.assertIn("all agree", run.stdout)
        result = json.loads((self.dir / "r.json").read_text())
        self.assertTrue(result["passed"])
        self.assertGreater(sum(case["values"] for case in result["cases"]), 50_000)
        cases = json.loads((self.dir / "vectors/vectors.json").read_text())["cases"]
        self.assertEqual({case["rule"] for case in cases},
                         {"value", "pair", "word", "stream", "gemm", "sparse24"})
        for name in ("5opt", "3opt", "2opt", "6opt", "7opt"):
            for rounding in ("nearest", "trim"):
                for rule in ("", "-novsparq"):
                    self.assertIn(f"pair/{name}-{rounding}{rule}", self.expected["answers"])

    def test_slips_of_implementations_are_found(self):
        """Each slip is one that a reader of the paper could make, and fails where it should."""
        text = NAIVE.read_text()
        for right, wrong, fails in (
            ("min(round(exact), 2**n - 1)", "int(exact + Fraction(1, 2))", "value/5opt-nearest"),
            ("if x < 2 ** (n + s)", "if x <= 2 ** (n + s)", "value/3opt-nearest"),
            ("(x0 and x1)", "(x0 > 1 and x1 > 1)", "pair/5opt-trim"),
            ("(s1) << digit_bits", "(s0) << digit_bits", "word/2opt-nearest"),
            ('width}b")[::-1]', 'width}b")', "stream/3opt-nearest"),
            ("for k in facing] + [0, 0]", "for k in facing] + [1, 1]", "sparse24/6opt-trim"),
            ("- 2 ** (bits - 1)\n", "- 2 ** (bits - 1) + 1\n", "gemm/5opt-nearest-p19"),
        ):
            with self.subTest(wrong):
                self.assertIn(right, text)
                self.put("slip.py", text.replace(right, wrong))
                command = [sys.executable, "slip.py", "vectors/vectors.json", "slip.json"]
                subprocess.run(command, cwd=self.dir, check=True)
                run = self.run_sparq("conformance", "grade", "slip.json", status=1)
                self.assertIn(f"FAILED: {fails}:", run.stdout)

    def test_differences_are_named(self):
        answers = self.expected["answers"]
        answers["value/5opt-nearest"][27] = 27
        answers["pair/3opt-trim"][5] += 1
        answers["gemm/int8-nearest" if "gemm/int8-nearest" in answers else "gemm/int8"][4] -= 1
        run = self.grade(self.expected, status=1)
        self.assertIn("value 27 (x = 27): expected 28, got 27", run.stdout)
        self.assertIn("pair/3opt-trim: 1 of", run.stdout)
        self.assertIn("value 4 (C[1, 0])", run.stdout)
        self.assertIn("3 cases FAILED", run.stdout)
        self.grade(self.expected, "--only", "word/", "--only", "pair/5opt")
        self.grade(self.expected, "--only", "pair/3opt", status=1)

    def test_no_answers(self):
        answers = self.expected["answers"]
        values = answers.pop("value/5opt-trim")
        answers["pair/5opt-trim"].pop()
        answers["word/5opt-trim"][3] = "7"
        self.refuse_answers(self.expected, says=["value/5opt-trim", "missing", "pair/5opt-trim",
                                                 "word/5opt-trim", 'value 3 is "7"'])
        self.grade(self.expected, "--only", "value/3opt")
        self.refuse_answers({"schema_version": 1, "answers": values}, says=["answers"])
        self.refuse_answers({"answers": {}}, says=["schema_version"])
        self.refuse_answers([], says=["one JSON object"])
        self.refuse_answers(self.expected, "--only", "x", says=["--only = x"])
        self.refuse("conformance", "grade", "none.json", says=["none.json"])
        self.refuse("conformance", says=["subcommand"])

    def test_the_same_bytes_every_time(self):
        before = {p.name: p.read_bytes() for p in (self.dir / "vectors").iterdir()}
        self.run_sparq("conformance", "emit", "-o", "vectors")
        self.assertEqual(before, {p.name: p.read_bytes() for p in (self.dir / "vectors").iterdir()})
        self.assertIn("Example", self.run_sparq("conformance", "--help").stdout)
        self.refuse("conformance", "emit", "-o", "none/v", says=["-o = none/v"])


class FuzzTest(Command):
    def test_a_short_run(self):
        flags = "--fuzz 0.01 --seed 2 --jobs 1 --quiet -o found --json r.json"
        run = self.run_sparq("verify", *flags.split())
        self.assertRegex(run.stdout, r"1 configurations, \d+ cases, seed 2: all agree")
        self.assertIn("format.rounding", run.stdout)
        result = json.loads((self.dir / "r.json").read_text())
        self.assertEqual([result["configs"], result["passed"], result["seed"]], [1, True, 2])
        self.assertTrue((self.dir / "found/fuzz.json").exists())

    def test_wrong_flags(self):
        for minutes in ("0", "-1", "x", "1e9", "nan"):
            self.refuse("verify", f"--fuzz={minutes}", says=["--fuzz = ", "minutes"])
        flags = "verify c.json --fuzz 1 --case f --wave w --seed x --jobs 0".split()
        self.refuse(*flags, says=["CONFIG = c.json", "--case", "--wave", "--seed", "--jobs"])
        self.refuse("verify", says=["CONFIG", "--fuzz"])


if __name__ == "__main__":
    unittest.main()
