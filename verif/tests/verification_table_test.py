#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts/verification_table.py makes of results that pass, fail, were skipped and are missing.
usage: verification_table_test.py SCRIPTS_DIR"""
import sys
import unittest

sys.path.insert(0, sys.argv.pop(1))
sys.dont_write_bytecode = True
import verification_table as made  # noqa: E402


def check(module, kind, cases=1, passed=True, **more):
    return {"module": f"sparq_{module}", "kind": kind, "cases": cases, "passed": passed, **more}


def certificate(name, kind, dataflow, checks):
    array = {"kind": kind, **({"dataflow": dataflow} if dataflow else {})}
    config = {"name": name, "array": array, "format": {"kind": "sparq"}}
    return {"config": config, "rtl_files": ["sparq_skew_line.v", f"sparq_{name}_array.v"], "checks": checks}


def mutants(module, noticed, equivalent, run=10, **more):
    return check(module, "mutation", run, mutants={"possible": 40, "noticed": noticed, "equivalent": equivalent}, **more)


SKEW = [check("skew_line", "proof"), check("skew_line", "random", 4000), mutants("skew_line", 9, 1)]
OS = certificate("a", "systolic", "output_stationary", SKEW + [
    check("a_array", "proof"), check("a_array", "proof", bound_cycles=10), check("a_array", "wiring", 1200),
    check("a_array", "wiring", 34), check("a_array", "mutation", 0, False, skipped="too large"),
    check("a_array", "inventory", 9)])
WS = certificate("b", "systolic", "weight_stationary", SKEW + [
    check("b_array", "random", 7, False), check("b_array", "sequence", 8),
    check("b_array", "wiring", 0, False, skipped="not yet"), check("b_array", "mutation", 0, False, skipped="too large")])


class Table(unittest.TestCase):
    def main_rows(self, *certificates):
        text = made.table(certificates, made.COLUMNS, made.main_cells)
        return [line for line in text.splitlines() if line.startswith("| `")], text

    def test_what_is_the_same_in_two_designs_is_one_row(self):
        rows, _ = self.main_rows(OS, WS)
        self.assertEqual(rows[0], "| `sparq_skew_line` (rtl/lib) | OS, WS | proved |  | 4,000 |  |  | 9 / 9 |  |  |")

    def test_tops_of_the_same_name_are_told_apart(self):
        rows, text = self.main_rows(OS, WS)
        self.assertEqual(rows[1], "| `array` | OS | proved, to 10 cycles |  |  | 1,234 |  | –<sup>1</sup> |  |  |")
        self.assertEqual(rows[2], "| `array` | WS |  |  | **1 of 2 failed** | –<sup>2</sup> |  | –<sup>1</sup> |  |  |")
        self.assertIn("<sup>1</sup> too large.", text)
        self.assertIn("<sup>2</sup> not yet.", text)

    def test_what_nobody_noticed_stays_in_the_score(self):
        hole = certificate("a", "tensor_core", "", [mutants("skew_line", 7, 1, passed=False)])
        rows, _ = self.main_rows(hole)
        self.assertEqual(rows[0], "| `sparq_skew_line` (rtl/lib) | TC |  |  |  |  |  | **7 / 9** |  |  |")
        text = made.table([hole], made.MUTANT_COLUMNS, made.mutant_cells)
        self.assertIn("| `sparq_skew_line` (rtl/lib) | TC | 10 of 40 | 7 | 1 | 2 |\n", text)

    def test_a_full_score_of_wrong_gates_is_no_score(self):
        rows, _ = self.main_rows(certificate("a", "tensor_core", "", [mutants("skew_line", 9, 1, passed=False)]))
        self.assertIn("**1 of 1 failed**", rows[0])

    def test_a_missing_row_is_missed(self):
        _, text = self.main_rows(OS, WS)
        pairs = {("`sparq_skew_line` (rtl/lib)", "OS"), ("`sparq_skew_line` (rtl/lib)", "WS"),
                 ("`array`", "OS"), ("`array`", "WS")}
        self.assertEqual(made.listed(text), pairs)
        without = "\n".join(line for line in text.splitlines() if "| WS" not in line)
        self.assertEqual(made.listed(without), pairs - {("`array`", "WS")})


if __name__ == "__main__":
    unittest.main()
