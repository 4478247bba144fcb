// SPDX-License-Identifier: Apache-2.0
// Weight-stationary arrays: random traffic on all three streams, and the cycles that
// docs/weight-stationary-interface.md promises.
#include <algorithm>
#include <array>
#include <deque>

#include "verif/harness/model.h"
#include "verif/harness/operands.h"
#include "verif/harness/rng.h"
#include "verif/harness/stimulus.h"
#include "verif/tests/array_fixture.h"

namespace sparq::verif {
namespace {

// How the three streams are offered and taken, in thousandths of all cycles.
struct Offers {
  int load = 1000;
  int step = 1000;
  int take = 1000;
};

struct Run {
  uint64_t results = 0;
  uint64_t first_step = 0;   // cycle of the first accepted step
  uint64_t last_result = 0;  // cycle in which the last row of results was taken
  std::string fault;
};

// An array, and what should come out of it. Cycles are counted while the clock is enabled.
class Bench {
 public:
  Bench(const gen::Output& output, const Model& model, uint64_t seed)
      : config_(output.config),
        shape_(array_shape(config_)),
        datapath_(golden_datapath(config_)),
        latency_(static_cast<uint64_t>(gen::result_latency(output))),
        rng_(seed),
        dut_(model.make(seed)) {
    if (shape_.clock_enable) dut_.port("clk_en_i").set_bit(true);
  }

  void reset() {
    for (const char* name : {"load_valid_i", "step_valid_i", "step_swap_i", "result_ready_i"}) {
      set(name, rng_.chance(500));
    }
    set("rst_ni", true);
    dut_.eval();
    set("rst_ni", false);
    clock(false);
    if (!shape_.asynchronous_reset) clock(true);
    set("rst_ni", true);
    expected_.clear();
    weights_.clear();
    complete_.clear();
  }

