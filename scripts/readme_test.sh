#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the commands of README.md as a reader would. Every ```bash block is executed, in order, in one
# fresh directory that shows configs/ and examples/; the ```json block must be a legal config.
#
# usage: scripts/readme_test.sh DIRECTORY_OF_THE_SPARQ_COMMAND
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "$1" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$root/configs" "$root/examples" "$work/"

block() { awk -v start="^\`\`\`$1\$" '$0 ~ /^```/ && on { on = 0 } on; $0 ~ start { on = 1 }' "$root/README.md"; }

block bash >"$work/tour.sh"
block json >"$work/config.json"
commands=$(grep -c '^sparq ' "$work/tour.sh")
if [ "$commands" -lt 8 ]; then
  echo "README.md: found only $commands commands in its bash blocks" >&2
  exit 1
fi

cd "$work"
export PATH="$bin:$PATH"
bash -euo pipefail tour.sh
sparq gen config.json -o from_readme
cmp -s from_readme/manifest.json sa16_5opt/manifest.json || {
  echo "README.md: its JSON block is no longer configs/sa16_5opt.json" >&2
  exit 1
}
echo "README.md: $commands commands and the config work as written"
