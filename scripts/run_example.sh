#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job on the shipped example: RTL of a 16x16 array of 5opt elements, a real convolution
# layer of the digits network, area beside both baselines.
#
# usage: scripts/run_example.sh SPARQ OUT_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
sparq=$1 out=$2
config=configs/sa16_5opt.json
layer=examples/digits/conv2
mkdir -p "$out"

step() { printf '\n== %s\n' "$1"; }

step "Verilog of $config"
"$sparq" gen "$config" -o "$out/rtl"

step "A convolution layer of the digits network: vectorized against the reference"
for engine in reference fast; do
  "$sparq" gemm "${layer}_activations.npy" "${layer}_weights.npy" -o "$out/conv2_$engine.npy" \
    --config "$config" --engine $engine --json "$out/conv2_$engine.json"
done
cmp "$out/conv2_reference.npy" "$out/conv2_fast.npy"
echo "equal to the last bit"

step "Area beside the conventional 8b-8b and the static 2x4b-8b array"
"$sparq" synth "$config" -o "$out/synth"

printf '\n'
cat << END
Done. Under $out/:
  rtl/              the Verilog, rtl/files.f, rtl/manifest.json
  conv2_*.npy       the layer's products (M x N, i32), one file per engine; *.json beside them
  synth/            synth.json, report.txt, and each design's script, netlist and log
END
