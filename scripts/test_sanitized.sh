#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds everything with AddressSanitizer and UndefinedBehaviorSanitizer and runs the tests that are
# not labelled `slow`.
#
# usage: scripts/test_sanitized.sh BUILD_DIR MODEL_CACHE
set -euo pipefail
build=$1 cache=$2
source=$(cd "$(dirname "$0")/.." && pwd)
cmake -S "$source" -B "$build" -G Ninja -D CMAKE_BUILD_TYPE=Debug \
  -D CMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -D SPARQ_SANITIZE=ON -D SPARQ_TEST_CACHE="$cache" \
  --log-level=NOTICE
ninja -C "$build" -j "$(nproc)"
ctest --test-dir "$build" --output-on-failure --parallel "$(nproc)" --label-exclude slow \
  --no-tests=error
