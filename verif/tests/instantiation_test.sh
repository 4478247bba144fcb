#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The instantiation examples of the interface documents elaborate with the emitted RTL in all three
# tools, and a width that does not fit is noticed.
#
# usage: instantiation_test.sh SPARQ SOURCE_DIR
set -euo pipefail
sparq=$1 root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# example CONFIG MODULE WIDE_PORT NARROWER PORT_OF_THE_CORE
example() {
  local config=$1 module=$2 wide=$3 narrow=$4 port=$5
  mkdir "$work/$config"
  cd "$work/$config"
  "$sparq" gen "$root/configs/$config.json" -o out --quiet > log
  cp "$root/examples/instantiation/$module.v" .
  verilator_accepts() {
    verilator --lint-only -Wall --language 1364-2005 --top-module "$module" "$1" out/rtl/*.v
  }
  verilator_accepts "$module.v"
  iverilog -g2005 -Wall -s "$module" -o elaborated "$module.v" out/rtl/*.v
  yosys -q -p "read_verilog $module.v out/rtl/*.v; hierarchy -check -top $module; check -assert"

  sed "s/$wide/$narrow/" "$module.v" > narrow.v
  if verilator_accepts narrow.v > log 2>&1; then
    echo "$module: a narrow port on $port went unnoticed" >&2
    exit 1
  fi
  grep -q "$port" log
}

example sa16_5opt matrix_unit '\[511:0\] row' '[255:0] row' row_data_o
example tc4_5opt tile_unit '\[511:0\] d ' '[255:0] d ' result_data_o
echo "the instantiation examples elaborate"
