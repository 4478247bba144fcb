// SPDX-License-Identifier: Apache-2.0
// One instance of a compiled module: its ports, its clock edges and, when wanted, its waveform.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace sparq::verif {

// A port as the compiled model lays it out: bit i of the port is bit i % 8 of byte i / 8.
class Port {
 public:
  Port() = default;
  Port(void* data, int width) : data_(static_cast<unsigned char*>(data)), width_(width) {}

  int width() const { return width_; }  // bits
  // 1, 2, 4, 8 or, beyond 64 bits, whole 32-bit words. Bits above the width must stay zero.
  size_t bytes() const { return storage_bytes(width_); }
  unsigned char* data() { return data_; }
  const unsigned char* data() const { return data_; }

  // Bits [at, at + bits), 1 <= bits <= 64.
  uint64_t get(int at, int bits) const;
  void set(int at, int bits, uint64_t value);

  // Ports of at most 64 bits.
  uint64_t get() const { return get(0, width_); }
  void set(uint64_t value) { set(0, width_, value); }

  // Ports of one bit.
  bool bit() const { return *data_ != 0; }
  void set_bit(bool value) { *data_ = value ? 1 : 0; }

  // The whole port, bytes() of them.
  void load(const void* from) { std::memcpy(data_, from, bytes()); }
  void store(void* to) const { std::memcpy(to, data_, bytes()); }

  static size_t storage_bytes(int width);

 private:
  unsigned char* data_ = nullptr;
  int width_ = 0;
};

// Bits [at, at + bits) of a bit string laid out like a port; 1 <= bits <= 64.
uint64_t get_bits(const unsigned char* data, int at, int bits);
void set_bits(unsigned char* data, int at, int bits, uint64_t value);

// The symbols a compiled model exports; internal to Model and Dut.
struct ModelLibrary;

class Dut {
 public:
  Dut(std::shared_ptr<const ModelLibrary> library, uint64_t seed);
  Dut(Dut&&) noexcept = default;
  Dut& operator=(Dut&&) noexcept = default;
  ~Dut();

  // Settles everything after inputs changed. Each call is one unit of time in the waveform.
  void eval() {
    eval_(instance_.get());
    if (tracing_) dump();
  }

  // Runs the final blocks; coverage monitors write to that file. Nothing may follow.
  void finish(const std::filesystem::path& path);

  // Aborts when there is no such port.
  Port port(std::string_view name) const;

  // The generated C++ object (class Vmodel), for kernels compiled in with the model.
  void* raw() const;

  // Waveform of what follows; needs a model built with trace. False when the file cannot be
  // written.
  bool open_trace(const std::filesystem::path& path);
  void close_trace();

 private:
  void dump();

  std::shared_ptr<const ModelLibrary> library_;
  std::shared_ptr<void> instance_;
  void (*eval_)(void*) = nullptr;
  bool tracing_ = false;
  uint64_t time_ = 0;
};

}  // namespace sparq::verif
