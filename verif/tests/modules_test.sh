#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The table of modules holds for the tree, and notices what is missing from it.
#
# usage: modules_test.sh SOURCE_DIR
set -euo pipefail
root=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root"/{golden,gen,rtl,verif,synth,configs,modules.cmake} "$copy"

holds() { cmake -D ROOT="$copy" -P "$copy/modules.cmake" > "$copy/log" 2>&1; }
refused() {
  if holds || ! tr -s ' \n' ' ' < "$copy/log" | grep -qF "$1"; then
    echo "expected a configure error that says: $1" >&2
    cat "$copy/log" >&2
    exit 1
  fi
}

holds || { cat "$copy/log" >&2; exit 1; }
touch "$copy/gen/emit/novel.cpp"
refused "gen/emit/novel.cpp has no row in modules.cmake"
rm "$copy/gen/emit/novel.cpp"
mv "$copy/golden/static4.cpp" "$copy/golden/away"
refused "module static4 has no golden file: golden/static4.cpp"
mv "$copy/golden/away" "$copy/golden/static4.cpp"
echo '#include "golden/trim_round.h"' >> "$copy/gen/emit/lane.cpp"
refused "gen/emit/lane.cpp may not see the golden model"
echo "the table of modules holds"
