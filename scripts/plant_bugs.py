#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants known bugs, one at a time, and requires that the check that should see it reports each.

The bugs are those of verif/planted/bugs.json: a change of text in the generator (and so in the
emitted RTL), in the RTL library or in the golden model, and the check that must report it: one of
`sparq verify` on a small configuration, or a unit test of the golden model. First the sound tree
must pass. Nothing is changed in the tree: the sources with a bug, what is compiled of them and the
program that is linked stand in a directory of their own. A bug whose text is not found, or that
does not compile, is an error.

Usage: scripts/plant_bugs.py BUILD_DIR [NAME]... [--table FILE]
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN_TESTS = "golden/golden_tests"
BEGIN = "<!-- The table is written by scripts/plant_bugs.py --table. -->"
END = "<!-- End of the table. -->"


def output_of(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Bench:
    """An installation of the command, in which sources are exchanged."""

    def __init__(self, build, scratch, configs):
        self.build = build
        self.scratch = scratch
        self.compile = {
            entry["file"]: entry
            for entry in json.loads((build / "compile_commands.json").read_text())
        }
        output_of(["cmake", "--install", build, "--prefix", scratch])
        self.sparq = scratch / "bin" / "sparq"
        self.golden_tests = scratch / "golden_tests"
        shutil.copy(self.sparq, scratch / "sound")
        for name, config in configs.items():
            (scratch / f"{name}.json").write_text(json.dumps({"name": name} | config))
        self.environment = {"SPARQ_CACHE": str(scratch / "cache")} | os.environ

    def link(self, target, objects, to):
        """The build's own link of `target`; `objects` come first and so replace a library's."""
        command = output_of(["ninja", "-C", self.build, "-t", "commands", target])
        last = command.strip().splitlines()[-1]
        at = f" -o {target} "
        links = [part for part in last.split(" && ") if part.count(at) == 1]
        if len(links) != 1:
            sys.exit(f"plant_bugs: the command that links {target} is not understood: {last}")
        parts = [*objects, "-o", to]
        new = "".join(f" {shlex.quote(str(part))}" for part in parts)
        subprocess.run(links[0].replace(at, new + " "), shell=True, check=True, cwd=self.build)

    def compiled(self, path, text):
        """The object of `path` as `text` has it."""
        entry = self.compile[str(ROOT / path)]
        source = self.scratch / path
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        words = shlex.split(entry["command"])
        words[words.index("-c") + 1] = source
        words[words.index("-o") + 1] = source.with_suffix(".o")
        # A bug may leave a variable unused; and it should be ready soon.
        subprocess.run([*words, "-w", "-O1"], check=True, cwd=entry["directory"])
        return source.with_suffix(".o")

    def plant(self, bug):
        """Whether it could be planted: what comes of it must compile."""
        path = bug["file"]
        text = (ROOT / path).read_text()
        for old, new in bug["changes"]:
            text = text.replace(old, new)
        try:
            if path.startswith("rtl/lib/"):
                (self.scratch / "share" / "sparq" / path).write_text(text)
            elif "test" in bug:
                self.link(GOLDEN_TESTS, [self.compiled(path, text)], self.golden_tests)
            else:
                self.link("app/sparq", [self.compiled(path, text)], self.sparq)
        except subprocess.CalledProcessError:
            return False
        return True

    def mend(self, bug):
        path = bug["file"]
        if path.startswith("rtl/lib/"):
            shutil.copy(ROOT / path, self.scratch / "share" / "sparq" / path)
        shutil.copy(self.scratch / "sound", self.sparq)

    def failed_test(self, program, test):
        """The unit test, if it fails, as a check: (suite, name, what it says)."""
        results = self.scratch / "tests.json"
        results.unlink(missing_ok=True)
        run = subprocess.run(
            [program, f"--gtest_filter={test}", f"--gtest_output=json:{results}"],
            capture_output=True, text=True,
        )
        if not results.exists():
            stopped = f"status {run.returncode}: {run.stderr.strip()[-300:]}"
            return [("golden_tests", "stopped", stopped)]
        suites = json.loads(results.read_text())["testsuites"]
        ran = [one for suite in suites for one in suite["testsuite"]]
        if not ran:
            return [("golden_tests", "missing", f"there is no test {test}")]
        return [
            (one["classname"], one["name"], one["failures"][0]["failure"])
            for one in ran if one.get("failures")
        ]

    def failed(self, config):
        """The checks that fail: (module, kind, what they say)."""
        results = self.scratch / "results.json"
        results.unlink(missing_ok=True)
        run = subprocess.run(
            [self.sparq, "verify", self.scratch / f"{config}.json", "--quiet",
             "-o", self.scratch / "verified", "--json", results],
            env=self.environment, capture_output=True, text=True,
        )
        if run.returncode not in (0, 1) or not results.exists():
            return [("sparq", "stopped", f"status {run.returncode}: {run.stderr.strip()[-300:]}")]
        checks = json.loads(results.read_text())["checks"]
        return [
            (re.sub(rf"^sparq_({config}_)?", "", check["module"]), check["kind"],
             check["title"] + "\n" + check.get("detail", ""))
            for check in checks if not check["passed"] and not check.get("skipped")
        ]


def place(path):
    if path.startswith("golden/"):
        return "golden model"
    return "library RTL" if path.startswith("rtl/lib/") else "emitted RTL"


def lost_anchors(bugs):
    """What must be changed is in its file, once."""
    lost = []
    for bug in bugs:
        file = ROOT / bug["file"]
        text = file.read_text() if file.exists() else ""
        for old, new in bug["changes"]:
            count = text.count(old)
            if count != 1:
                found = "not found" if count == 0 else f"found {count} times"
                lost.append(f"anchor {found} in {bug['file']}: bug {bug['name']}: {old}")
            text = text.replace(old, new)
    return lost


def expected(bug):
    """The check that must report it: (module, kind, part of what it says)."""
    if "test" in bug:
        return (*bug["test"].split("."), "")
    return tuple(bug["caught_by"])


def is_caught(bug, failures):
    module, kind, says = expected(bug)
    return any(m == module and k == kind and says in text for m, k, text in failures)


def runs_on(bug):
    return bug.get("config", "golden_tests")


def sound_tree_passes(bench, build, bugs):
    passes = True
    for config in dict.fromkeys(bug["config"] for bug in bugs if "config" in bug):
        start = time.monotonic()
        failures = bench.failed(config)
        for module, kind, text in failures:
            print(f"the sound tree fails: {config}: {module} {kind}: {text}", file=sys.stderr)
        passes = passes and not failures
        print(f"{'nothing':36} {config:12} {time.monotonic() - start:5.1f} s", flush=True)
    for test in dict.fromkeys(bug["test"] for bug in bugs if "test" in bug):
        for module, kind, text in bench.failed_test(build / GOLDEN_TESTS, test):
            print(f"the sound tree fails: {module} {kind}: {text}", file=sys.stderr)
            passes = False
    return passes


def try_bug(bench, bug):
    """Its failures."""
    if not bench.plant(bug):
        return [("sparq", "build", "does not compile")]
    if "test" in bug:
        return bench.failed_test(bench.golden_tests, bug["test"])
    return bench.failed(bug["config"])


def write_table(path, order, rows):
    """Renews the rows between the two marks of `path`; those of other bugs stay as they are."""
    fresh = {name: f"| `{name}` | | | not run yet | |" for name in order}
    head, rest = path.read_text().split(BEGIN)
    table, tail = rest.split(END)
    lines = {line.split(" | ")[0].strip("| `"): line for line in table.splitlines()[4:]}
    lines |= {name: f"| `{name}` | " + " | ".join(cells) + " |" for name, cells in rows.items()}
    kept = [(fresh | lines)[name] for name in order]
    columns = "| bug | planted in | run | reported by | and by |\n|---|---|---|---|---|\n"
    path.write_text(f"{head}{BEGIN}\n\n{columns}" + "\n".join(kept) + f"\n\n{END}{tail}")


def main():
    parser = argparse.ArgumentParser(description="Plants bugs and requires that each is reported.")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of bugs; default: all")
    parser.add_argument("--table", type=pathlib.Path, help="renews the bugs' rows in this document")
    arguments = parser.parse_intermixed_args()
    build = arguments.build.resolve()
    planted = json.loads((ROOT / "verif" / "planted" / "bugs.json").read_text())
    order = [bug["name"] for bug in planted["bugs"]]
    unknown = sorted(set(arguments.names) - set(order))
    if unknown:
        sys.exit(f"plant_bugs: no such bugs: {', '.join(unknown)}; there are: {', '.join(order)}")
    # All of them, whatever runs: a bug that no longer applies is a check that nothing tries.
    lost = lost_anchors(planted["bugs"])
    if lost:
        sys.exit("\n".join(f"plant_bugs: {line}" for line in lost))

    commands = build / "compile_commands.json"
    if not commands.exists():
        sys.exit(f"plant_bugs: {commands} does not exist: build the tree first")

    bugs = [bug for bug in planted["bugs"] if not arguments.names or bug["name"] in arguments.names]
    rows = {}
    missed = 0
    with tempfile.TemporaryDirectory(prefix="sparq-planted-") as scratch:
        bench = Bench(build, pathlib.Path(scratch), planted["configs"])
        if not sound_tree_passes(bench, build, bugs):
            return 1
        for bug in bugs:
            start = time.monotonic()
            failures = try_bug(bench, bug)
            bench.mend(bug)
            by = " ".join(expected(bug)[:2])
            also = ", ".join(sorted({f"{m} {k}" for m, k, _ in failures} - {by}))
            caught = is_caught(bug, failures)
            missed += not caught
            rows[bug["name"]] = (
                place(bug["file"]), runs_on(bug), by if caught else "**missed**", also)
            if arguments.table:
                write_table(arguments.table, order, rows)
            print(f"{bug['name']:36} {runs_on(bug):12} {time.monotonic() - start:5.1f} s  "
                  f"{'caught' if caught else 'MISSED'}  {by}; also: {also or 'none'}", flush=True)
            if not caught:
                for module, kind, text in failures:
                    print(f"    {module} {kind}: {text[:400]}", flush=True)
    print(f"{len(rows)} bugs planted, {len(rows) - missed} reported by the check that should see each")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
