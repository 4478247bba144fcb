// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/vectors.h"

#include <algorithm>

#include "golden/require.h"

namespace sparq::verif {
namespace {

// Bits of a port of the instance.
struct Bits {
  Port port;
  int at;
  int bits;

  void set(uint64_t value) { port.set(at, bits, value); }
  uint64_t get() const { return port.get(at, bits); }
};

std::vector<Bits> find_ports(const Dut& dut, const std::vector<std::string>& names) {
  std::vector<Bits> found;
  for (const std::string& name : names) {
    const Port port = dut.port(port_of(name));
    const PortBits bits = port_bits(name, port.width());
    found.push_back({port, bits.at, bits.bits});
  }
  return found;
}

}  // namespace

std::string port_of(const std::string& name) { return name.substr(0, name.find('[')); }

PortBits port_bits(const std::string& name, int width) {
  const size_t bracket = name.find('[');
  if (bracket == std::string::npos) return {name, 0, width};
  const size_t colon = name.find(':', bracket);
  golden::require(colon != std::string::npos && name.back() == ']', "bits such as [127:64]");
  const int high = std::stoi(name.substr(bracket + 1));
  const int low = std::stoi(name.substr(colon + 1));
  golden::require(0 <= low && low <= high && high < width, "bits of the port");
  return {port_of(name), low, high - low + 1};
}

std::vector<std::string> part_names(const std::string& port, int width) {
  if (width <= 64) return {port};
  std::vector<std::string> names;
  for (int at = 0; at < width; at += 64) {
    names.push_back(port + '[' + std::to_string(std::min(at + 64, width) - 1) + ':' +
                    std::to_string(at) + ']');
  }
  return names;
}

void Vectors::add(std::span<const uint64_t> inputs,
                  std::span<const std::optional<uint64_t>> expected) {
  golden::require(inputs.size() == inputs_.size() && expected.size() == outputs_.size(),
                  "a value for each port");
  input_values_.insert(input_values_.end(), inputs.begin(), inputs.end());
  expected_values_.insert(expected_values_.end(), expected.begin(), expected.end());
  ++rows_;
}

std::span<const uint64_t> Vectors::input_row(size_t row) const {
  return std::span(input_values_).subspan(row * inputs_.size(), inputs_.size());
}

std::span<const std::optional<uint64_t>> Vectors::expected_row(size_t row) const {
  return std::span(expected_values_).subspan(row * outputs_.size(), outputs_.size());
}

Vectors Vectors::slice(size_t from, size_t to) const {
  Vectors part(inputs_, outputs_, clocked_);
  for (size_t row = from; row < to; ++row) part.add(input_row(row), expected_row(row));
  return part;
}

std::optional<Mismatch> run_vectors(Dut& dut, const Vectors& vectors) {
  std::vector<Bits> inputs = find_ports(dut, vectors.inputs());
  const std::vector<Bits> outputs = find_ports(dut, vectors.outputs());
  Port clock = vectors.clocked() ? dut.port("clk_i") : Port();
  for (size_t row = 0; row < vectors.rows(); ++row) {
    const auto values = vectors.input_row(row);
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i].set(values[i]);
    if (vectors.clocked()) {
      clock.set_bit(false);
      dut.eval();
      clock.set_bit(true);
    }
    dut.eval();
    const auto expected = vectors.expected_row(row);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const uint64_t got = outputs[i].get();
      if (expected[i] && *expected[i] != got) {
        return Mismatch{row, vectors.outputs()[i], outputs[i].bits, *expected[i], got};
      }
    }
  }
  return std::nullopt;
}

std::string bits_text(uint64_t value, int width) {
  std::string text = "0b";
  for (int bit = width - 1; bit >= 0; --bit) text += ((value >> bit) & 1) != 0 ? '1' : '0';
  return text;
}

}  // namespace sparq::verif
