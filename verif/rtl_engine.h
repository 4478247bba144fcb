// SPDX-License-Identifier: Apache-2.0
// A GEMM on the emitted array, simulated, with every row checked against the golden model: its fast
// engine where that supports the format, else its reference. The fast engine's own tests compare it
// with the reference; a mismatch states the reference's value too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/host/failure.h"
#include "gen/generate.h"
#include "golden/matrix.h"

namespace sparq::verif {

struct RtlOptions {
  int jobs = 2;  // compilers at once; the simulation itself uses one core
  std::function<void(size_t done, size_t total)> progress = {};  // in tiles
};

struct RtlResult {
  golden::Matrix<int64_t> product;  // M x N, P-bit two's complement
  uint64_t cycles = 0;              // first accepted step to last accepted result, inclusive
  double macs_per_cycle = 0;        // useful ones: M * N * K, no padding
  double utilization = 0;           // macs_per_cycle over rows * cols * k_per_step
  double build_seconds = 0;         // of the simulator; next to nothing when it is cached
  double seconds = 0;               // packing and simulation
  std::string verilator_version;    // "5.006"
  // Empty, or where array and golden model differ (no product then): tile, element, cycle, and the
  // operands of the element in bits, with window and shift. Several lines.
  std::string mismatch;
};

// A is M x K, every value < 2^A; W is N x K; M, N and K at least 1; on a sparse tensor core at most
// two of a group of 4 weights are nonzero. Tiles go row panel by row panel on an output-stationary
// array; verif/stream_engine.h says how on the others. X is uint8_t or uint16_t, W int8_t or
// int16_t.
template <class X, class W>
host::Result<RtlResult> gemm_rtl(const golden::Matrix<X>& activations,
                                 const golden::Matrix<W>& weights, const gen::Output& output,
                                 const RtlOptions& options = {});

}  // namespace sparq::verif
