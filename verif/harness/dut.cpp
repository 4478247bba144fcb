// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/dut.h"

#include <bit>
#include <string>

#include "golden/require.h"
#include "verif/harness/model_library.h"

namespace sparq::verif {

using golden::require;

static_assert(std::endian::native == std::endian::little, "ports are read as bytes");

size_t Port::storage_bytes(int width) {
  if (width <= 8) return 1;
  if (width <= 16) return 2;
  if (width <= 32) return 4;
  if (width <= 64) return 8;
  return static_cast<size_t>((width + 31) / 32) * 4;
}

uint64_t get_bits(const unsigned char* data, int at, int bits) {
  uint64_t value = 0;
  for (int done = 0; done < bits;) {
    const int bit = at + done;
    const int count = std::min(8 - bit % 8, bits - done);
    const uint64_t part = (data[bit / 8] >> (bit % 8)) & ((1u << count) - 1);
    value |= part << done;
    done += count;
  }
  return value;
}

void set_bits(unsigned char* data, int at, int bits, uint64_t value) {
  for (int done = 0; done < bits;) {
    const int bit = at + done;
    const int count = std::min(8 - bit % 8, bits - done);
    const unsigned mask = ((1u << count) - 1) << (bit % 8);
    const unsigned part = static_cast<unsigned>(value >> done) << (bit % 8);
    data[bit / 8] = static_cast<unsigned char>((data[bit / 8] & ~mask) | (part & mask));
    done += count;
  }
}

uint64_t Port::get(int at, int bits) const {
  require(at >= 0 && bits >= 1 && bits <= 64 && at + bits <= width_, "bits inside the port");
  return get_bits(data_, at, bits);
}

void Port::set(int at, int bits, uint64_t value) {
  require(at >= 0 && bits >= 1 && bits <= 64 && at + bits <= width_, "bits inside the port");
  set_bits(data_, at, bits, value);
}

Dut::Dut(std::shared_ptr<const ModelLibrary> library, uint64_t seed)
    : library_(std::move(library)), eval_(library_->eval) {
  // Any seed will do, but Verilator takes 31 bits, and 0 would mean the time of day.
  const uint64_t mixed = (seed + 1) * 0x9E3779B97F4A7C15u;
  const int start = static_cast<int>(mixed >> 34) + 1;
  instance_ = std::shared_ptr<void>(library_->make(start), library_->free);
}

Dut::~Dut() {
  if (tracing_) close_trace();
}

Port Dut::port(std::string_view name) const {
  for (int i = 0;; ++i) {
    ModelPort port = {};
    require(library_->port(instance_.get(), i, &port) != 0, std::string(name).c_str());
    if (name == port.name) return {port.data, port.width};
  }
}

void Dut::finish(const std::filesystem::path& path) {
  library_->finish(instance_.get(), path.c_str());
}

void* Dut::raw() const { return library_->raw(instance_.get()); }

bool Dut::open_trace(const std::filesystem::path& path) {
  require(library_->trace_open != nullptr, "a model built with trace");
  tracing_ = library_->trace_open(instance_.get(), path.c_str()) != 0;
  return tracing_;
}

void Dut::close_trace() {
  if (tracing_) library_->trace_close(instance_.get());
  tracing_ = false;
}

void Dut::dump() { library_->trace_dump(instance_.get(), time_++); }

}  // namespace sparq::verif
