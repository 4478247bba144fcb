#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `sparq verify` at the quick level for every shipped configuration of one kind of array, and for what
# these leave out of the named formats and their options. The latter have an array of a size of its own
# each, so that neighbourhoods that only some sizes have are met as well.
#
# usage: named_formats_test.sh SPARQ CONFIG_DIR output_stationary|weight_stationary|tensor_core|sparse_tensor_core
set -euo pipefail
sparq=$1
configs=$2
kind=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

checked=0
verify() {  # CONFIG_FILE
  "$sparq" verify "$1" -o verified --quiet > log 2>&1 || {
    cat "$1" log >&2
    exit 1
  }
  tail -n 1 log
  checked=$((checked + 1))
}
small() {  # FORMAT_JSON ROWS COLS DEPTH
  case $kind in
    *_stationary) array="\"kind\": \"systolic\", \"dataflow\": \"$kind\"" ;;
    *) array="\"kind\": \"$kind\", \"depth\": $4" ;;
  esac
  printf '{"format": %s, "array": {%s, "rows": %d, "cols": %d}}\n' "$1" "$array" "$2" "$3" > config.json
  verify config.json
}
case $kind in
  output_stationary) shipped=sa16 left=2 ;;
  weight_stationary) shipped=ws16 left=7 ;;
  tensor_core) shipped=tc4 left=3 ;;
  sparse_tensor_core) shipped=stc4 left=3 ;;
esac
of_this_kind=("$configs/$shipped"_*.json)
for config in "${of_this_kind[@]}"; do verify "$config"; done

small '{"placements": "6opt", "rounding": "trim"}' 7 3 4
small '{"placements": "5opt", "vsparq": false}' 9 1 4
if [ "$kind" != output_stationary ]; then
  small '{"placements": "5opt", "signed_activations": true}' 2 3 4
fi
if [ "$kind" = weight_stationary ]; then
  small '{"placements": "3opt"}' 4 4 4
  small '{"placements": "2opt"}' 6 2 4
  small '{"placements": "6opt"}' 3 3 8
  small '{"placements": "7opt"}' 2 6 8
fi
((checked == ${#of_this_kind[@]} + left && ${#of_this_kind[@]} >= 3))
