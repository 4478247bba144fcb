// SPDX-License-Identifier: Apache-2.0
// One function per subcommand, each in a file of its name: declares its flags and, when it is the
// one chosen, leaves what is to be done in `run`.
#pragma once

#include "app/result.h"

namespace sparq::app {

void add_decode(CLI::App& app, Run& run);
void add_encode(CLI::App& app, Run& run);
void add_gemm(CLI::App& app, Run& run);
void add_gen(CLI::App& app, Run& run);
void add_prune(CLI::App& app, Run& run);
void add_synth(CLI::App& app, Run& run);
void add_verify(CLI::App& app, Run& run);
void add_eval(CLI::App& app, Run& run);
void add_conformance(CLI::App& app, Run& run);
void add_doctor(CLI::App& app, Run& run);

}  // namespace sparq::app
