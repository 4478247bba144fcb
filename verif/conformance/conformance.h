// SPDX-License-Identifier: Apache-2.0
// Published vectors of every rule of the arithmetic, and how an implementation of somebody else's
// answers them: docs/conformance.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "golden/spec/format.h"
#include "golden/spec/problem.h"

namespace sparq::verif {

// One question and its answer by the golden model. The same for every run of one version.
struct ConformanceCase {
  std::string rule;  // "value", "pair", "word", "stream", "gemm", "sparse24"
  spec::Format format;
  std::vector<int64_t> x = {};  // activations; pairs of them; or M x K
  std::vector<int64_t> w = {};  // N x K, for products
  size_t k = 0;                 // columns of x and w, for streams and products
  int accumulator_bits = 32;    // for products
  std::vector<int64_t> expected = {};

  // "pair/5opt-nearest"; a product narrower than 32 bits has "-p18" behind it.
  std::string name() const;
  // What value i of the answer belongs to: "x = 27, 0, the first".
  std::string subject(size_t i) const;
};

std::vector<ConformanceCase> conformance_cases();

std::string vectors_json(const std::vector<ConformanceCase>& cases);   // the questions
std::string expected_json(const std::vector<ConformanceCase>& cases);  // as answers are written

struct Wrong {
  size_t index;
  int64_t got;
};

struct CaseGrade {
  ConformanceCase question;
  std::vector<Wrong> wrong;
};

// Compares a file of answers with the cases whose names begin with one of `only` (all, when that is
// empty). A missing or malformed answer is a problem.
spec::Checked<std::vector<CaseGrade>> grade_answers(const std::string& path,
                                                    const std::vector<std::string>& only);

}  // namespace sparq::verif
