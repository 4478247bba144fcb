// SPDX-License-Identifier: Apache-2.0
// What can multiply matrices: all engines give the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "app/host/failure.h"
#include "app/host/progress.h"
#include "golden/load.h"
#include "golden/spec/config.h"

namespace sparq::app {

enum class Engine {
  kReference,  // plain mathematics
  kFast,       // vectorized; golden::fast_supports() says what it takes
  kRtl,        // the emitted array, under Verilator
};

std::string_view to_text(Engine engine);

enum class Weights { kDense, kSparse24 };

// An empty name chooses kFast where that is possible, else kReference.
spec::Checked<Engine> choose_engine(const std::string& name, const spec::Config& config,
                                    Weights weights);

struct Simulated {
  std::string verilator;  // its version
  uint64_t cycles = 0;    // first accepted input to last accepted output, inclusive
  double macs_per_cycle = 0;
  double utilization = 0;
};

struct Product {
  // M x N; 64 bits for accumulators of more than 32.
  std::variant<golden::Matrix<int32_t>, golden::Matrix<int64_t>> values;
  double seconds = 0;  // encoding and GEMM, without building a simulator
  std::optional<Simulated> simulated = {};
  std::string mismatch = {};  // kRtl: where array and golden model differ; no values then
};

// kSparse24: at most 2 of the weights in every group of 4 are nonzero.
host::Result<Product> multiply(Engine engine, const golden::GemmInputs& inputs, Weights weights,
                               const spec::Config& config, host::Step& step);

}  // namespace sparq::app
