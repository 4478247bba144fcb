#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Planted bugs apply to the tree, and one that no longer does is an error that names it.
#
# usage: planted_test.sh SOURCE_DIR
set -euo pipefail
root=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/scripts" "$copy/verif"
cp "$root/scripts/plant_bugs.py" "$copy/scripts"
cp -r "$root/verif/planted" "$copy/verif"
cp -r "$root"/{golden,gen,rtl} "$copy"

# Without a build nothing can be planted; anchors are looked for before that.
says() {
  if "$copy/scripts/plant_bugs.py" "$copy/no_build" > "$copy/log" 2>&1 ||
    ! grep -qF "$1" "$copy/log"; then
    echo "expected an error that says: $1" >&2
    cat "$copy/log" >&2
    exit 1
  fi
}

says "no_build/compile_commands.json does not exist"
if grep -F "anchor" "$copy/log"; then exit 1; fi
sed -i 's/half && (sticky/(sticky \&\& half/' "$copy/gen/emit/trim_round.cpp"
says "anchor not found in gen/emit/trim_round.cpp: bug missing_tie_rule"
echo "// return times(x, sign); twice" >> "$copy/golden/pair.cpp"
says "anchor found 2 times in golden/pair.cpp: bug golden_survivor_loses_its_sign"
rm "$copy/rtl/lib/sparq_skew_line.v"
says "anchor not found in rtl/lib/sparq_skew_line.v: bug skew_ignores_stalls"
echo "planted bugs apply"
