#!/bin/bash
# Formats every C++ file of ours with clang-format; --check only says which are not.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find app examples gen golden net synth verif \( -name '*.h' -o -name '*.cpp' \) | sort)
((${#files[@]})) || { echo "format: no files found" >&2; exit 1; }
if [[ ${1-} == --check ]]; then
  clang-format --dry-run --Werror "${files[@]}"
else
  clang-format -i "${files[@]}"
fi
