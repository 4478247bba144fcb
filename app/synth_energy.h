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
};

// The user's files; where one is not given, that of the example network below `data`, which serves
// 8-bit formats only. Nothing when there are none to take.
std::optional<OperandFiles> operand_files(const OperandFiles& given, const spec::Config& config,
                                          const std::filesystem::path& data);

// What the report says of the operands: the files' names, and whether the weights had to be pruned.
std::string operands_line(const OperandFiles& files, const spec::Config& config,
                          const golden::GemmInputs& inputs);

// The part of the array that is simulated, whose units see what units of the whole array see: one
// row of a cluster's columns; of an array that keeps weights one column, up to 4 rows high; one
// unit of a tensor core.
spec::Config simulated_part(const spec::Config& config);

// For such a part, about 2,300 MACs per unit behind some that warm up. Rows are spread over all
// activations, each times the next rows of weights; 2:4 weights are pruned by magnitude where they
// are not sparse. A tensor core gets the sum so far as its addend. A column that keeps weights
// gets it, too: with each set of weights it takes the rows one after the other.
synth::Operands operands_for(const spec::Config& config, const golden::GemmInputs& inputs);

}  // namespace sparq::app
