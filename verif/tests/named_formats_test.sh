#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `sparq verify` at the quick level for every named format and both baselines on one kind of array,
# each on an array of a size of its own, so that neighbourhoods that only some sizes have are met as
# well.
#
# usage: named_formats_test.sh SPARQ output_stationary|weight_stationary|tensor_core|sparse_tensor_core
set -euo pipefail
sparq=$1
kind=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

checked=0
verify() {  # FORMAT_JSON ROWS COLS DEPTH
  case $kind in
    *_stationary) array="\"kind\": \"systolic\", \"dataflow\": \"$kind\"" ;;
    *) array="\"kind\": \"$kind\", \"depth\": $4" ;;
  esac
  printf '{"format": %s, "array": {%s, "rows": %d, "cols": %d}}\n' "$1" "$array" "$2" "$3" > config.json
  "$sparq" verify config.json -o verified --quiet > log 2>&1 || {
    cat config.json log >&2
    exit 1
  }
  tail -n 1 log
  checked=$((checked + 1))
}
verify '{"placements": "5opt"}' 3 3 8
verify '{"placements": "3opt"}' 4 4 4
verify '{"placements": "2opt"}' 6 2 4
verify '{"placements": "6opt", "rounding": "trim"}' 7 3 4
verify '{"placements": "7opt"}' 2 6 8
verify '{"placements": "5opt", "vsparq": false}' 9 1 4
verify '{"placements": "5opt", "signed_activations": true}' 2 3 4
verify '{"kind": "int8"}' 5 4 4
verify '{"kind": "int4x8"}' 8 2 4
((checked == 9))
