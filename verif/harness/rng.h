// SPDX-License-Identifier: Apache-2.0
// A small random generator whose sequence is the same everywhere: SplitMix64 (Steele, Lea, Flood,
// OOPSLA 2014).
#pragma once

#include <cstdint>

namespace sparq::verif {

class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    return mix(state_);
  }
  // 0..bound - 1; bound >= 1.
  uint64_t below(uint64_t bound) { return next() % bound; }
  bool chance(int permille) { return below(1000) < static_cast<uint64_t>(permille); }

  static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

 private:
  uint64_t state_;
};

// A seed of its own for each use of one seed.
inline uint64_t derive(uint64_t seed, uint64_t use, uint64_t index) {
  return Rng::mix(Rng::mix(seed + use * 0x9E3779B97F4A7C15u) + index);
}

}  // namespace sparq::verif
