// SPDX-License-Identifier: Apache-2.0
// Small faults planted in the gates of a module: which there are, and a model that holds them all.
#pragma once

#include <string>
#include <vector>

#include "app/host/failure.h"
#include "gen/generate.h"

namespace sparq::verif {

// One gate's pin inverted or stuck.
struct Mutant {
  std::string command;  // Yosys' mutate that plants it
  std::string module;   // Yosys' name of the variant it is planted in
  std::string source;   // "sparq_sa16_5opt_pe.v:95": where the gate comes from
};

// "stuck at 0, pin A[0] of $_AND_..." for a reader.
std::string to_text(const Mutant& mutant);

struct MutantList {
  std::string top;              // the design they are planted in, seen from above
  std::vector<Mutant> mutants;  // drawn from
  size_t possible = 0;          // so many
};

// Of every gate of the module `name` inside the design `top`: each pin inverted, stuck at 0 and
// stuck at 1, clocks excepted; at most `most` of them, drawn with `seed`. Gates are what Yosys'
// synth makes before technology mapping.
host::Result<MutantList> list_mutants(const gen::Output& output, const std::string& top,
                                      const std::string& name, size_t most, uint64_t seed);

inline constexpr const char* kMutantPort = "mutant";  // 0: none, i: list.mutants[i - 1]

// The design `top` flat, as gates, with the port kMutantPort beside its own: an output of one
// module, ready for a simulator.
host::Result<gen::Output> plant(const gen::Output& output, const MutantList& list);

// The same with one mutant in place for good, and the ports of the sound design.
gen::Output with_mutant(const gen::Output& planted, size_t number);

}  // namespace sparq::verif
