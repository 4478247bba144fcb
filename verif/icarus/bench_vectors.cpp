// SPDX-License-Identifier: Apache-2.0
#include "verif/icarus/bench_vectors.h"

#include <algorithm>
#include <iterator>

#include "golden/require.h"
#include "verif/harness/dut.h"
#include "verif/harness/operands.h"
#include "verif/harness/rng.h"
#include "verif/harness/stimulus.h"

namespace sparq::verif {
namespace {

// The stream's fields are the top module's ports of that prefix other than valid and ready, in the
// order in which they are declared, but for results: data before flags.
BeatStream stream_of(const gen::Output& output, const std::string& prefix, bool input) {
  BeatStream stream = {prefix, input, {}, {}};
  for (const gen::Port& port : output.top().ports) {
    if (!port.name.starts_with(prefix + '_') || port.name.find("_valid_") != std::string::npos ||
        port.name.find("_ready_") != std::string::npos) {
      continue;
    }
    const bool data = port.name == prefix + "_data_o";
    stream.fields.insert(data ? stream.fields.begin() : stream.fields.end(), port);
  }
  golden::require(!stream.fields.empty(), "a stream of the top module");
  return stream;
}

// Appends a beat of these fields, in the stream's order.
void add_beat(BeatStream& stream, int pause, const std::vector<const unsigned char*>& fields) {
  Beat beat = {pause, std::vector<unsigned char>(Port::storage_bytes(stream.bits()))};
  int at = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const int width = stream.fields[i].width;
    for (int bit = 0; bit < width; bit += 32) {
      const int count = std::min(32, width - bit);
      set_bits(beat.bits.data(), at + bit, count, get_bits(fields[i], bit, count));
    }
    at += width;
  }
  stream.beats.push_back(std::move(beat));
}

// How long streams pause while a tile is under way.
struct Pauses {
  int permille_in;
  int permille_out;
  int longest;

  int draw(int permille, Rng& rng) const {
    return rng.chance(permille) ? 1 + static_cast<int>(rng.below(static_cast<uint64_t>(longest)))
                                : 0;
  }
};

constexpr Pauses kPauses[] = {{0, 0, 0}, {500, 0, 3}, {0, 500, 3}, {300, 300, 8}, {30, 100, 40}};
constexpr Stimulus kStimuli[] = {Stimulus::kRandom, Stimulus::kSparse, Stimulus::kCorners,
                                 Stimulus::kExtremes, Stimulus::kOneHot};

template <class T>
golden::Matrix<T> joined(const golden::Matrix<T>& left, const golden::Matrix<T>& right) {
  golden::Matrix<T> both(right.rows, left.cols + right.cols);
  for (size_t r = 0; r < both.rows; ++r) {
    if (left.cols > 0) std::ranges::copy(left.row(r), both.row(r).begin());
    std::ranges::copy(right.row(r), both.row(r).begin() + static_cast<ptrdiff_t>(left.cols));
  }
  return both;
}

// Tiles of docs/array-interface.md.
BenchVectors output_stationary(const gen::Output& output, uint64_t seed) {
  const spec::Config& config = output.config;
  const ArrayShape shape = array_shape(config);
  const Datapath datapath = golden_datapath(config);
  const auto rows = static_cast<size_t>(shape.rows);
  const auto cols = static_cast<size_t>(shape.cols);
  BeatStream steps = stream_of(output, "step", true);
  BeatStream results = stream_of(output, "row", false);
  Rng rng(seed);
  ActivationMatrix a;
  WeightMatrix w;
  for (const Pauses& pauses : kPauses) {
    for (const int length : {1, shape.rows + 1, 3}) {
      const auto k = static_cast<size_t>(length * shape.signature.k_per_step);
      const Stimulus stimulus = kStimuli[rng.below(std::size(kStimuli))];
      const ActivationMatrix new_a = make_activations(stimulus, rng.next(), rows, k, config);
      const WeightMatrix new_w = make_weights(stimulus, rng.next(), cols, k, config);
      // A tile of three steps goes on with the sums of the one before.
      const bool clear = length != 3;
      a = clear ? new_a : joined(a, new_a);
      w = clear ? new_w : joined(w, new_w);
      const Panel xs = pack_activations(new_a, 0, shape, datapath);
      const Panel ws = pack_weights(new_w, 0, shape);
      for (size_t s = 0; s < xs.steps; ++s) {
        const unsigned char first = clear && s == 0 ? 1 : 0;
        const unsigned char last = s + 1 == xs.steps ? 1 : 0;
        add_beat(steps, pauses.draw(pauses.permille_in, rng),
                 {&first, &last, xs.step(s), ws.step(s)});
      }
      const auto expected = pack_rows(datapath.expect(a, w), 0, 0, shape);
      for (size_t r = 0; r < rows; ++r) {
        const unsigned char last = r + 1 == rows ? 1 : 0;
        add_beat(results, pauses.draw(pauses.permille_out, rng),
                 {expected.data() + r * shape.row_bytes(), &last});
      }
    }
  }
  return {.streams = {std::move(steps), std::move(results)},
          .columns = shape.cols,
          .rows_per_beat = 1,
          .rows_per_tile = shape.rows};
}

}  // namespace

int BeatStream::bits() const {
  int bits = 0;
  for (const gen::Port& field : fields) bits += field.width;
  return bits;
}

BenchVectors bench_vectors(const gen::Output& output, uint64_t seed) {
  return output_stationary(output, seed);
}

}  // namespace sparq::verif
