// SPDX-License-Identifier: Apache-2.0
// The operands on which `sparq synth` measures energy.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "golden/load.h"
#include "golden/spec/config.h"
#include "synth/energy.h"

namespace sparq::app {

struct OperandFiles {
  std::string activations;
  std::string weights;

  std::string names() const;  // without directories
};

// The user's files; where one is not given, that of the example network below `data`, which serves
// 8-bit formats only. Nothing when there are none to take.
std::optional<OperandFiles> operand_files(const OperandFiles& given, const spec::Config& config,
                                          const std::filesystem::path& data);

// The array with one row and one column: its unit sees what one unit of the whole array sees.
// Nothing for arrays that keep weights, take 2:4 weights or encoded activations.
std::optional<spec::Config> one_cluster(const spec::Config& config);

// About 2,300 MACs: rows spread over all activations, each times the next row of weights, behind
// one such product that warms up. A tensor core gets the sum so far as its addend.
synth::Operands operands_for(const spec::Config& config, const golden::GemmInputs& inputs);

}  // namespace sparq::app
