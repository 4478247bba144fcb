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
  // Names of ports, or of their bits, such as "weight_i[127:64]"; at most 64 bits each. With
  // `clocked` a row is one clock cycle: inputs are applied, clk_i rises, and outputs are compared
  // before they change again.
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

// A name in a table of vectors.
struct PortBits {
  std::string port;
  int at;
  int bits;
};
// `width`: of the whole port.
PortBits port_bits(const std::string& name, int width);
std::string port_of(const std::string& name);

// The names for a port of that width: itself, or where it is wider than 64 bits its parts, the
// lowest bits first.
std::vector<std::string> part_names(const std::string& port, int width);

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
