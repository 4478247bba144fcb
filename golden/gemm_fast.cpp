// SPDX-License-Identifier: Apache-2.0
#include "golden/gemm_fast.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "golden/gemm.h"
#include "golden/require.h"

namespace sparq::golden {
namespace {

// A block of encoded activations stays in the second-level cache, and has enough rows that the
// weights, which oneDNN rearranges for every block, are well used.
constexpr size_t kBlockBytes = size_t{2} << 20;
constexpr size_t kBlockColumns = 4096;
constexpr size_t kBlockRows = 1024;
constexpr size_t kRowGrain = 64;

// Sets the number of OpenMP threads of the calling thread for one scope.
class Threads {
 public:
  explicit Threads(int count) : before_(omp_get_max_threads()) { omp_set_num_threads(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { omp_set_num_threads(before_); }

 private:
  int before_;
};

// Room for a block, in whole cache lines and not set to anything.
class Buffer {
 public:
  // Keeps nothing of what was there.
  void reserve(size_t bytes) {
    if (bytes <= room_) return;
    data_.reset(static_cast<uint8_t*>(::operator new[](bytes, kLine)));
    room_ = bytes;
  }
  uint8_t* data() { return data_.get(); }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Release {
    void operator()(uint8_t* data) const { ::operator delete[](data, kLine); }
  };

  std::unique_ptr<uint8_t[], Release> data_;
  size_t room_ = 0;
};

size_t parts(size_t whole, size_t most) { return (whole + most - 1) / most; }

// `whole` in equal parts of at most `most`, which is a multiple of `grain`: the size of one, a
// multiple of `grain` unless it is all of `whole`.
size_t even_part(size_t whole, size_t most, size_t grain) {
  const size_t count = parts(whole, most);
  return std::min(whole, parts(parts(whole, count), grain) * grain);
}

enum class Into { kFresh, kSum };

// Part of the problem, with the distance between rows of each operand.
struct Tile {
  const uint8_t* x;
  size_t x_stride;
  const int8_t* w;
  size_t w_stride;
  int32_t* c;
  size_t c_stride;
  GemmShape shape;
};

void multiply_onednn(const Tile& tile, Into into) {
  const auto dim = [](size_t value) { return static_cast<dnnl_dim_t>(value); };
  const int32_t no_offset = 0;
  const dnnl_status_t status =
      dnnl_gemm_u8s8s32('N', 'T', 'F', dim(tile.shape.m), dim(tile.shape.n), dim(tile.shape.k),
                        1.0F, tile.x, dim(tile.x_stride), 0, tile.w, dim(tile.w_stride), 0,
                        into == Into::kSum ? 1.0F : 0.0F, tile.c, dim(tile.c_stride), &no_offset);
  if (status == dnnl_out_of_memory) throw std::bad_alloc();
  require(status == dnnl_success, "oneDNN multiplies");
}

void multiply_plain(const Tile& tile, Into into) {
#pragma omp parallel for schedule(static)
  for (size_t m = 0; m < tile.shape.m; ++m) {
    for (size_t j = 0; j < tile.shape.n; ++j) {
      const uint8_t* x = tile.x + m * tile.x_stride;
      const int8_t* w = tile.w + j * tile.w_stride;
      int32_t& c = tile.c[m * tile.c_stride + j];
      uint32_t sum = into == Into::kSum ? static_cast<uint32_t>(c) : 0;  // wraps
      for (size_t k = 0; k < tile.shape.k; ++k) sum += static_cast<uint32_t>(int{x[k]} * int{w[k]});
      c = static_cast<int32_t>(sum);
    }
  }
}

GemmPath resolved(GemmPath path) {
  if (path != GemmPath::kAuto) return path;
#if defined(__x86_64__)
  return can_go_direct() ? GemmPath::kDirect : GemmPath::kSplit;
#else
  return GemmPath::kPlain;
#endif
}

// What is taken away from sums over x^ + offset is offset times the sum of the weights.
int offset_of(const spec::Format& format) { return format.signed_activations ? 128 : 0; }

// Bytes that add up to x^ + offset: one, or two of about half where the path needs that, or where
// +128 + offset does not fit.
std::vector<FastEncoder> parts_of(const spec::Format& format, const FastOptions& options,
                                  GemmPath path) {
  const ValueTables values = value_tables(format);
  const int offset = offset_of(format);
  const auto tables = [&](const auto& part) {
    const auto bytes = [&](const std::array<int16_t, 256>& from) {
      std::array<uint8_t, 256> to;
      std::transform(from.begin(), from.end(), to.begin(),
                     [&](int value) { return static_cast<uint8_t>(part(value + offset)); });
      return to;
    };
    return FastEncoder({bytes(values.own), bytes(values.alone)}, options.unit);
  };
  const auto most = std::max(*std::max_element(values.own.begin(), values.own.end()),
                             *std::max_element(values.alone.begin(), values.alone.end()));
  if (path != GemmPath::kSplit && most + offset <= UINT8_MAX) {
    return {tables([](int value) { return value; })};
  }
  return {tables([](int value) { return value / 2; }),
          tables([](int value) { return value - value / 2; })};
}

// Encodes one block and adds its products to the result.
class Engine {
 public:
  Engine(const spec::Format& format, const FastOptions& options)
      : path_(resolved(options.path)), parts_(parts_of(format, options, path_)) {}

  // Whether the activations can be multiplied where they stand.
  bool in_place() const { return parts_.size() == 1 && parts_.front().is_identity(); }

  void run(const Tile& tile, Into into) {
    if (in_place()) return multiply(tile, into);
    Tile encoded = tile;
    encoded.x_stride = tile.shape.k;
    block_.reserve(tile.shape.m * encoded.x_stride);
    encoded.x = block_.data();
    for (const FastEncoder& part : parts_) {
      encode(part, tile, encoded.x_stride);
      multiply(encoded, into);
      into = Into::kSum;
    }
  }

 private:
  void multiply(const Tile& tile, Into into) {
    return path_ == GemmPath::kPlain ? multiply_plain(tile, into) : multiply_onednn(tile, into);
  }

  void encode(const FastEncoder& encoder, const Tile& tile, size_t stride) {
    // A pair never reaches into the next row; rows that follow each other without a gap and without
    // an odd end are one long row.
    const bool joined = tile.x_stride == stride && stride % 2 == 0;
    const size_t grain = joined ? kRowGrain : 1;
    const size_t pieces = parts(tile.shape.m, grain);
#pragma omp parallel for schedule(static)
    for (size_t piece = 0; piece < pieces; ++piece) {
      const size_t first = piece * grain;
      const size_t rows = std::min(grain, tile.shape.m - first);
      const size_t length = joined ? rows * stride : tile.shape.k;
      encoder.apply({tile.x + first * tile.x_stride, length},
                    {block_.data() + first * stride, length});
    }
  }

  GemmPath path_;
  std::vector<FastEncoder> parts_;
  Buffer block_;
};

void subtract_offset(int offset, std::span<const int8_t> w, const GemmShape& shape,
                     std::span<int32_t> c) {
  std::vector<uint32_t> extra(shape.n);  // modulo 2^32, like the sums
  for (size_t j = 0; j < shape.n; ++j) {
    for (size_t k = 0; k < shape.k; ++k) {
      extra[j] += static_cast<uint32_t>(offset * w[j * shape.k + k]);
    }
  }
  for (size_t m = 0; m < shape.m; ++m) {
    for (size_t j = 0; j < shape.n; ++j) {
      int32_t& sum = c[m * shape.n + j];
      sum = static_cast<int32_t>(static_cast<uint32_t>(sum) - extra[j]);
    }
  }
}

}  // namespace

bool can_go_direct() {
  const auto isa = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  constexpr auto kVnni = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_vnni);
  return (isa & kVnni) == kVnni;
}

bool fast_supports(const spec::Format& format, int weight_bits, int accumulator_bits) {
  return format.activation_bits <= 8 && weight_bits <= 8 && accumulator_bits <= 32;
}

void gemm_fast(std::span<const uint8_t> x, std::span<const int8_t> w, std::span<int32_t> c,
               const GemmShape& shape, const spec::Format& format, int accumulator_bits,
               const FastOptions& options) {
  const auto [m, n, k] = shape;
  require(fast_supports(format, 8, accumulator_bits), "a format of the fast path");
  require(options.threads >= 1, "at least one thread");
  require(x.size() == m * k && w.size() == n * k && c.size() == m * n, "operands of the shape");
  if (c.empty()) return;
  if (k == 0) return std::fill(c.begin(), c.end(), 0);

  const Threads threads(options.threads);
  Engine engine(format, options);
  const size_t cols = engine.in_place() ? k : even_part(k, kBlockColumns, 2);
  const size_t most_rows =
      std::clamp(kBlockBytes / cols / kRowGrain * kRowGrain, kRowGrain, kBlockRows) *
      static_cast<size_t>(options.threads);
  const size_t rows = engine.in_place() ? m : even_part(m, most_rows, kRowGrain);
  for (size_t row = 0; row < m; row += rows) {
    for (size_t col = 0; col < k; col += cols) {
      const Tile tile{.x = x.data() + row * k + col,
                      .x_stride = k,
                      .w = w.data() + col,
                      .w_stride = k,
                      .c = c.data() + row * n,
                      .c_stride = n,
                      .shape = {std::min(rows, m - row), n, std::min(cols, k - col)}};
      engine.run(tile, col == 0 ? Into::kFresh : Into::kSum);
    }
  }
  if (const int offset = offset_of(format); offset != 0) subtract_offset(offset, w, shape, c);
  if (accumulator_bits < 32) {
    for (int32_t& sum : c) {
      sum = static_cast<int32_t>(wrap(static_cast<uint64_t>(int64_t{sum}), accumulator_bits));
    }
  }
}

Matrix<int32_t> gemm_fast(const Matrix<uint8_t>& activations, const Matrix<int8_t>& weights,
                          const spec::Format& format, int accumulator_bits,
                          const FastOptions& options) {
  require(activations.cols == weights.cols, "activations M x K, weights N x K: equal K");
  Matrix<int32_t> result(activations.rows, weights.rows);
  gemm_fast(activations.data, weights.data, result.data,
            {activations.rows, weights.rows, activations.cols}, format, accumulator_bits, options);
  return result;
}

}  // namespace sparq::golden
