#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over every file of the build, or over those of the parts that are named.

A file that passed before, with the same headers, checks and compiler flags, is not looked at again:
what passed is remembered by content in $SPARQ_LINT_CACHE, else ~/.cache/sparq-lint.

Usage: scripts/lint.py BUILD_DIR [PART...]
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(
    os.environ.get("SPARQ_LINT_CACHE") or pathlib.Path.home() / ".cache" / "sparq-lint"
)
OPTIONS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option"]  # GCC has warnings of its own
# The static analyzer takes four times as long as all other checks: it looks where vectors and
# files are read by address, not at tests.
ANALYZER = "--checks=clang-analyzer-*"
ANALYZED = ROOT / "golden"


def options_for(entry):
    return OPTIONS + [ANALYZER] * (pathlib.Path(entry["file"]).resolve().parent == ANALYZED)


def output_of(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def fingerprint(entry, version):
    """Of all that decides what clang-tidy will say; places of the trees are left out."""
    words = shlex.split(entry["command"])
    words = words[1:] if words[0].endswith("ccache") else words
    cut = words.index("-o")
    flags = words[1:cut] + words[cut + 2 :]
    rule = output_of(words[0], *flags, "-MM", cwd=entry["directory"])
    sources = rule.split(":", 1)[1].replace("\\\n", " ")
    digest = hashlib.sha256((version + (ROOT / ".clang-tidy").read_text()).encode())
    for flag in flags + options_for(entry):
        digest.update(flag.replace(entry["directory"], "").replace(str(ROOT), "").encode())
    for source in shlex.split(sources):
        digest.update((pathlib.Path(entry["directory"]) / source).read_bytes())
    return digest.hexdigest()


def lint(entry, build, version):
    passed = CACHE / fingerprint(entry, version)
    if passed.exists():
        passed.touch()
        return True
    run = subprocess.run(
        ["clang-tidy", "-p", build, *options_for(entry), entry["file"]],
        capture_output=True,
        text=True,
    )
    if run.returncode == 0:
        passed.touch()
        return True
    print(run.stdout + run.stderr, flush=True)
    return False


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = sys.argv[1]
    CACHE.mkdir(parents=True, exist_ok=True)
    version = output_of("clang-tidy", "--version")
    entries = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    if parts := [ROOT / part for part in sys.argv[2:]]:
        files = [(entry, pathlib.Path(entry["file"]).resolve()) for entry in entries]
        entries = [entry for entry, file in files if any(map(file.is_relative_to, parts))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda entry: lint(entry, build, version), entries))
    print(f"clang-tidy: {len(results)} files, {results.count(False)} with warnings")
    sys.exit(0 if results and all(results) else 1)


main()
