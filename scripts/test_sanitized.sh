#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds with AddressSanitizer and UndefinedBehaviorSanitizer and runs tests: of the PARTs (top-level
# directories) alone, or, without any, of everything but what is labelled `slow`.
#
# usage: scripts/test_sanitized.sh BUILD_DIR MODEL_CACHE [PART ...]
set -euo pipefail
build=$1 cache=$2
shift 2
source=$(cd "$(dirname "$0")/.." && pwd)
# Unoptimized: these files take longer to compile than to run.
cmake -S "$source" -B "$build" -G Ninja -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-g1 \
  -D SPARQ_SANITIZE=ON -D SPARQ_TEST_CACHE="$cache" --log-level=NOTICE
ninja -C "$build" -j "$(nproc)" "${@/%//all}"
for part in "${@:-.}"; do
  ctest --test-dir "$build/$part" --output-on-failure --parallel "$(nproc)" --label-exclude slow \
    --no-tests=error
done
