#!/bin/bash
# Installs the Debian packages this project builds and tests with, those that are missing; says
# which. Works as root or through sudo, and does nothing when all are there.
#
# Usage: scripts/setup.sh [--check]
#   --check   only say what is missing; exit status 1 when something is
set -euo pipefail

packages=(
  # building
  g++ make cmake ninja-build ccache
  libcli11-dev libfmt-dev nlohmann-json3-dev libexpected-dev libssl-dev libdnnl-dev
  libonnx-dev libprotobuf-dev
  # simulation, lint, synthesis
  verilator clang zlib1g-dev yosys opensta iverilog qflow-tech-osu018
  # tests and checks
  libgtest-dev libgmock-dev libbenchmark-dev python3 clang-format clang-tidy
)

case "${1-}" in
  '' | --check) ;;
  *)
    echo "usage: scripts/setup.sh [--check]" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query > /dev/null; then
  echo "setup: this is not Debian; please install what these packages hold: ${packages[*]}" >&2
  exit 1
fi

installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${packages[@]}" \
  2> /dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxF "$package installed" <<< "$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

if [[ ${1-} == --check ]]; then
  echo "setup: missing: ${missing[*]}"
  exit 1
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo > /dev/null; then
    echo "setup: please install as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup: installing ${missing[*]}"
as_root+=(env DEBIAN_FRONTEND=noninteractive)
install=("${as_root[@]}" apt-get install --yes --no-install-recommends)
fetch_lists() {
  echo "setup: fetching the package lists"
  "${as_root[@]}" apt-get update < /dev/null
}
# The lists are fetched only when there are none, or they name files that are no longer there.
"${install[@]}" --simulate "${missing[@]}" > /dev/null 2>&1 < /dev/null || fetch_lists
if ! "${install[@]}" "${missing[@]}" < /dev/null; then
  fetch_lists
  "${install[@]}" "${missing[@]}" < /dev/null
fi
