// SPDX-License-Identifier: Apache-2.0
// A table of input and expected output values, applied to a module row by row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "verif/harness/dut.h"

namespace sparq::verif {

class Vectors {
 public:
  // Names of ports of at most 64 bits. With `clocked` a row is one clock cycle: inputs are applied,
  // clk_i rises, and outputs are compared before they change again.
  Vectors(std::vector<std::string> inputs, std::vector<std::string> outputs, bool clocked)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)), clocked_(clocked) {}

  // One value per input and, per output, what is expected; nothing where any value will do.
  void add(std::span<const uint64_t> inputs, std::span<const std::optional<uint64_t>> expected);

  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }
  bool clocked() const { return clocked_; }
  size_t rows() const { return rows_; }
  std::span<const uint64_t> input_row(size_t row) const;
  std::span<const std::optional<uint64_t>> expected_row(size_t row) const;

  // Rows [from, to) alone.
  Vectors slice(size_t from, size_t to) const;

 private:
  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
  bool clocked_;
  size_t rows_ = 0;
  std::vector<uint64_t> input_values_;
  std::vector<std::optional<uint64_t>> expected_values_;
};

struct Mismatch {
  size_t row;
  std::string port;
  int width;  // bits
  uint64_t expected;
  uint64_t got;
};

// Applies every row in turn and stops at the first output that differs.
std::optional<Mismatch> run_vectors(Dut& dut, const Vectors& vectors);

// "0b00011011", `width` digits.
std::string bits_text(uint64_t value, int width);

}  // namespace sparq::verif
