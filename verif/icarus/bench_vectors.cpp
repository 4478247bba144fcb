// SPDX-License-Identifier: Apache-2.0
#include "verif/icarus/bench_vectors.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "golden/gemm.h"
#include "golden/require.h"
#include "verif/harness/dut.h"
#include "verif/harness/operands.h"
#include "verif/harness/rng.h"
#include "verif/harness/stimulus.h"
#include "verif/harness/stream_shape.h"

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

// What a beat's fields hold, by port.
using Fields = std::map<std::string, const unsigned char*>;

void add_beat(BeatStream& stream, int pause, const Fields& values) {
  Beat beat = {pause, std::vector<unsigned char>(Port::storage_bytes(stream.bits()))};
  int at = 0;
  for (const gen::Port& field : stream.fields) {
    for (int bit = 0; bit < field.width; bit += 32) {
      const int count = std::min(32, field.width - bit);
      set_bits(beat.bits.data(), at + bit, count, get_bits(values.at(field.name), bit, count));
    }
    at += field.width;
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
                 {{"step_first_i", &first},
                  {"step_last_i", &last},
                  {"step_activation_i", xs.step(s)},
                  {"step_weight_i", ws.step(s)}});
      }
      const auto expected = pack_rows(datapath.expect(a, w), 0, 0, shape);
      for (size_t r = 0; r < rows; ++r) {
        const unsigned char last = r + 1 == rows ? 1 : 0;
        add_beat(results, pauses.draw(pauses.permille_out, rng),
                 {{"row_data_o", expected.data() + r * shape.row_bytes()}, {"row_last_o", &last}});
      }
    }
  }
  return {.streams = {std::move(steps), std::move(results)},
          .columns = shape.cols,
          .rows_per_beat = 1,
          .rows_per_tile = shape.rows};
}

// Weights of which any two in a group of 4 stay where they are 2:4 sparse.
WeightMatrix step_weights(Stimulus stimulus, const StreamShape& shape, const spec::Config& config,
                          Rng& rng) {
  WeightMatrix w = make_weights(stimulus, rng.next(), static_cast<size_t>(shape.n),
                                static_cast<size_t>(shape.k), config);
  for (size_t at = 0; shape.sparse && at < w.data.size(); at += spec::kSparseGroup) {
    const uint64_t first = rng.below(spec::kSparseGroup);
    const uint64_t second = rng.below(spec::kSparseGroup);
    for (uint64_t i = 0; i < spec::kSparseGroup; ++i) {
      if (i != first && i != second) w.data[at + i] = 0;
    }
  }
  return w;
}

// Steps of docs/tensor-core-interface.md and docs/weight-stationary-interface.md.
BenchVectors streaming(const gen::Output& output, uint64_t seed) {
  const spec::Config& config = output.config;
  const StreamShape shape = stream_shape(config);
  const Datapath datapath = golden_datapath(config);
  const int bits = shape.signature.accumulator_bits;
  BeatStream loads = {"load", true, {}, {}};
  if (shape.loads_weights()) loads = stream_of(output, "load", true);
  BeatStream steps = stream_of(output, "step", true);
  BeatStream results = stream_of(output, "result", false);
  Rng rng(seed);
  const Choose any = [&](uint64_t ways) { return rng.below(ways); };
  const auto add_step = [&](const Pauses& pauses, Stimulus stimulus, const WeightMatrix& w,
                            const Panel& packed_w, bool swap) {
    const ActivationMatrix a = make_activations(stimulus, rng.next(), static_cast<size_t>(shape.m),
                                                static_cast<size_t>(shape.k), config);
    SumMatrix addends(static_cast<size_t>(shape.m), static_cast<size_t>(shape.n));
    for (int64_t& value : addends.data) value = golden::wrap(rng.next(), bits);
    SumMatrix sums = datapath.expect(a, w);
    for (size_t i = 0; i < sums.data.size(); ++i) {
      sums.data[i] = golden::wrap(
          static_cast<uint64_t>(sums.data[i]) + static_cast<uint64_t>(addends.data[i]), bits);
    }
    const Panel packed_a = pack_block(a, 0, shape, datapath);
    std::vector<unsigned char> c(shape.beat_bytes());
    std::vector<unsigned char> d(shape.beat_bytes());
    pack_beat(addends, 0, 0, shape, c.data());
    pack_beat(sums, 0, 0, shape, d.data());
    const unsigned char swap_bit = swap ? 1 : 0;
    add_beat(steps, pauses.draw(pauses.permille_in, rng),
             {{"step_swap_i", &swap_bit},
              {"step_activation_i", packed_a.bytes.data()},
              {"step_weight_i", packed_w.bytes.data()},
              {"step_addend_i", c.data()}});
    add_beat(results, pauses.draw(pauses.permille_out, rng), {{"result_data_o", d.data()}});
  };
  for (const Pauses& pauses : kPauses) {
    for (const int length : {1, config.array.rows + 3, 3}) {
      const Stimulus stimulus = kStimuli[rng.below(std::size(kStimuli))];
      WeightMatrix w = step_weights(stimulus, shape, config, rng);
      Panel packed = pack_weight_block(w, 0, shape, any);
      for (size_t beat = 0; shape.loads_weights() && beat < packed.steps; ++beat) {
        add_beat(loads, pauses.draw(pauses.permille_in, rng),
                 {{"load_weight_i", packed.step(beat)}});
      }
      for (int i = 0; i < length; ++i) {
        add_step(pauses, stimulus, w, packed, i == 0);
        if (shape.loads_weights()) continue;
        w = step_weights(stimulus, shape, config, rng);
        packed = pack_weight_block(w, 0, shape, any);
      }
    }
  }
  BenchVectors vectors = {
      .streams = {}, .columns = shape.n, .rows_per_beat = shape.m, .rows_per_tile = shape.m};
  // A weight-stationary array's beat is a row of its own.
  if (shape.loads_weights()) {
    vectors.rows_per_tile = static_cast<int>(results.beats.size());
    vectors.streams.push_back(std::move(loads));
  }
  vectors.streams.push_back(std::move(steps));
  vectors.streams.push_back(std::move(results));
  return vectors;
}

}  // namespace

int BeatStream::bits() const {
  int bits = 0;
  for (const gen::Port& field : fields) bits += field.width;
  return bits;
}

BenchVectors bench_vectors(const gen::Output& output, uint64_t seed) {
  return is_stream(output.config) ? streaming(output, seed) : output_stationary(output, seed);
}

}  // namespace sparq::verif
