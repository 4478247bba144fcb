#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The instantiation example of docs/array-interface.md elaborates with the emitted array in all three
# tools, and a width that does not fit is noticed.
#
# usage: instantiation_test.sh SPARQ SOURCE_DIR
set -euo pipefail
sparq=$1 root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$sparq" gen "$root/configs/sa16_5opt.json" -o "$work/sa16" --quiet > "$work/log"
cp "$root/examples/instantiation/matrix_unit.v" "$work/"
cd "$work"

verilator_accepts() {
  verilator --lint-only -Wall --language 1364-2005 --top-module matrix_unit "$1" sa16/rtl/*.v
}
verilator_accepts matrix_unit.v
iverilog -g2005 -Wall -s matrix_unit -o elaborated matrix_unit.v sa16/rtl/*.v
yosys -q -p "read_verilog matrix_unit.v sa16/rtl/*.v; hierarchy -check -top matrix_unit; check -assert"

sed 's/\[511:0\] row/[255:0] row/' matrix_unit.v > narrow.v
if verilator_accepts narrow.v > log 2>&1; then
  echo "a row of 256 bits on a port of 512 went unnoticed" >&2
  exit 1
fi
grep -q row_data_o log
echo "the instantiation example elaborates"
