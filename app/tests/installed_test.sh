#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The installed command: from a read-only prefix with a space in its path, outside the source tree,
# which is hidden while it runs (as root; others cannot hide it).
#
# usage: installed_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
if [[ ${1-} != --inside ]]; then
  source=$1 build=$2
  place=$(mktemp -d)
  trap 'chmod -R u+w "$place"; rm -rf "$place"' EXIT
  prefix="$place/a prefix"
  cmake --install "$build" --prefix "$prefix" > /dev/null
  chmod -R a-w "$prefix"
  cp "$0" "$place/test.sh"
  mkdir "$place/work place"
  cat > "$place/work place/my config.json" <<< '{"name": "mine", "array": {"rows": 2, "cols": 3}}'
  cd "$place/work place"
  if ((EUID == 0)); then
    unshare --mount bash "$place/test.sh" --inside "$prefix" "$source"
  else
    bash "$place/test.sh" --inside "$prefix"
  fi
  exit
fi

prefix=$2
if (($# == 3)); then
  mount -t tmpfs none "$3"
  mount --bind "$prefix" "$prefix"
  mount -o remount,ro,bind "$prefix"
fi
sparq="$prefix/bin/sparq"
export SPARQ_CACHE="$PWD/cache"
"$sparq" --version
"$sparq" doctor
"$sparq" eval --help > /dev/null
"$sparq" gen "my config.json" -o "my rtl"
test -s "my rtl/rtl/sparq_mine_array.v"
test -s "$prefix/share/sparq/configs/config.schema.json"
for config in "$prefix"/share/sparq/configs/sa*.json; do
  "$sparq" gen "$config" -o "my rtl" > /dev/null
done
"$sparq" gen "my config.json" -o "my rtl" > /dev/null
# (Verilator's own command line knows no spaces in file names.)
(cd "my rtl" && verilator --lint-only -Wall --top-module sparq_mine_array -f files.f)
"$sparq" verify "my config.json" -o "my checks" --json verified.json
grep -q '"passed"' verified.json
"$sparq" synth "my config.json" -o "my area" --json result.json
grep -q ratio_to_int8 result.json
leftovers=$(ls -A | grep -vxE 'cache|my config.json|my rtl|my area|my checks|verified.json|result.json' || true)
test -z "$leftovers" || { echo "left behind: $leftovers" >&2; exit 1; }
