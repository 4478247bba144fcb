#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The contract of the command line, with the real binary: configs, outputs, tools, interrupts; exit
statuses, messages, nothing half-written. usage: command_test.py SPARQ [unittest arguments]"""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from sparq_command import QUIET, SPARQ, Command, npy


class CommandTest(Command):
    def test_version_and_help(self):
        self.assertRegex(self.run_sparq("--version").stdout, r"^sparq \d+\.\d+\.\d+\n$")
        self.assertIn("Example", self.run_sparq("--help").stdout)
        for name in ("encode", "decode", "gemm", "prune", "gen", "verify", "synth", "eval", "doctor"):
            self.assertIn("Example", self.run_sparq(name, "--help").stdout)
        self.refuse(says=["subcommand"])

    def test_gen(self):
        run = self.run_sparq("gen", "c.json", "-o", "out dir", "--json", "r.json")
        self.assertIn("out dir", run.stdout)
        manifest = json.loads((self.dir / "out dir/manifest.json").read_text())
        self.assertIn("sparq", manifest["tool"])
        for name in (self.dir / "out dir/files.f").read_text().split():
            self.assertTrue((self.dir / "out dir" / name).is_file(), name)
        first = {p: p.read_bytes() for p in self.dir.glob("out dir/**/*.*")}
        self.put("out dir/leftover", "")
        self.run_sparq("gen", "c.json", "-o", "out dir", "--quiet")
        self.assertEqual(first, {p: p.read_bytes() for p in self.dir.glob("out dir/**/*.*")})
        self.assertFalse((self.dir / "out dir/leftover").exists())

    def test_a_narrow_accumulator_is_warned_of(self):
        self.put("narrow.json", '{"accumulator_bits": 20}')
        says = ["warning", "accumulator_bits = 20", "K = 16"]
        run = self.run_sparq("gen", "narrow.json", "-o", "out")
        for text in says:
            self.assertIn(text, run.stderr)
        # The warning comes before the work, which has no tools here.
        no_tools = {"PATH": str(self.dir)}
        for name in ("verify", "synth"):
            self.refuse(name, "narrow.json", status=3, says=says, env=no_tools)

    def test_bad_command_lines(self):
        self.refuse("frobnicate", says=["frobnicate"])
        self.refuse("encode", says=["required", "--help"])
        self.refuse("gemm", "a.npy", "w.npy", "-o", "c.npy", "--bogus", says=["--bogus"])
        self.refuse("gemm", "a.npy", "w.npy", "-o", "c.npy", "--engine", "magic", says=["magic"])

    def test_every_problem_at_once(self):
        self.put("f.npy", npy("f", (2, 4), [0.5] * 8))
        self.put("cut.npy", npy("b", (3, 4), [0] * 12)[:-1])
        self.refuse(
            *"gemm f.npy cut.npy -o none/c.npy --rounding up --activation-bits x".split(),
            says=["--rounding = up", "--activation-bits = x", "cut.npy", "none/c.npy"],
        )
        self.refuse(*"gemm f.npy cut.npy -o c.npy".split(), says=["f.npy", "<f4", "cut.npy"])

        self.put("bad.json", '{"weight_bits": 1}')
        self.refuse(
            *"verify bad.json -o none/v --json none/r --level foo --jobs -1 --seed x".split(),
            says=["--level = foo", "--jobs = -1", "--seed = x", "weight_bits = 1", "-o = none/v",
                  "--json = none/r"],
        )
        for jobs in ("0", "257", "1.5", "99999999999"):
            self.refuse("verify", "c.json", "--jobs", jobs, says=[f"--jobs = {jobs}", "1..256"])
        self.refuse(
            *"synth bad.json --liberty none.lib --clock-ns 0 -o none/s".split(),
            says=["weight_bits = 1", "none.lib", "--clock-ns = 0", "-o = none/s"],
        )

    def test_bad_configs(self):
        for text, says in (
            ('{\n  "name": "x",\n  "array" {}\n}', ["line 3, column 11"]),
            ("", ["malformed JSON"]),
            ("[1]", ["one JSON object"]),
            ('{"nome": "x"}', ["nome", "unknown key"]),
            ('{"array": {"rows": 0, "cols": 5000}}', ["array.rows = 0", "array.cols = 5000"]),
            ('{"array": {"kind": "cube"}}', ["array.kind", "systolic"]),
            ('{"format": {"placements": [1, 4]}}', ["format.placements", "must contain 0"]),
            ('{"format": {"window_bits": 3, "placements": [0, 3, 5]}}', ["pair placements"]),
            ('{"format": {"rounding": "up"}, "accumulator_bits": 4}', ["rounding", "accumulator"]),
            ('{"schema_version": 2}', ["schema_version = 2"]),
            ('{"name": "Bad Name"}', ["name = Bad Name"]),
            ('{"name": "x", "name": "y"}', ["twice"]),
        ):
            self.put("bad.json", text)
            self.refuse("gen", "bad.json", "-o", "out", says=["bad.json", *says])
        self.refuse("gen", "none.json", "-o", "out", says=["none.json"])
        self.refuse("gen", ".", "-o", "out")

    def test_schema_of_configs(self):
        folder = pathlib.Path(__file__).resolve().parents[2] / "configs"
        schema = json.loads((folder / "config.schema.json").read_text())
        objects = {"": schema, **schema["$defs"]}
        defaults = {}
        for name, part in objects.items():

            def config(key, value):
                return json.dumps({name: {key: value}} if name else {key: value})

            self.put("bad.json", config("no such key", 0))
            run = self.refuse("gen", "bad.json", "-o", "out", says=["unknown key"])
            known = re.search(r"known here: (.*)", run.stderr)[1].split(", ")
            self.assertEqual(known, sorted(part["properties"]), name)
            for key, rule in part["properties"].items():
                wrong = {"no such value"} if "enum" in rule else set()
                if rule.get("type") == "integer":
                    least, most = (rule.get(end, rule.get("const")) for end in ("minimum", "maximum"))
                    wrong = {least - 1, most + 1}
                for value in wrong:
                    self.put("bad.json", config(key, value))
                    self.refuse("gen", "bad.json", "-o", "out", says=[key])
                if "default" in rule:
                    (defaults.setdefault(name, {}) if name else defaults)[key] = rule["default"]
        self.assertEqual(set(defaults), set(schema["properties"]) - {"name"})
        digests = set()
        for content in ({}, defaults):
            self.put("c.json", json.dumps(content))
            self.run_sparq("gen", "c.json", "-o", "out", "--json", "r.json")
            digests.add(json.loads((self.dir / "r.json").read_text())["config_digest"])
        self.assertEqual(len(digests), 1)

        files = [path for path in folder.glob("*.json") if path.name != "config.schema.json"]
        self.assertGreater(len(files), 5)
        for path in files:
            content = json.loads(re.sub("//.*", "", path.read_text()))
            for name, part in objects.items():
                used = set(content.get(name, {}) if name else content)
                self.assertLessEqual(used, set(part["properties"]), path)

    def test_unwritable_outputs(self):
        self.put("full dir/file", "mine")
        self.put("theirs/manifest.json", '{"tool": "another"}')
        for target in ("none/out", "a.npy", "a.npy/out", "/proc/out", "full dir", "theirs", "."):
            self.refuse("gen", "c.json", "-o", target, says=["-o", target])
        for target in ("none/y", "full dir", "a.npy/y", "/proc/y", "/dev/full"):
            self.refuse("encode", "a.npy", "-o", target, says=["-o", target])
        for target in ("none/r", "full dir", "a.npy/r", "/proc/r"):
            self.refuse("gen", "c.json", "-o", "out", "--json", target, says=["--json", target])
        with open("/dev/full", "w") as full:
            self.run_sparq("doctor", status=2, stdout=full)

    def test_outputs_that_clash(self):
        self.put("old.npy", "")
        (self.dir / "link").symlink_to("old.npy")
        (self.dir / "o").mkdir()
        for output, result in (("c.npy", "./c.npy"), ("old.npy", "link"), ("link", "old.npy")):
            for command in ("encode a.npy", "gemm a.npy w.npy", "prune w.npy"):
                command = [*command.split(), "-o", output, "--json", result]
                self.refuse(*command, says=[f"--json = {result}", "output of -o"])
        for command in ("gen", "verify", "synth"):
            for result in ("o", "o/r.json"):
                self.refuse(command, "c.json", "-o", "o", "--json", result, says=["--json", "-o"])
        case = "verify c.json --case c --wave w.fst --json w.fst".split()
        self.refuse(*case, says=["--json = w.fst", "output of --wave"])
        self.run_sparq(*"gemm a.npy w.npy -o /dev/null --json /dev/null".split())

    def test_all_outputs_or_none(self):
        full = ["--json", "/dev/full"]
        for command in ("encode a.npy", "gemm a.npy w.npy", "prune w.npy", "gen c.json"):
            self.refuse(*command.split(), "-o", "o", *full, says=["--json = /dev/full"])
        for name in ("verify", "synth"):  # fail before there is anything to write
            self.refuse(name, "c.json", status=3, env={"PATH": str(self.dir)})

    def test_old_outputs_stay_when_the_run_fails(self):
        self.put("y.npy", "old")
        self.run_sparq("gen", "c.json", "-o", "out")
        self.put("bad.json", "{")
        self.refuse("encode", "none.npy", "-o", "y.npy")
        self.refuse("gen", "bad.json", "-o", "out")
        self.assertEqual((self.dir / "y.npy").read_text(), "old")
        self.assertTrue((self.dir / "out/manifest.json").exists())

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_full_disk(self):
        (self.dir / "disk").mkdir()
        script = """
            mount -t tmpfs -o size=16k none disk
            "$0" gen c.json -o disk/out; echo $?
            "$0" gemm big.npy w.npy -o disk/c.npy; echo $?
            ls -A disk"""
        self.put("big.npy", npy("B", (9000, 4), [1] * 36000))
        run = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, SPARQ],
            cwd=self.dir,
            capture_output=True,
            text=True,
        )
        self.assertEqual(run.stdout, "2\n2\n", run.stderr)
        self.assertEqual(run.stderr.count("No space left on device"), 2, run.stderr)

    def test_doctor(self):
        run = self.refuse("doctor", env={"PATH": str(self.dir)}, status=3)
        for package in ("verilator", "yosys", "iverilog", "g++"):
            self.assertIn(f"MISSING  {package}", run.stdout)
        self.assertRegex(run.stdout, "apt-get install .*clang")
        env = self.fake_tool("verilator", "echo 'Verilator 4.038 2020-07-11 rev v4.036'")
        self.assertIn("too old", self.run_sparq("doctor", status=3, env=env).stdout)
        env = self.fake_tool("verilator", "kill -9 $$")
        self.assertIn("signal 9", self.run_sparq("doctor", status=3, env=env).stdout)

    def test_doctor_says_what_verify_will_say(self):
        # The data files and the default library are there: they are no programs.
        for gone, status in (("clang++", 0), ("g++", 0), ("iverilog", 3), ("yosys", 3)):
            with tempfile.TemporaryDirectory() as others, self.subTest(gone):
                self.link_programs(others, without=gone)
                env = {"PATH": others}
                mark = "MISSING" if status else "absent"
                run = self.run_sparq("doctor", status=status, env=env)
                self.assertRegex(run.stdout, rf"(?m)^{mark} +{re.escape(gone)} ")
                if status:
                    self.refuse("verify", "c.json", "-o", "v", status=3, says=[gone], env=env)

    def test_interrupt_ends_children(self):
        pid_file = self.dir / "pid"
        env = self.fake_tool("verilator", f'sleep 100 & echo $! > "{pid_file}"; wait')
        with subprocess.Popen([SPARQ, "doctor"], cwd=self.dir, env={**os.environ, **env}, **QUIET) as run:
            self.interrupt(run, lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
        try:
            state = pathlib.Path(f"/proc/{pid_file.read_text().strip()}/stat").read_text()
            self.assertIn(state.split()[2], "ZX")
        except FileNotFoundError:
            pass

    def test_interrupt_leaves_nothing(self):
        self.put("big.npy", npy("B", (3000, 2000), bytes(6_000_000)))
        self.put("bigw.npy", npy("b", (3000, 2000), bytes(6_000_000)))
        self.put("old.npy", "old")
        before = self.listing()
        command = [SPARQ, "gemm", "big.npy", "bigw.npy", "-o", "old.npy", "--json", "r.json"]
        for sent in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen(command, cwd=self.dir, **QUIET) as run:
                self.interrupt(run, lambda: len(self.listing()) == len(before) + 2, sent)
            self.assertEqual(self.listing(), before)
        self.assertEqual((self.dir / "old.npy").read_text(), "old")


if __name__ == "__main__":
    unittest.main()
