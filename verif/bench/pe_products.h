// SPDX-License-Identifier: Apache-2.0
// The product path of a processing element: operands against x^0 * w0 + x^1 * w1, in bulk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gen/generate.h"
#include "verif/bench/stimulus.h"
#include "verif/bench/vectors.h"
#include "verif/harness/check.h"
#include "verif/harness/model.h"

namespace sparq::verif {

struct ProductPlan {
  std::vector<Word> words;  // each is multiplied by each of
  std::vector<Weights> weights;
  bool exhaustive;
  std::string title;
};

// Every distinct encoded word times every weights where that is at most 2^28 products, else as many
// of both; at the full level every raw activation tuple (its word as `encoded` holds it, in the
// order of raw_steps) where that is at most 2^33 products.
ProductPlan plan_products(const spec::Config& config, Level level, uint64_t seed,
                          const std::vector<uint64_t>& encoded);

struct ProductResult {
  uint64_t products;             // how many came out right before the end or the first wrong one
  std::optional<Vectors> wrong;  // the wrong product and those just before it, as a sequence
};

// Runs the plan on `jobs` instances of a model built with the kernel pe_products.cpp.
ProductResult run_products(const Model& model, const spec::Config& config, const ProductPlan& plan,
                           int jobs, uint64_t seed);

}  // namespace sparq::verif
