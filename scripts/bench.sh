#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The figures this project promises, measured side by side in one run. Ratios hold on a busy machine,
# absolute times do not: the load average stands at the top.
#
# usage: scripts/bench.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(cd "$1" && pwd)
sparq=$build/app/sparq

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SPARQ_CACHE=$work/cache

# Runs a command quietly; prints wall seconds and the peak memory of it and its children, in MB.
measured() {
  python3 - "$@" << 'END'
import resource, subprocess, sys, time
start = time.monotonic()
run = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.monotonic() - start
if run.returncode:
    sys.exit(f"{' '.join(sys.argv[1:])}: exit {run.returncode}\n{run.stderr}")
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"{seconds:.2f} s, peak memory {peak:.0f} MB")
END
}

echo "load average $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"

echo
echo "== dense fast GEMM beside oneDNN's own u8s8s32, one thread (must: 2048^3 <= 1.06, 3136x128x576 <= 1.15),"
echo "   and with 2:4 sparse weights beside the dense one (must: 3136x128x576 <= 3)"
"$build/golden/gemm_bench" --benchmark_filter='encode/5opt'

echo
echo "== simulated arrays, every row checked, one core (must: 5opt >= 150 M MAC/s and >= 0.9 x int8; build <= 12 s)"
"$build/verif/array_bench"

echo
echo "== gen, 128 x 128 (must: <= 0.5 s)"
echo '{"array": {"rows": 128, "cols": 128}}' > "$work/sa128.json"
measured "$sparq" gen "$work/sa128.json" -o "$work/sa128"

echo
echo "== synth, 16 x 16 with both baselines, nothing cached (must: <= 30 s)"
measured "$sparq" synth configs/sa16_5opt.json -o "$work/synth"

echo
echo "== verify, 16 x 16, quick level, nothing cached (must: <= 60 s)"
measured "$sparq" verify configs/sa16_5opt.json -o "$work/verify"

echo
echo "== verify, 16 x 16, full level, after that (must: <= 900 s)"
measured "$sparq" verify configs/sa16_5opt.json -o "$work/full" --level full

echo
echo "== fast GEMM of 2048^3 as a command (operands and result: 24 MB) and a simulated 256 x 256 x 2048 (must: <= 500 MB)"
python3 - "$work" << 'END'
import random, struct, sys
def npy(path, kind, shape, data):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data)
random.seed(1)
for stem, m, n, k in (("big", 2048, 2048, 2048), ("sim", 256, 256, 2048)):
    # About half of the activations are zero, as behind a ReLU.
    a = bytearray(random.randbytes(m * k))
    for i, keep in enumerate(random.randbytes(m * k)):
        if keep < 128: a[i] = 0
    npy(f"{sys.argv[1]}/{stem}_a.npy", "|u1", (m, k), bytes(a))
    npy(f"{sys.argv[1]}/{stem}_w.npy", "|i1", (n, k), random.randbytes(n * k))
END
measured "$sparq" gemm "$work/big_a.npy" "$work/big_w.npy" -o "$work/big_c.npy" --engine fast
# The model is built first, so that the compiler's memory does not count.
"$sparq" gemm "$work/sim_a.npy" "$work/sim_w.npy" -o "$work/sim_c.npy" --engine rtl > /dev/null 2>&1
measured "$sparq" gemm "$work/sim_a.npy" "$work/sim_w.npy" -o "$work/sim_c.npy" --engine rtl --json "$work/sim.json"

echo
echo "== array cycles: 256 back-to-back tiles of K = 2048 (must: utilization >= 0.97 of 2 x rows x cols MACs a cycle)"
python3 -c "import json; r = json.load(open('$work/sim.json')); print(f\"{r['cycles']} cycles, {r['macs_per_cycle']:.1f} MACs per cycle, utilization {r['utilization']:.4f}\")"
