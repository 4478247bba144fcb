#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies one design of each kind at the full level and writes the tables of README.md and
docs/verification.md: every module, and what each kind of check found.

usage: scripts/verification_table.py SPARQ DIR
       scripts/verification_table.py SPARQ --check
  DIR      keeps the results, one directory per design; those newer than SPARQ are not made again,
           so that the work can be done in parts
  --check  only compare: exit status 1 when the tables do not list exactly the modules of the designs
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DESIGNS = [f"{array}_{fmt}" for array in ("sa16", "ws16", "tc4", "stc4") for fmt in ("5opt", "int4x8", "int8")]
COLUMNS = ["module", "in", "proved", "exhaustive", "random", "wired", "covered", "mutants", "gate level", "Icarus"]
MUTANT_COLUMNS = ["module", "in", "run of possible", "noticed", "equivalent", "holes"]
BEGIN = "<!-- scripts/verification_table.py writes the table below -->\n"
END = "<!-- end of the verification table -->\n"


def kind_of(config):
    """What tells designs apart; the tops of both systolic arrays have the same name."""
    array = config["array"]
    kind = array["dataflow"] if array["kind"] == "systolic" else array["kind"]
    short = {"output_stationary": "OS", "weight_stationary": "WS", "tensor_core": "TC", "sparse_tensor_core": "STC"}
    fmt = config["format"]["kind"]
    return short[kind] if fmt == "sparq" else f"{short[kind]} {fmt}"


def label(module, config):
    own = f"sparq_{config['name']}_"
    return f"`{module.removeprefix(own)}`" if module.startswith(own) else f"`{module}` (rtl/lib)"


class Notes:
    """Reasons for what was left out, numbered as they come."""

    def __init__(self):
        self.reasons = []

    def mark(self, reason):
        if reason not in self.reasons:
            self.reasons.append(reason)
        return f"–<sup>{self.reasons.index(reason) + 1}</sup>"

    def text(self):
        return "".join(f"\n<sup>{i}</sup> {reason}.  " for i, reason in enumerate(self.reasons, 1))


def proved(checks):
    bounds = [c["bound_cycles"] for c in checks if "bound_cycles" in c]
    free = ["proved"] if len(bounds) < len(checks) else []
    return ", ".join(free + [f"to {bound} cycles" for bound in sorted(set(bounds))])


def holes(check):
    counts = check.get("mutants")
    return check["cases"] - counts["noticed"] - counts["equivalent"] if counts else 0


def killed(checks):
    counts = [(c["mutants"]["noticed"], c["cases"] - c["mutants"]["equivalent"]) for c in checks]
    return f"{sum(n for n, _ in counts):,} / {sum(of for _, of in counts):,}"


def cases(checks):
    return f"{sum(c['cases'] for c in checks):,}"


def cell(checks, show, notes):
    """What stands for these checks of a module; nothing where there are none."""
    ran = [c for c in checks if "skipped" not in c]
    failed = sum(not c["passed"] for c in ran)
    if failed and any(holes(c) for c in ran):
        return f"**{show(ran)}**"
    if failed:
        return f"**{failed} of {len(ran)} failed**"
    if ran:
        return show(ran)
    return notes.mark(checks[0]["skipped"]) if checks else ""


def main_cells(checks, notes):
    def column(show, *kinds):
        return cell([c for c in checks if c["kind"] in kinds], show, notes)

    return [column(proved, "proof"), column(cases, "exhaustive"), column(cases, "random", "sequence"),
            column(cases, "wiring"), column(cases, "coverage"), column(killed, "mutation"),
            column(cases, "gate_level"), column(cases, "icarus")]


def mutant_cells(checks, notes):
    for c in checks:
        if c["kind"] == "mutation" and "mutants" in c:
            m = c["mutants"]
            return [f"{c['cases']:,} of {m['possible']:,}"] + [f"{n:,}" for n in (m["noticed"], m["equivalent"], holes(c))]
    return [cell([c for c in checks if c["kind"] == "mutation"], killed, notes), "", "", ""]


def rows(certificates, cells):
    """(label, cells) -> the designs in which a module has them, in order."""
    found = {}
    notes = Notes()
    for certificate in certificates:
        config = certificate["config"]
        for file in certificate["rtl_files"]:
            module = file.removesuffix(".v")
            checks = [c for c in certificate["checks"] if c["module"] == module]
            found.setdefault((label(module, config), *cells(checks, notes)), []).append(kind_of(config))
    return found, notes


def table(certificates, columns, cells):
    found, notes = rows(certificates, cells)
    lines = [columns, ["---"] * len(columns)]
    order = list(dict.fromkeys(row[0] for row in found))
    for row, kinds in sorted(found.items(), key=lambda item: order.index(item[0][0])):
        lines.append([row[0], ", ".join(kinds), *row[1:]])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines) + notes.text() + "\n"


def listed(text):
    """The (module, design) pairs of a table."""
    cells = [[c.strip() for c in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    return {(row[0], kind) for row in cells for kind in row[1].split(", ")}


def split(path):
    before, rest = path.read_text().split(BEGIN)
    old, after = rest.split(END)
    return before, old, after


def verified(sparq, design, folder):
    path = folder / design / "certificate.json"
    if not path.exists() or path.stat().st_mtime < pathlib.Path(sparq).stat().st_mtime:
        command = [sparq, "verify", ROOT / f"configs/{design}.json", "--level", "full", "-o", folder / design]
        # A failed check is a line of the table, too.
        if subprocess.run(command).returncode not in (0, 1):
            sys.exit(f"{design} cannot be verified")
    return json.loads(path.read_text())


def manifest(sparq, design, folder):
    subprocess.run([sparq, "gen", ROOT / f"configs/{design}.json", "-o", pathlib.Path(folder) / design],
                   check=True, stdout=subprocess.DEVNULL)
    return json.loads((pathlib.Path(folder) / design / "manifest.json").read_text())


def modules(sparq):
    with tempfile.TemporaryDirectory() as folder:
        made = [manifest(sparq, design, folder) for design in DESIGNS]
    return {(label(module["name"], m["config"]), kind_of(m["config"])) for m in made for module in m["modules"]}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sparq, where = sys.argv[1:]
    places = [(ROOT / "README.md", COLUMNS, main_cells), (ROOT / "docs/verification.md", MUTANT_COLUMNS, mutant_cells)]
    if where == "--check":
        expected = modules(sparq)
        for path, columns, _ in places:
            text = split(path)[1]
            if not text.startswith("| " + " | ".join(columns) + " |\n"):
                sys.exit(f"{path.name}: the table has other columns; make verification-table")
            if wrong := listed(text) ^ expected:
                sys.exit(f"{path.name}: missing or too much: {sorted(wrong)}; make verification-table")
        return
    folder = pathlib.Path(where)
    folder.mkdir(parents=True, exist_ok=True)
    certificates = [verified(sparq, design, folder) for design in DESIGNS]
    for path, columns, cells in places:
        before, _, after = split(path)
        path.write_text(before + BEGIN + table(certificates, columns, cells) + END + after)


if __name__ == "__main__":
    main()
