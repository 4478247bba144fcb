#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The contract of the command line, with the real binary: results, exit statuses, messages, nothing
half-written. usage: command_test.py SPARQ [unittest arguments]"""
import array
import json
import os
import pathlib
import re
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SPARQ = os.path.abspath(sys.argv.pop(1))
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
KINDS = {"B": "|u1", "b": "|i1", "H": "<u2", "h": "<i2", "i": "<i4", "f": "<f4"}


def npy(kind, shape, values, fortran=False):
    shape_text = "".join(f"{n}, " for n in shape)
    text = f"{{'descr': '{KINDS[kind]}', 'fortran_order': {fortran}, 'shape': ({shape_text}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    return head + array.array(kind, values).tobytes()


def read_npy(path, kind):
    data = pathlib.Path(path).read_bytes()
    return array.array(kind, data[10 + struct.unpack("<H", data[8:10])[0] :]).tolist()


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sparq test ")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.put("a.npy", npy("B", (2, 4), [27, 255, 0, 17, 1, 0, 200, 3]))
        self.put("w.npy", npy("b", (3, 4), [1, 1, 1, 1, -128, 127, 5, -7, 0, 2, 0, -2]))
        self.put("c.json", '{"name": "mine", "array": {"rows": 2, "cols": 3}}')
        self.before = self.listing()

    def put(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def listing(self):
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*"))

    def run_sparq(self, *arguments, status=0, env=None, **options):
        run = subprocess.run(
            [SPARQ, *map(str, arguments)],
            cwd=options.pop("cwd", self.dir),
            env={**os.environ, **(env or {})},
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            **options,
        )
        self.assertEqual(run.returncode, status, f"{arguments}\n{run.stdout}{run.stderr}")
        return run

    def refuse(self, *arguments, says=(), status=2, env=None):
        """Exits with `status`, says all of `says` on stderr, and leaves nothing."""
        before = self.listing()
        run = self.run_sparq(*arguments, status=status, env=env)
        for text in says:
            self.assertIn(text, run.stderr)
        self.assertEqual(self.listing(), before)
        return run

    # What works

    def test_version_and_help(self):
        self.assertRegex(self.run_sparq("--version").stdout, r"^sparq \d+\.\d+\.\d+\n$")
        self.assertIn("Example", self.run_sparq("--help").stdout)
        for name in ("encode", "gemm", "gen", "verify", "synth", "doctor"):
            self.assertIn("Example", self.run_sparq(name, "--help").stdout)
        self.refuse(says=["subcommand"])

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

    # Wrong input

    def test_bad_command_lines(self):
        self.refuse("frobnicate", says=["frobnicate"])
        self.refuse("encode", says=["required", "--help"])
        self.refuse("gemm", "a.npy", "w.npy", "-o", "c.npy", "--bogus", says=["--bogus"])
        self.refuse("gemm", "a.npy", "w.npy", "-o", "c.npy", "--engine", "magic", says=["magic"])
        self.refuse("gemm", "a.npy", "w.npy", "-o", "c.npy", "--sparse24", says=["--sparse24"])

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

    # Outputs

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
            for command in ("encode a.npy", "gemm a.npy w.npy"):
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
        for command in ("encode a.npy", "gemm a.npy w.npy", "gen c.json"):
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

    # Tools, interrupts

    def fake_tool(self, name, script):
        path = self.put(f"bin/{name}", "#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{self.dir}/bin:{os.environ['PATH']}"}

    def fake_compiler(self, name, script):
        """Tells its version; does `script` when there is something to compile."""
        version = 'case "$1" in -dumpversion) exec echo 14.0.6;; -dumpfullversion) exec echo 12.2.0;; esac'
        return self.fake_tool(name, f"{version}\n{script}")

    def link_programs(self, folder, without):
        """Links every program on PATH into `folder`, but one."""
        for place in os.environ["PATH"].split(":"):
            for program in pathlib.Path(place).glob("*"):
                link = pathlib.Path(folder) / program.name
                if program.name != without and not link.is_symlink():
                    link.symlink_to(program)

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

    def interrupt(self, process, wait_for, sent=signal.SIGINT):
        deadline = time.monotonic() + 30
        while not wait_for() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(wait_for())
        process.send_signal(sent)
        self.assertEqual(process.wait(timeout=30), 130)

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
