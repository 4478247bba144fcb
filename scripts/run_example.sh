#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on the shipped example: Verilog of a 16x16 array of 5opt elements, its units and the
# array checked, the convolution layers of the digits network run on it, its area beside both
# baselines.
#
# usage: scripts/run_example.sh SPARQ OUT_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
sparq=$1 out=$2
config=configs/sa16_5opt.json
mkdir -p "$out"

step() { printf '\n== %s\n' "$1"; }

step "Verilog of $config"
"$sparq" gen "$config" -o "$out/rtl"

step "Units and array against the golden model"
"$sparq" verify "$config" -o "$out/verify"

for layer in conv2 conv3; do
  step "Layer $layer of the digits network, real images: the emitted array against the golden model"
  for engine in reference rtl; do
    "$sparq" gemm "examples/digits/${layer}_activations.npy" "examples/digits/${layer}_weights.npy" \
      -o "$out/${layer}_$engine.npy" --config "$config" --engine $engine --json "$out/${layer}_$engine.json"
  done
  cmp "$out/${layer}_reference.npy" "$out/${layer}_rtl.npy"
  echo "equal to the last bit"
done

step "Area beside the conventional 8b-8b and the static 2x4b-8b array"
"$sparq" synth "$config" -o "$out/synth"

cat << END

Done. Under $out/:
  rtl/              the Verilog: rtl/*.v, files.f, manifest.json
  verify/           certificate.json, verify.json, JUnit XML
  conv*_*.npy       the layers' products (M x N, i32), one file per engine; cycles and utilization in *.json
  synth/            synth.json, report.txt, and each design's script, netlist and log
END