  // `sets` sets of weights, used for steps_per_set steps each; gives up after `cut` cycles.
  Run run(int sets, int steps_per_set, const Offers& offers, uint64_t cut = UINT64_MAX) {
    Run result;
    const bool exact = offers.take == 1000;
    const int total = sets * steps_per_set;
    int loads = 0;  // accepted beats
    int steps = 0;  // accepted steps
    bool offer_load = false;
    bool offer_step = false;
    for (uint64_t cycle = 0; result.results < static_cast<uint64_t>(total); ++cycle) {
      if (cycle == cut) return result;
      if (cycle > 100'000) return fail(result, cycle, "no end");
      if (!offer_load) {
        offer_load = loads < sets * shape_.rows && rng_.chance(offers.load);
        if (offer_load) present_load(loads);
      }
      if (!offer_step) {
        offer_step = steps < total && rng_.chance(offers.step);
        if (offer_step) present_step(steps / steps_per_set, steps % steps_per_set == 0);
      }
      const bool take = rng_.chance(offers.take);
      set("load_valid_i", offer_load);
      set("step_valid_i", offer_step);
      if (!offer_step) set("step_swap_i", rng_.chance(500));
      set("result_ready_i", take);
      clock(false);
      if (shape_.clock_enable && rng_.chance(150) && !freeze()) {
        return fail(result, cycle, "a handshake while the clock is not enabled");
      }
      if (bit("result_valid_o")) {
        if (expected_.empty()) return fail(result, cycle, "a result that no step explains");
        const Expected& due = expected_.front();
        // A step that swaps is held inside until its weights are complete.
        const uint64_t from = std::max(due.accepted, due.swap ? complete_.at(due.set) : 0);
        if (exact && cycle != from + latency_) {
          return fail(result, cycle, "a result at the wrong time");
        }
        std::vector<unsigned char> got(dut_.port("result_data_o").bytes());
        dut_.port("result_data_o").store(got.data());
        if (got != due.row) return fail(result, cycle, "a wrong result");
        if (take) {
          expected_.pop_front();
          ++result.results;
          result.last_result = cycle;
        }
      }
      if (offer_load && bit("load_ready_o")) {
        if (++loads % shape_.rows == 0) complete_.push_back(cycle);
        offer_load = false;
      }
      if (offer_step && bit("step_ready_o")) {
        if (steps++ == 0) result.first_step = cycle;
        next_.accepted = cycle;
        expected_.push_back(next_);
        offer_step = false;
      }
      clock(true);
    }
    // Nothing comes that was not asked for.
    set("load_valid_i", false);
    set("step_valid_i", false);
    for (uint64_t i = 0; i < 2 * latency_; ++i) {
      clock(false);
      if (bit("result_valid_o")) return fail(result, i, "a result too many");
      clock(true);
    }
    return result;
  }

  uint64_t latency() const { return latency_; }

 private:
  struct Expected {
    std::vector<unsigned char> row;
    size_t set = 0;
    bool swap = false;
    uint64_t accepted = 0;  // cycle
  };

  static Run fail(Run& result, uint64_t cycle, const char* what) {
    result.fault = "cycle " + std::to_string(cycle) + ": " + what;
    return result;
  }

  bool bit(const char* name) const { return dut_.port(name).bit(); }
  void set(const char* name, bool value) { dut_.port(name).set_bit(value); }
  void clock(bool level) {
    set("clk_i", level);
    dut_.eval();
  }

  size_t k() const { return static_cast<size_t>(shape_.rows * shape_.signature.k_per_step); }

  // The weights of a set, Cols x K.
  const WeightMatrix& weights(int set) {
    while (weights_.size() <= static_cast<size_t>(set)) {
      weights_.push_back(make_weights(rng_.chance(300) ? Stimulus::kExtremes : Stimulus::kRandom,
                                      rng_.next(), static_cast<size_t>(shape_.cols), k(), config_));
    }
    return weights_[static_cast<size_t>(set)];
  }

  // Beat i of a set brings array row Rows - 1 - i.
  void present_load(int beat) {
    const WeightMatrix& w = weights(beat / shape_.rows);
    const int row = shape_.rows - 1 - beat % shape_.rows;
    Port port = dut_.port("load_weight_i");
    const int each = shape_.signature.k_per_step;
    for (int c = 0; c < shape_.cols; ++c) {
      for (int i = 0; i < each; ++i) {
        const auto value =
            static_cast<uint64_t>(w(static_cast<size_t>(c), static_cast<size_t>(row * each + i)));
        port.set(c * shape_.weight_slice() + i * config_.weight_bits, config_.weight_bits,
                 value & ((uint64_t{1} << config_.weight_bits) - 1));
      }
    }
  }

  void present_step(int set, bool swap) {
    const ActivationMatrix a = make_activations(
        rng_.chance(300) ? Stimulus::kSparse : Stimulus::kExtremes, rng_.next(), 1, k(), config_);
    // An array row's slice of the step is a row of a matrix with k_per_step columns.
    ActivationMatrix slices(static_cast<size_t>(shape_.rows),
                            static_cast<size_t>(shape_.signature.k_per_step));
    slices.data = a.data;
    const Panel panel = pack_activations(slices, 0, shape_, datapath_);
    dut_.port("step_activation_i").load(panel.step(0));
    this->set("step_swap_i", swap);

    const SumMatrix sums = datapath_.expect(a, weights(set));
    Port addend = dut_.port("step_addend_i");
    const int bits = shape_.signature.accumulator_bits;
    const uint64_t mask = ~uint64_t{0} >> (64 - bits);
    next_ = {std::vector<unsigned char>(addend.bytes()), static_cast<size_t>(set), swap};
    for (int c = 0; c < shape_.cols; ++c) {
      const uint64_t own = rng_.next() & mask;
      addend.set(c * bits, bits, own);
      set_bits(next_.row.data(), c * bits, bits,
               (own + static_cast<uint64_t>(sums(0, static_cast<size_t>(c)))) & mask);
    }
  }

  // Clock edges that are none, with handshakes offered on all streams.
  bool freeze() {
    const std::array<const char*, 3> names = {"load_valid_i", "step_valid_i", "result_ready_i"};
    std::array<bool, 3> before = {};
    for (size_t i = 0; i < names.size(); ++i) before[i] = bit(names[i]);
    set("clk_en_i", false);
    bool held = true;
    for (uint64_t edges = 1 + rng_.below(3); edges > 0; --edges) {
      for (const char* name : names) set(name, rng_.chance(500));
      clock(false);
      held = held && !bit("load_ready_o") && !bit("step_ready_o") && !bit("result_valid_o");
      clock(true);
    }
    set("clk_en_i", true);
    for (size_t i = 0; i < names.size(); ++i) set(names[i], before[i]);
    clock(false);
    return held;
  }

  const spec::Config& config_;
  ArrayShape shape_;
  Datapath datapath_;
  uint64_t latency_;
  Rng rng_;
  Dut dut_;
  std::vector<WeightMatrix> weights_;  // by set
  std::vector<uint64_t> complete_;     // by set: the cycle of its last load
  std::deque<Expected> expected_;
  Expected next_;  // of the step on offer
};

void expect_right(const std::string& config) {
  SCOPED_TRACE(config);
  const gen::Output output = generated(config);
  auto simulator = Simulator::open();
  ASSERT_TRUE(simulator.has_value());
  const auto model = simulator->build(output, output.top().name);
  ASSERT_TRUE(model.has_value());
  const int rows = output.config.array.rows;
  for (uint64_t seed = 1; seed <= 2; ++seed) {  // and so two sets of initial values
    Bench bench(output, *model, seed);
    for (const Offers& offers :
         {Offers{}, {500, 500, 500}, {1000, 200, 1000}, {200, 1000, 1000}, {900, 900, 100}}) {
      for (const int steps : {1, rows, rows + 1, 2 * rows + 3}) {
        bench.reset();
        bench.run(3, steps, offers, 7 + seed * 5);  // a reset may come at any time
        bench.reset();
        const Run run = bench.run(8, steps, offers);
        ASSERT_EQ(run.fault, "") << "seed " << seed << ", " << steps << " steps a set, load "
                                 << offers.load << ", step " << offers.step << ", take "
                                 << offers.take;
        ASSERT_EQ(run.results, static_cast<uint64_t>(8 * steps));
      }
    }
    // Sets of Rows + 1 steps run without a bubble: only the first has to wait for its weights.
    for (const int steps : {rows + 1, rows + 2, 3 * rows}) {
      bench.reset();
      const Run run = bench.run(10, steps, {});
      ASSERT_EQ(run.fault, "");
      const uint64_t first_issue = static_cast<uint64_t>(rows);
      EXPECT_EQ(run.last_result,
                first_issue + static_cast<uint64_t>(10 * steps) + bench.latency() - 2)
          << steps << " steps a set";
    }
    // One step less, and each further set waits one cycle.
    bench.reset();
    const Run run = bench.run(10, rows, {});
    ASSERT_EQ(run.fault, "");
    EXPECT_EQ(run.last_result, static_cast<uint64_t>(rows + 10 * rows + 9) + bench.latency() - 2);
  }
}

constexpr const char* k5opt = R"({"placements": "5opt"})";

TEST(WeightStationaryTest, Formats) {
  expect_right(ws_config(k5opt, 3, 2));
  expect_right(ws_config(R"({"kind": "int8"})", 2, 3));
  expect_right(ws_config(R"({"kind": "int4x8"})", 4, 3));
}

TEST(WeightStationaryTest, Edges) {
  expect_right(ws_config(k5opt, 1, 1));
  expect_right(ws_config(k5opt, 1, 4, R"(, "accumulator_bits": 18)"));
  expect_right(ws_config(k5opt, 5, 1, R"(, "encoder": "none")"));
}

TEST(WeightStationaryTest, Options) {
  expect_right(ws_config(k5opt, 3, 2,
                         R"(, "pipeline": {"after_multiply": true, "after_reduce": true},
                            "reset": "asynchronous", "clock_enable": true, "zero_gating": true)"));
  expect_right(ws_config(R"({"kind": "int4x8"})", 2, 2,
                         R"(, "pipeline": {"after_reduce": true}, "clock_enable": true)"));
  expect_right(ws_config(R"({"kind": "int8"})", 2, 2,
                         R"(, "pipeline": {"after_multiply": true}, "zero_gating": true)"));
}

}  // namespace
}  // namespace sparq::verif
