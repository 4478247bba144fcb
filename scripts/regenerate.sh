#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Regenerates rtl/reference, the committed output of a few named configurations. With --check it
# changes nothing and fails when what is committed differs from what the generator emits.
#
# usage: scripts/regenerate.sh [--check] [path of the sparq command]
set -euo pipefail
cd "$(dirname "$0")/.."

check=false
if [ "${1:-}" = --check ]; then
  check=true
  shift
fi
sparq=${1:-build/app/sparq}

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
for name in sa16_5opt sa16_6opt sa16_int8 sa16_int4x8 tc4_5opt stc4_5opt ws16_5opt; do
  "$sparq" gen "configs/$name.json" -o "$fresh/$name" --quiet >/dev/null
done
if $check; then
  if ! diff -r rtl/reference "$fresh"; then
    echo "rtl/reference differs from what the generator emits: run scripts/regenerate.sh and review" >&2
    exit 1
  fi
  echo "rtl/reference is what the generator emits"
else
  rm -rf rtl/reference
  cp -r "$fresh" rtl/reference
  chmod -R u+w rtl/reference
  echo "rtl/reference regenerated"
fi
